//! Which build this is: pages of another build reload themselves when they meet this one.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::assets::{Site, hexadecimal};

/// Version and the first eight digits of a hash over the site's programs and styles.
pub(crate) static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in ["pkg/fleetcast.js", "pkg/fleetcast_bg.wasm", "pkg/fleetcast.css"] {
        if let Some(file) = Site::get(name) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    let digits = hexadecimal(&hash.finalize()[..4]);
    format!("{}+{digits}", env!("CARGO_PKG_VERSION"))
});
