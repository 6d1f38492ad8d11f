//! What must not come back with a dependency. `make audit` asks the whole advisory database; this needs no network.

use std::path::Path;

#[test]
fn rustls_webpki_has_no_known_advisories() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).expect("the workspace's lock file");
    let versions: Vec<&str> = lock
        .split("[[package]]")
        .filter(|package| package.contains("name = \"rustls-webpki\""))
        .filter_map(|package| package.split("version = \"").nth(1)?.split('"').next())
        .collect();
    assert!(!versions.is_empty(), "the check looks at what is there");
    // RUSTSEC-2026-0049, -0098, -0099, -0104: mended in 0.103 only.
    assert!(versions.iter().all(|version| !version.starts_with("0.102.")), "{versions:?}");
}
