//! The program `fleetcast`: the server with the site inside.

use std::process::ExitCode;

use rust_embed::RustEmbed;

/// A page is made of tens of thousands of small pieces that come and go on every core, on which the system's allocator
/// spends a quarter of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The folder that the build assembles. Debug builds read it at run time.
#[derive(RustEmbed)]
#[folder = "../target/site"]
struct Site;

fn main() -> ExitCode {
    server::main(Site::get)
}
