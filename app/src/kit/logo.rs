//! The logo, beside the product's name.

use leptos::prelude::*;

/// The logo.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="topbar__mark" viewBox="0 0 18 18" aria-hidden="true">
            <path d="M1 13h4v4H1zM1 7.5h4v4H1zM6.5 13h4v4h-4z"></path>
            <path opacity=".62" d="M1 2h4v4H1zM6.5 7.5h4v4h-4zM12 13h4v4h-4z"></path>
            <path opacity=".3" d="M6.5 2h4v4h-4zM12 7.5h4v4h-4zM12 2h4v4h-4z"></path>
        </svg>
    }
}
