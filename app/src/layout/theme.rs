//! The colour theme: light, dark, or the operating system's. Stored in this browser.

use leptos::prelude::*;

use crate::kit::dom;

/// The name of the stored setting. The document's first script reads it too, see `shell/theme.js`.
const NAME: &str = "theme";

/// The theme that the user has chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme(RwSignal<&'static str>);

impl Theme {
    /// All themes, in the order of the button.
    pub(super) const ALL: [&str; 3] = ["system", "light", "dark"];

    /// The stored theme; `system` until the page is hydrated.
    pub(super) fn stored() -> Self {
        let theme = RwSignal::new("system");
        Effect::new(move |_| {
            if !dom::is_hydrated() {
                return;
            }
            let saved = dom::load_setting(NAME);
            theme
                .set(Self::ALL.into_iter().find(|known| saved.as_deref() == Some(known)).unwrap_or("system"));
        });
        Self(theme)
    }

    /// The current theme.
    pub(super) fn get(self) -> &'static str {
        self.0.get()
    }

    /// Applies a theme and stores it.
    pub(super) fn set(self, theme: &'static str) {
        self.0.set(theme);
        dom::save_setting(NAME, theme);
        dom::apply_theme(theme);
    }

    /// Applies the theme after the current one.
    pub(super) fn next(self) {
        let at = Self::ALL.iter().position(|known| *known == self.0.get_untracked()).unwrap_or(0);
        self.set(Self::ALL[(at + 1) % Self::ALL.len()]);
    }
}
