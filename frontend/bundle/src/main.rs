//! Turns the compiled browser program into the site that the server carries.
//!
//! The Makefile calls it five times, with `frontend/programs.mjs` after the second, `esbuild` after the third and `sass`
//! before the fourth:
//!
//! ```text
//! bundle trim <program.wasm> <trimmed.wasm>       the program without what no visit runs
//! bundle bindgen <program.wasm> <folder> <name>   the browser glue: <name>.js, <name>_bg.wasm and a program a page
//! bundle order <folder>                           the functions of a page's program so that they compress well
//! bundle compress <site>                          a Brotli copy beside every text and WASM file
//! bundle budget <site>                            what a first visit transfers; fails when over the budget
//! ```
//!
//! `wasm-bindgen` demands that its generator is of exactly the version the program was compiled with. As a library
//! it is held to that by `Cargo.lock`; the separate program would have to be installed in step with it.

mod bindgen;
mod compress;
mod locations;
mod names;
mod order;
mod relocations;
mod report;
mod site;
mod split;
mod trim;

use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: bundle trim <program.wasm> <trimmed.wasm> | bindgen <program.wasm> <folder> <name> | order <folder> | compress <site> | budget <site>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match *arguments {
        ["trim", program, trimmed] => trim::program(Path::new(program), Path::new(trimmed)),
        ["bindgen", program, folder, name] => bindgen::generate(Path::new(program), Path::new(folder), name),
        ["order", folder] => order::pages(Path::new(folder)),
        ["compress", site] => compress::site(Path::new(site)),
        ["budget", site] => {
            let report = report::Report::of(Path::new(site))?;
            write!(stdout(), "{report}")?;
            report.within_budget()
        }
        _ => bail!(USAGE),
    }
}
