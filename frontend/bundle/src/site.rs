//! The files of the site as they lie on disk, and which of them travel compressed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Ending of a Brotli copy, added to the whole file name as in `fleetcast.js.br`.
pub(crate) const BROTLI: &str = "br";

/// Every file below `site`, sorted by path so that tables and builds come out alike each time.
pub(crate) fn files(site: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![site.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether `file` is itself a Brotli copy.
pub(crate) fn is_brotli(file: &Path) -> bool {
    has_extension(file, &[BROTLI])
}

/// Whether Brotli has anything to gain: fonts (WOFF2 is Brotli inside) and pictures have been compressed already.
pub(crate) fn is_compressible(file: &Path) -> bool {
    has_extension(file, &["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"])
}

/// `fleetcast.js` → `fleetcast.js.br`.
pub(crate) fn brotli_copy(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(BROTLI);
    PathBuf::from(name)
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension().and_then(|it| it.to_str()).is_some_and(|it| extensions.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_to_compress() {
        for (file, expected) in [
            ("pkg/fleetcast_bg.wasm", true),
            ("pkg/fleetcast.css", true),
            ("favicon.svg", true),
            ("fonts/geist.woff2", false),
            ("picture.png", false),
            ("pkg/fleetcast.js.br", false),
            ("LICENSE", false),
        ] {
            assert_eq!(is_compressible(Path::new(file)), expected, "{file}");
        }
    }

    #[test]
    fn lists_folders_inside_folders_in_order() {
        let site = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(site.path().join("b/c")).expect("folders");
        for file in ["z.js", "b/c/y.css", "a.svg"] {
            std::fs::write(site.path().join(file), "x").expect("a file");
        }
        let found = files(site.path()).expect("a list");
        let names: Vec<_> =
            found.iter().map(|it| it.strip_prefix(site.path()).expect("below the site")).collect();
        assert_eq!(names, [Path::new("a.svg"), Path::new("b/c/y.css"), Path::new("z.js")]);
    }
}
