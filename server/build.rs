//! Release builds carry the site's files, so they are made anew when a file comes or goes in its folder.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Development builds read the folder at run time and need not be made anew for it.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=../target/site");
    }
}
