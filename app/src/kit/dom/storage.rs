//! Settings that this browser keeps in its local storage.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// A stored value; `None` on the server and when storage is disabled.
pub(crate) fn load_setting(name: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        window().local_storage().ok()??.get_item(name).ok()?
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        None
    }
}

/// Stores a value; does nothing when storage is disabled.
pub(crate) fn save_setting(name: &str, value: &str) {
    #[cfg(feature = "hydrate")]
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, value);
}
