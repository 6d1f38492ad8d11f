//! An icon of `shell/icons.svg`, which is part of the document. Icons stand beside a label, so screen readers skip them.

use leptos::prelude::*;

/// An icon; small by default.
#[component]
pub(crate) fn Icon(
    /// Id of a symbol in `shell/icons.svg`, without its prefix `icon-`.
    #[prop(into)]
    name: Signal<&'static str>,
    /// 16 instead of 14 px.
    #[prop(optional)]
    is_large: bool,
) -> impl IntoView {
    let class = if is_large { "icon" } else { "icon icon--small" };
    view! {
        <svg class=class aria-hidden="true">
            <use href=move || icon_href(name.get())></use>
        </svg>
    }
}

/// The address of an icon in the document, for an SVG of one's own.
pub(crate) fn icon_href(name: &str) -> String {
    format!("#icon-{name}")
}
