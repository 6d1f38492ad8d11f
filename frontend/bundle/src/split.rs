//! A program for each page: what only one page reaches lies in a file of its own and is fetched when that page is first
//! shown.
//!
//! The compiler makes one program. Where a page begins is marked in it by leptos' `#[lazy_route]`; what can be reached
//! from one mark alone moves to that page's file, what several pages share to files between them, and the rest stays.
//! Functions with `#[lazy]` mark parts of a page in the same way: theirs is fetched when the part is first used. They end
//! in `_part`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use sha2::{Digest as _, Sha256};

/// Which files each page or part needs: `{"jobs": ["3-1f0c27aa.wasm", …]}`.
pub(crate) type Pages = BTreeMap<String, Vec<String>>;

/// The module through which the program asks for a page.
pub(crate) const LINK: &str = "./pages.js";
/// How it does that, but for the list of what there is.
const LINKER: &str = include_str!("pages.js");
/// The list of what each page or part needs beside the shared program; once linked, of the page's whole program, and of
/// what a page lacks of a part. The server reads it too.
pub(crate) const MANIFEST: &str = "pages.json";
/// The end of the name of a part of a page that is fetched when it is first used.
pub(crate) const PART: &str = "_part";

/// Between a page's name and a part's: what the page lacks of it, in one file.
pub(crate) const JOINED: char = '-';

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

    let marks: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    let build = build_id(&input);
    let parts = Parts::of(&marks, &build);
    parts.rename(folder)?;
    parts.write_linker(folder, &main_module)?;
    write_manifest(folder, &parts.pages())?;
    Ok(shared)
}

/// What the program was split into. A file's name is a number and the build: linked into the program of another build, a
/// part would bring it down. So a page that outlives an upgrade asks for something that is not there.
struct Parts<'a> {
    build: &'a str,
    /// The files' names before, by number.
    files: Vec<&'a str>,
    /// What the program calls each page or part, and the numbers of the files that it needs.
    marks: Vec<(&'a str, Vec<usize>)>,
}

impl<'a> Parts<'a> {
    fn of(marks: &'a BTreeMap<String, Vec<String>>, build: &'a str) -> Self {
        let mut numbers = BTreeMap::new();
        for file in marks.values().flatten() {
            let next = numbers.len();
            numbers.entry(file.as_str()).or_insert(next);
        }
        let mut files = vec![""; numbers.len()];
        for (file, number) in &numbers {
            files[*number] = *file;
        }
        let marks = marks.iter().map(|(mark, needed)| {
            (mark.as_str(), needed.iter().map(|file| numbers[file.as_str()]).collect())
        });
        Self { build, files, marks: marks.collect() }
    }

    fn file(&self, number: usize) -> String {
        format!("{number}-{}.wasm", self.build)
    }

    fn rename(&self, folder: &Path) -> Result<()> {
        for (number, file) in self.files.iter().enumerate() {
            fs::rename(folder.join(format!("{file}.wasm")), folder.join(self.file(number)))
                .with_context(|| format!("cannot rename {file}"))?;
        }
        Ok(())
    }

    fn pages(&self) -> Pages {
        let files = |needed: &[usize]| needed.iter().map(|number| self.file(*number)).collect();
        self.marks.iter().map(|(mark, needed)| (page_name(mark).to_owned(), files(needed))).collect()
    }

    /// In the place of the one that the library writes: that has a function for every file, and asks once.
    fn write_linker(&self, folder: &Path, main_module: &str) -> Result<()> {
        let needed: BTreeMap<_, _> =
            self.marks.iter().map(|(mark, needed)| (page_name(mark), ranges(needed))).collect();
        let mut script = format!(
            "import {{ initSync }} from '{main_module}';\n\nconst BUILD = '{}';\nconst PAGES = {};\n\n{LINKER}\n",
            self.build,
            serde_json::to_string(&needed)?,
        );
        for (mark, _) in &self.marks {
            let page = page_name(mark);
            writeln!(script, "export const __wasm_split_load_{mark} = link('{page}');")?;
        }
        fs::write(folder.join(LINK), script).context("cannot write what links the pages")
    }
}

/// `[3, 4, 5, 9]` → `3-5,9`: a page needs hundreds of files, most of them in a row.
fn ranges(numbers: &[usize]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    let rows = numbers.chunk_by(|one, next| one + 1 == *next).map(|row| match row {
        [first, .., last] => format!("{first}-{last}"),
        only => only.iter().map(usize::to_string).collect(),
    });
    rows.collect::<Vec<_>>().join(",")
}

/// The same for the same program only.
fn build_id(program: &[u8]) -> String {
    Sha256::digest(program).iter().take(4).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// What the build in `folder` says that each page and part needs.
pub(crate) fn read_manifest(folder: &Path) -> Result<Pages> {
    let manifest = folder.join(MANIFEST);
    let json = fs::read(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{} is not a list of pages", manifest.display()))
}

/// The file that holds all programs of `page`, the shared one among them, once they are linked.
pub(crate) fn whole(page: &str) -> String {
    format!("{page}.wasm")
}

/// Says in `folder` what each page and part needs.
fn write_manifest(folder: &Path, pages: &Pages) -> Result<()> {
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
    fn files_are_numbered_and_carry_their_build() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        for file in ["chunk_1", "split_jobs", "split_menu"] {
            fs::write(path.join(format!("{file}.wasm")), file).expect("a part");
        }
        fs::write(path.join("x.shared"), "shared").expect("the shared program");
        let marks = [
            ("__jobs_route_view_7".to_owned(), vec!["chunk_1".to_owned(), "split_jobs".to_owned()]),
            ("menu_part_8".to_owned(), vec!["chunk_1".to_owned(), "split_menu".to_owned()]),
        ];
        let marks = BTreeMap::from(marks);

        let parts = Parts::of(&marks, "b");
        parts.rename(path).expect("renamed");
        parts.write_linker(path, "./x.js").expect("written");
        write_manifest(path, &parts.pages()).expect("written");

        assert_eq!(fs::read_to_string(path.join("1-b.wasm")).expect("a part"), "split_jobs");
        assert!(path.join("x.shared").exists(), "the rest keeps its name");
        let pages = read_manifest(path).expect("the list");
        assert_eq!(pages["jobs"], ["0-b.wasm", "1-b.wasm"]);
        assert_eq!(pages["menu_part"], ["0-b.wasm", "2-b.wasm"]);
        let script = fs::read_to_string(path.join("pages.js")).expect("what links");
        for line in [
            "import { initSync } from './x.js';",
            "const BUILD = 'b';",
            r#"const PAGES = {"jobs":"0-1","menu_part":"0,2"};"#,
            "export const __wasm_split_load___jobs_route_view_7 = link('jobs');",
            "export const __wasm_split_load_menu_part_8 = link('menu_part');",
        ] {
            assert!(script.lines().any(|it| it == line), "{line} in {script}");
        }
    }

    #[test]
    fn rows_of_numbers_are_short() {
        for (numbers, expected) in
            [(&[][..], ""), (&[7], "7"), (&[5, 3, 4, 9], "3-5,9"), (&[0, 2, 3, 5], "0,2-3,5")]
        {
            assert_eq!(ranges(numbers), expected);
        }
    }

    #[test]
    fn another_program_is_another_build() {
        assert_eq!(build_id(b"a program"), build_id(b"a program"));
        assert_ne!(build_id(b"a program"), build_id(b"another"));
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
