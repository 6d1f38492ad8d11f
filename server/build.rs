//! Makes the folder of the site, whose files the program carries, if no site has been built yet. The file in it goes away
//! when one is: cargo then compiles `main.rs` again, as for every other file of the site that is gone.

use std::{fs, io, path::Path};

const SITE: &str = "../target/site";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if !Path::new(SITE).exists() {
        fs::create_dir_all(SITE)?;
        fs::write(Path::new(SITE).join("no-site.txt"), "\"make site\" builds the site.\n")?;
    }
    Ok(())
}
