//! Which build this is: a page of another build reloads itself.

use std::sync::LazyLock;

use crate::assets::{hexadecimal, site_hash};

/// Version and the first eight digits of a hash over the site's scripts and styles.
pub(crate) static BUILD: LazyLock<String> = LazyLock::new(|| {
    let digits = hexadecimal(&site_hash().unwrap_or_default()[..4]);
    format!("{}+{digits}", env!("CARGO_PKG_VERSION"))
});
