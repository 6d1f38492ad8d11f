//! Short names for what a program takes from its glue. wasm-bindgen's hold a hash, which no compression makes shorter, and
//! stand in both.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ImportSection, Module};
use wasmparser::{ImportSectionReader, Parser, Payload};

/// How a name stands in a script: before its value.
const DEFINITIONS: [(&str, &str); 2] = [("        ", ": function("), ("export const ", " = ")];

/// Shortens the names of what `program`, a file in `folder`, takes from `scripts` there.
pub(crate) fn shorten(folder: &Path, program: &str, scripts: &[&str]) -> Result<()> {
    let path = folder.join(program);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {program}"))?;
    let names = Names::of(&bytes).with_context(|| format!("cannot read {program}"))?;
    fs::write(&path, names.in_program(&bytes)?).with_context(|| format!("cannot write {program}"))?;

    let mut replaced = 0;
    for script in scripts {
        let path = folder.join(script);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {script}"))?;
        let (text, count) = names.in_script(&text);
        replaced += count;
        fs::write(&path, text).with_context(|| format!("cannot write {script}"))?;
    }
    let all = names.0.len();
    ensure!(
        replaced == all,
        "{program} takes {all} things from its glue, of which {replaced} were found there"
    );
    Ok(())
}

/// The short name of each import.
struct Names(HashMap<String, String>);

impl Names {
    fn of(program: &[u8]) -> Result<Self> {
        let mut names = HashMap::new();
        for payload in Parser::new(0).parse_all(program) {
            if let Payload::ImportSection(imports) = payload.context("not a WebAssembly program")? {
                for import in imports.into_imports() {
                    let next = short(names.len());
                    names.entry(import?.name.to_owned()).or_insert(next);
                }
            }
        }
        Ok(Self(names))
    }

    fn in_program(&self, program: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        let mut names = self;
        names
            .parse_core_module(&mut module, Parser::new(0), program)
            .map_err(|error| anyhow!("cannot rename what it takes from its glue: {error}"))?;
        Ok(module.finish())
    }

    /// `script` with the short names, and how many there were.
    fn in_script(&self, script: &str) -> (String, usize) {
        let mut count = 0;
        let lines = script.lines().map(|line| {
            let renamed = DEFINITIONS.iter().find_map(|(before, after)| {
                let (name, value) = line.strip_prefix(before)?.split_once(after)?;
                Some([before, self.0.get(name)?.as_str(), after, value].concat())
            });
            count += usize::from(renamed.is_some());
            renamed.unwrap_or_else(|| line.to_owned()) + "\n"
        });
        (lines.collect(), count)
    }
}

impl Reencode for &Names {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.0.get(import.name).map_or(import.name, String::as_str);
            imports.import(import.module, name, self.entity_type(import.ty)?);
        }
        Ok(())
    }
}

/// `a` to `z`, `aa`, `ab` and so on.
fn short(number: usize) -> String {
    let letter = char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]);
    let before = (number / 26).checked_sub(1).map(short);
    before.unwrap_or_default() + letter.encode_utf8(&mut [0; 4])
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, TypeSection};

    use super::*;

    #[test]
    fn program_and_scripts_agree() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let (mut types, mut imports, mut program) = (TypeSection::new(), ImportSection::new(), Module::new());
        types.ty().function([], []);
        for (from, name) in
            [("./x_bg.js", "__wbg_new_0f"), ("./pages.js", "load_jobs"), ("./x_bg.js", "__wbg_now_0e")]
        {
            imports.import(from, name, EntityType::Function(0));
        }
        program.section(&types).section(&imports);
        fs::write(path.join("x_bg.wasm"), program.finish()).expect("a program");
        let glue = "    const import0 = {\n        __wbg_new_0f: function() {\n        },\n        __wbg_now_0e: function() {\n";
        fs::write(path.join("x.js"), glue).expect("glue");
        fs::write(path.join("pages.js"), "export const begin = 1;\nexport const load_jobs = link('jobs');\n")
            .expect("a script");

        shorten(path, "x_bg.wasm", &["x.js", "pages.js"]).expect("shortened");

        let read = |name| fs::read_to_string(path.join(name)).expect("a script");
        assert_eq!(read("x.js"), glue.replace("__wbg_new_0f", "a").replace("__wbg_now_0e", "c"));
        assert_eq!(read("pages.js"), "export const begin = 1;\nexport const b = link('jobs');\n");
        let program = fs::read(path.join("x_bg.wasm")).expect("the program");
        let mut names: Vec<_> = Names::of(&program).expect("a program").0.into_keys().collect();
        names.sort();
        assert_eq!(names, ["a", "b", "c"]);

        let error = shorten(path, "x_bg.wasm", &["pages.js"]).expect_err("the glue is missing");
        assert!(error.to_string().contains("takes 3 things"), "{error}");
    }

    #[test]
    fn short_names_are_each_others_no_copies() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(short), ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}
