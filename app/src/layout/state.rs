//! The state that the parts of the layout share.

use leptos::prelude::*;

use super::theme::Theme;
use crate::kit::{Tab, Toasts, dom};

/// The name under which the browser stores whether single keys are on.
const SINGLE_KEYS: &str = "single-keys";

/// The state that the parts of the layout share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Whether the palette is open.
    pub(super) palette: RwSignal<bool>,
    /// Whether the list of keyboard shortcuts is open.
    pub(super) shortcuts: RwSignal<bool>,
    /// Whether single-key shortcuts are on.
    pub(super) single_keys: RwSignal<bool>,
    /// The theme.
    pub(super) theme: Theme,
    /// The title of the page that a link has led to, for screen readers.
    pub(super) announced: RwSignal<String>,
}

/// Provides the state, toasts and the tab to all pages.
pub(crate) fn provide() {
    Toasts::provide();
    Tab::provide();
    let layout = Layout {
        palette: RwSignal::new(false),
        shortcuts: RwSignal::new(false),
        single_keys: RwSignal::new(true),
        theme: Theme::stored(),
        announced: RwSignal::default(),
    };
    Effect::new(move |_| {
        if dom::is_hydrated() {
            layout.single_keys.set(dom::load_setting(SINGLE_KEYS).as_deref() != Some("off"));
        }
    });
    provide_context(layout);
}

pub(super) fn use_layout() -> Layout {
    expect_context()
}

impl Layout {
    /// Turns single-key shortcuts on or off, and stores it in this browser.
    pub(super) fn set_single_keys(self, are_on: bool) {
        dom::save_setting(SINGLE_KEYS, if are_on { "on" } else { "off" });
        self.single_keys.set(are_on);
    }
}
