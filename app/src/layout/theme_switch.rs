//! The button that changes the theme.

use leptos::prelude::*;

use super::state::use_layout;
use crate::kit::Icon;

/// Switches from system to light to dark.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let theme = use_layout().theme;
    let label = move || format!("Colour theme: {}", theme.get());
    view! {
        <button
            class="button button--quiet button--icon button--small needs-scripts"
            type="button"
            aria-label=label
            title=label
            on:click=move |_| theme.next()
        >
            <Icon name="sun-moon" />
        </button>
    }
    .into_any()
}
