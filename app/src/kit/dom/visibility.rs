//! Whether the page can be seen.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Whether the page is in a background tab or a minimised window; false on the server.
pub(crate) fn is_hidden() -> bool {
    #[cfg(feature = "hydrate")]
    {
        document().visibility_state() == web_sys::VisibilityState::Hidden
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Calls back whenever the page becomes visible again, until the owner is disposed; never on the server.
pub(crate) fn on_visible(callback: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            if !is_hidden() {
                callback();
            }
        });
        on_cleanup(move || handle.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = callback;
}
