//! The program cannot be compiled without the folder of the site. Before the first site is built, it gets one file.
//! "make site" deletes that file, so cargo compiles `main.rs` again, as it does when any file of the site changes.

use std::{fs, io, path::Path};

const SITE: &str = "../target/site";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    fs::create_dir_all(SITE)?;
    if fs::read_dir(SITE)?.next().is_none() {
        fs::write(Path::new(SITE).join("no-site.txt"), "\"make site\" builds the site.\n")?;
    }
    Ok(())
}
