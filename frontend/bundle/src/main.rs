//! Runs wasm-bindgen on the compiled WASM module: `bundle <module.wasm> <folder>` writes `fleetcast.js` and
//! `fleetcast_bg.wasm` into the folder.
//!
//! The generator must have exactly the version of wasm-bindgen that the module was compiled with. `Cargo.lock` keeps the
//! library at that version; the command-line tool would have to be installed separately in the same version.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        eprintln!("usage: bundle <module.wasm> <folder>");
        return ExitCode::FAILURE;
    };
    match generate(Path::new(module), Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the WASM file and the ES module that loads it. The caller of the ES module passes the URL of the WASM file,
/// which gets a hash in its name later.
fn generate(module: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .web(true)?
        .input_path(module)
        .out_name("fleetcast")
        .typescript(false)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .generate(folder)
        .with_context(|| format!("cannot run wasm-bindgen on {}", module.display()))
}

#[cfg(test)]
mod tests {
    use super::generate;

    #[test]
    fn error_names_the_missing_module() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = generate(&folder.path().join("none.wasm"), folder.path()).expect_err("no module");
        assert!(format!("{error:#}").contains("none.wasm"), "{error:#}");
    }
}
