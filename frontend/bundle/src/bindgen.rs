//! The browser glue: a JavaScript module and the WASM it loads.

use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

/// Writes `<name>.js` and `<name>_bg.wasm` into `folder`, for a page that loads them as an ES module.
///
/// `_bg` is what leptos asks for as long as `LEPTOS_OUTPUT_NAME` is not set while it compiles, and it is not: a
/// variable that only the Makefile knows would make every plain `cargo test` compile leptos anew.
pub(crate) fn generate(program: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)?
        .input_path(program)
        .out_name(name)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true);
    bindgen.generate(folder).with_context(|| format!("cannot make the browser glue of {}", program.display()))
}

#[cfg(test)]
mod tests {
    use super::generate;

    /// The smallest module that was compiled without wasm-bindgen: eight bytes of magic and version.
    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn writes_the_two_files_leptos_asks_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program.wasm");
        std::fs::write(&program, EMPTY_MODULE).expect("the module is written");

        generate(&program, folder.path(), "fleetcast").expect("glue is made");

        let script =
            std::fs::read_to_string(folder.path().join("fleetcast.js")).expect("the script is there");
        assert!(script.contains("export"), "an ES module: {script}");
        assert!(folder.path().join("fleetcast_bg.wasm").is_file());
    }

    #[test]
    fn a_missing_program_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error =
            generate(&folder.path().join("none.wasm"), folder.path(), "fleetcast").expect_err("no program");
        assert!(format!("{error:#}").contains("none.wasm"), "{error:#}");
    }
}
