//! A program for each page: what only one page reaches lies in a file of its own and is fetched when that page is first
//! shown.
//!
//! The compiler makes one program. Where a page begins is marked in it by leptos' `#[lazy_route]`; what can be reached
//! from one mark alone moves to that page's file, what several pages share to chunks, and the rest stays. Functions with
//! `#[lazy]` mark parts of a page in the same way: theirs is fetched when the part is first used. They end in `_part`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use sha2::{Digest as _, Sha256};

/// Which files each page or part needs: `{"jobs": ["split_….wasm", …]}`.
pub(crate) type Pages = BTreeMap<String, Vec<String>>;

/// The module through which the program asks for a page.
pub(crate) const LINK: &str = "./pages.js";
/// The list of what each page or part needs beside the shared program; once packed, of the page's pack. The server reads
/// it too.
pub(crate) const MANIFEST: &str = "pages.json";
/// The end of the name of a part of a page that is fetched when it is first used.
pub(crate) const PART: &str = "_part";

/// Splits `program` into `folder`; answers with the shared program, which still lacks its glue.
pub(crate) fn pages(program: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let input = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let shared = folder.join(format!("{name}.shared"));
    let main_module = format!("./{name}.js");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &shared;
    options.main_module = &main_module;
    options.link_name = LINK;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("cannot split {}: {error:#}", program.display()))?;

    let build = build_id(&input);
    name_after_build(folder, &build)?;
    let mut pages = Pages::new();
    for (mark, parts) in split.prefetch_map {
        let files: Vec<_> = parts.into_iter().map(|part| format!("{part}-{build}.wasm")).collect();
        pages.insert(page_name(&mark).to_owned(), files);
    }
    write_manifest(folder, &pages)?;
    Ok(shared)
}

/// The same for the same program only.
fn build_id(program: &[u8]) -> String {
    Sha256::digest(program).iter().take(4).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// Puts the build into the name of every part: linked into the program of another one, a part would bring it down. So a
/// page that outlives an upgrade asks for something that is not there.
fn name_after_build(folder: &Path, build: &str) -> Result<()> {
    let loaders = folder.join(LINK);
    let text = fs::read_to_string(&loaders).context("cannot read what loads the pages")?;
    fs::write(&loaders, text.replace(".wasm\"", &format!("-{build}.wasm\"")))
        .context("cannot write what loads the pages")?;
    for file in fs::read_dir(folder).context("cannot list the parts")? {
        let part = file.context("cannot list the parts")?.path();
        if part.extension().is_some_and(|ending| ending == "wasm") {
            let name = part.file_stem().unwrap_or_default().to_string_lossy();
            fs::rename(&part, folder.join(format!("{name}-{build}.wasm")))
                .with_context(|| format!("cannot rename {}", part.display()))?;
        }
    }
    Ok(())
}

/// What the build in `folder` says that each page and part needs.
pub(crate) fn read_manifest(folder: &Path) -> Result<Pages> {
    let manifest = folder.join(MANIFEST);
    let json = fs::read(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{} is not a list of pages", manifest.display()))
}

/// Says in `folder` what each page and part needs.
pub(crate) fn write_manifest(folder: &Path, pages: &Pages) -> Result<()> {
    let manifest = folder.join(MANIFEST);
    fs::write(&manifest, serde_json::to_vec_pretty(pages)?)
        .with_context(|| format!("cannot write {}", manifest.display()))
}

/// `__job_new_route_view_12630149060251149483` → `job_new`: leptos marks `JobNewRoute`'s view so.
fn page_name(mark: &str) -> &str {
    let name = mark.trim_start_matches('_').trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
    name.strip_suffix("_route_view").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_carry_their_build() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        fs::write(path.join("pages.js"), r#"fetch(new URL("./chunk_1.wasm", import.meta.url));"#)
            .expect("loaders");
        fs::write(path.join("chunk_1.wasm"), "one").expect("a part");
        fs::write(path.join("x.shared"), "shared").expect("the shared program");

        let build = build_id(b"a program");
        assert_ne!(build, build_id(b"another"));
        name_after_build(path, &build).expect("named");

        let loaders = fs::read_to_string(path.join("pages.js")).expect("loaders");
        assert_eq!(loaders, format!(r#"fetch(new URL("./chunk_1-{build}.wasm", import.meta.url));"#));
        let part = fs::read_to_string(path.join(format!("chunk_1-{build}.wasm"))).expect("the part");
        assert_eq!(part, "one");
        assert!(path.join("x.shared").exists(), "the rest keeps its name");
    }

    #[test]
    fn pages_are_named_after_their_routes() {
        for (mark, expected) in [
            ("__jobs_route_view_795263953319185316", "jobs"),
            ("__job_new_route_view_12630149060251149483", "job_new"),
            ("palette_part_42", "palette_part"),
        ] {
            assert_eq!(page_name(mark), expected);
        }
    }
}
