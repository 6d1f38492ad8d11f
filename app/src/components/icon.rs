//! An icon of `shell/icons.svg`, which stands in the document. It decorates a word that says the same, so it is hidden from those who listen.

use leptos::prelude::*;

/// An icon, small unless said otherwise.
#[component]
pub(crate) fn Icon(
    /// Name of a symbol in `shell/icons.svg`, without what all begin with.
    #[prop(into)]
    name: Signal<&'static str>,
    /// 16 instead of 14 px.
    #[prop(optional)]
    is_large: bool,
) -> impl IntoView {
    let class = if is_large { "icon" } else { "icon icon--small" };
    view! {
        <svg class=class aria-hidden="true">
            <use href=move || format!("#icon-{}", name.get())></use>
        </svg>
    }
    .into_any()
}
