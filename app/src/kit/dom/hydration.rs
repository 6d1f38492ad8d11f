//! Whether the page is hydrated. Until then nothing on it may change: hydration expects the elements that the server
//! rendered.

use leptos::prelude::*;

/// Whether the page is interactive: false on the server and in the first frame, true once it is hydrated.
pub(crate) fn use_interactive() -> ReadSignal<bool> {
    let (interactive, set_interactive) = signal(false);
    Effect::new(move |_| {
        if is_hydrated() {
            set_interactive.set(true);
        }
    });
    interactive
}

#[cfg(feature = "hydrate")]
thread_local! {
    static HYDRATED: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Whether the whole document is hydrated; false on the server. Every effect that changes the page checks this first and
/// runs again when it becomes true.
pub(crate) fn is_hydrated() -> bool {
    #[cfg(feature = "hydrate")]
    return HYDRATED.with(ArcRwSignal::get);
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Called once, when the whole document is hydrated.
#[cfg(feature = "hydrate")]
pub(crate) fn mark_hydrated() {
    HYDRATED.with(|hydrated| hydrated.set(true));
}
