//! One file for all programs of a page. A page consists of dozens of them, and what is compressed together is a sixth
//! smaller than what is compressed alone: they are much alike. `pack.js` takes them apart again in the browser.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::split::{self, PART};

/// What takes a pack apart, and hands its programs to what `pages.js` would otherwise fetch one by one.
const UNPACK: (&str, &str) = ("pack.js", include_str!("pack.js"));
/// Ending of a pack.
pub(crate) const PACK: &str = "pack";

/// Lets `pages.js` in `folder` take its programs from a pack where one has come.
pub(crate) fn prepare(folder: &Path) -> Result<()> {
    let (name, text) = UNPACK;
    fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    let pages = folder.join(split::LINK);
    let loaders = fs::read_to_string(&pages).context("cannot read what loads the pages")?;
    fs::write(&pages, format!("import {{ fetch }} from \"./{name}\";\n{loaders}"))
        .context("cannot write what loads the pages")
}

/// Puts a pack for each page into `folder`, the shared program first, and says so in the list of what pages need.
/// Parts, which come after their page, stay as they are.
pub(crate) fn pages(folder: &Path, name: &str) -> Result<()> {
    let mut pages = split::read_manifest(folder)?;
    for (page, files) in &mut pages {
        if page.ends_with(PART) {
            continue;
        }
        files.insert(0, format!("{name}_bg.wasm"));
        let pack = format!("{page}.{PACK}");
        fs::write(folder.join(&pack), of(folder, files)?).with_context(|| format!("cannot write {pack}"))?;
        *files = vec![pack];
    }
    split::write_manifest(folder, &pages)
}

fn of(folder: &Path, files: &[String]) -> Result<Vec<u8>> {
    let mut list = Vec::new();
    let mut programs = Vec::new();
    for file in files {
        let program = fs::read(folder.join(file)).with_context(|| format!("cannot read {file}"))?;
        list.push((file, program.len()));
        programs.extend(program);
    }
    let list = serde_json::to_vec(&list)?;
    let size = u32::try_from(list.len()).context("a page of so many programs")?;
    Ok([&size.to_le_bytes(), list.as_slice(), &programs].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_holds_the_shared_program_and_the_pages_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        for (file, bytes) in [("x_bg.wasm", "shared"), ("a.wasm", "a"), ("b.wasm", "bb")] {
            fs::write(path.join(file), bytes).expect("a program");
        }
        let list = r#"{"jobs": ["a.wasm", "b.wasm"], "menu_part": ["b.wasm"]}"#;
        fs::write(path.join(split::MANIFEST), list).expect("the list");

        pages(path, "x").expect("packs");

        let pack = fs::read(path.join("jobs.pack")).expect("the pack");
        let list = r#"[["x_bg.wasm",6],["a.wasm",1],["b.wasm",2]]"#;
        assert_eq!(pack[..4], [43, 0, 0, 0]);
        assert_eq!(pack[4..], *format!("{list}sharedabb").as_bytes());
        let pages = split::read_manifest(path).expect("the list");
        assert_eq!(pages["jobs"], ["jobs.pack"]);
        assert_eq!(pages["menu_part"], ["b.wasm"]);
    }

    #[test]
    fn loaders_ask_the_pack_first() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("pages.js"), "fetch(1);\n").expect("the loaders");
        prepare(folder.path()).expect("prepared");
        let loaders = fs::read_to_string(folder.path().join("pages.js")).expect("the loaders");
        assert_eq!(loaders, "import { fetch } from \"./pack.js\";\nfetch(1);\n");
        assert!(folder.path().join("pack.js").exists());
    }
}
