//! Release builds carry the site's files, so they are made anew when a file comes or goes in its folder. Development builds
//! read the folder at run time, and do so only if it exists when they are compiled.

use std::{env, fs, io};

const SITE: &str = "../target/site";

fn main() -> io::Result<()> {
    fs::create_dir_all(SITE)?;
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed={SITE}");
    }
    Ok(())
}
