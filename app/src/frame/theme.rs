//! Light, dark, or as the system has it; remembered per browser.

use leptos::prelude::*;

use super::use_frame;
use crate::{browser, components::Icon, reactive::effect};

/// Where the browser remembers it. The document's first script reads it too, see `shell/theme.js`.
const NAME: &str = "theme";

/// The theme that the viewer has chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme(RwSignal<&'static str>);

impl Theme {
    /// All of them, in the order in which the button goes through them.
    pub(super) const ALL: [&str; 3] = ["system", "light", "dark"];

    /// The remembered one, known once the page is interactive.
    pub(super) fn remembered() -> Self {
        let theme = RwSignal::new("system");
        effect(move || {
            if !browser::is_alive() {
                return;
            }
            let word = browser::remembered(NAME);
            theme.set(Self::ALL.into_iter().find(|known| word.as_deref() == Some(known)).unwrap_or("system"));
        });
        Self(theme)
    }

    /// Which it is.
    pub(super) fn get(self) -> &'static str {
        self.0.get()
    }

    /// Shows another and remembers it.
    pub(super) fn set(self, theme: &'static str) {
        self.0.set(theme);
        browser::remember(NAME, theme);
        browser::apply_theme(theme);
    }

    fn next(self) {
        let at = Self::ALL.iter().position(|known| *known == self.0.get_untracked()).unwrap_or(0);
        self.set(Self::ALL[(at + 1) % Self::ALL.len()]);
    }
}

/// Goes through system, light and dark.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let theme = use_frame().theme;
    let label = move || format!("Colour theme: {}", theme.get());
    view! {
        <button
            class="button button--quiet button--icon button--small needs-scripts"
            type="button"
            aria-label=move || label()
            title=move || label()
            on:click=move |_| theme.next()
        >
            <Icon name="sun-moon" />
        </button>
    }
    .into_any()
}
