//! Brotli copies, made once at build time so that the server only has to hand them out.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;

use crate::site;

/// The slowest and smallest setting: paid once here, saved on every first visit.
const QUALITY: i32 = 11;

/// Puts a `.br` copy beside every file that gains from one, and removes copies whose file has gone.
///
/// A copy newer than its file is kept, so that a second build has nothing to do.
pub(crate) fn site(site: &Path) -> Result<()> {
    let files = site::files(site)?;
    for copy in files.iter().filter(|it| site::is_brotli(it)) {
        if !copy.with_extension("").is_file() {
            fs::remove_file(copy).with_context(|| format!("cannot remove {}", copy.display()))?;
        }
    }
    thread::scope(|scope| {
        let workers: Vec<_> = files
            .iter()
            .filter(|it| site::is_compressible(it))
            .map(|it| scope.spawn(|| compress_if_stale(it)))
            .collect();
        workers.into_iter().try_for_each(|it| it.join().expect("compressing does not panic"))
    })
}

fn compress_if_stale(file: &Path) -> Result<()> {
    let copy = site::brotli_copy(file);
    if is_newer(&copy, file) {
        return Ok(());
    }
    let plain = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let compressed = compress(&plain).with_context(|| format!("cannot compress {}", file.display()))?;
    fs::write(&copy, compressed).with_context(|| format!("cannot write {}", copy.display()))
}

fn is_newer(copy: &Path, file: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    matches!((modified(copy), modified(file)), (Some(copy), Some(file)) if copy >= file)
}

fn compress(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality: QUALITY, size_hint: plain.len(), ..BrotliEncoderParams::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut compressed, &parameters)?;
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn copies_hold_the_same_bytes_and_orphans_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let style = "a { color: red }\n".repeat(200);
        let file = folder.path().join("style.css");
        let orphan = folder.path().join("gone.js.br");
        fs::write(&file, &style).expect("the style is written");
        fs::write(&orphan, "x").expect("the orphan is written");

        site(folder.path()).expect("the site is compressed");

        let copy = fs::read(folder.path().join("style.css.br")).expect("a copy");
        assert!(copy.len() < style.len() / 10, "{} bytes", copy.len());
        let mut back = String::new();
        brotli::Decompressor::new(&*copy, 4096).read_to_string(&mut back).expect("the copy opens");
        assert_eq!(back, style);
        assert!(!orphan.exists());
    }

    #[test]
    fn a_fresh_copy_is_kept_and_a_stale_one_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("style.css");
        let copy = folder.path().join("style.css.br");
        fs::write(&file, "a { color: red }").expect("the style is written");
        fs::write(&copy, "kept").expect("the copy is written");
        site(folder.path()).expect("the site is compressed");
        assert_eq!(fs::read(&copy).expect("a copy"), b"kept");

        let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(4_000_000_000);
        let handle = fs::File::options().write(true).open(&file).expect("the file opens");
        handle.set_modified(later).expect("the time is set");
        site(folder.path()).expect("the site is compressed");
        assert_ne!(fs::read(&copy).expect("a copy"), b"kept");
    }
}
