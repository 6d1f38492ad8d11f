//! The way to newer data without scripts.

use leptos::prelude::*;

/// A link that loads the page anew. Only a browser without scripts shows it: there nothing else brings newer data.
#[component]
pub(crate) fn ReloadLink() -> impl IntoView {
    view! {
        <span class="without-scripts">
            "Not updated without JavaScript. "
            // An empty address is that of the page itself.
            <a class="link" href="">
                "Reload"
            </a>
        </span>
    }
}
