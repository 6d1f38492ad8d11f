//! The browser glue: a JavaScript module and the WASM it loads, split into pages.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{names, split};

/// Writes `<name>.js` and `<name>_bg.wasm` into `folder`, for a page that loads them as an ES module, and beside them
/// what single pages need on top.
///
/// `_bg` is what leptos asks for as long as `LEPTOS_OUTPUT_NAME` is not set while it compiles, and it is not: a
/// variable that only the Makefile knows would make every plain `cargo test` compile leptos anew.
pub(crate) fn generate(program: &Path, folder: &Path, name: &str) -> Result<()> {
    let shared = split::pages(program, folder, name)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)?
        .input_path(&shared)
        .out_name(name)
        .typescript(false)
        // Names tell what links the pages which functions lead from one program into another.
        .remove_name_section(false)
        .remove_producers_section(true)
        .keep_lld_exports(true)
        .demangle(false)
        .omit_default_module_path(true);
    bindgen
        .generate(folder)
        .with_context(|| format!("cannot make the browser glue of {}", program.display()))?;
    fs::remove_file(&shared).with_context(|| format!("cannot remove {}", shared.display()))?;
    names::shorten(folder, &format!("{name}_bg.wasm"), &[&format!("{name}.js"), split::LINK])
}

#[cfg(test)]
mod tests {
    use super::generate;

    #[test]
    fn a_missing_program_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error =
            generate(&folder.path().join("none.wasm"), folder.path(), "fleetcast").expect_err("no program");
        assert!(format!("{error:#}").contains("none.wasm"), "{error:#}");
    }
}
