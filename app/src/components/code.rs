//! JSON and query conditions, coloured.

use leptos::prelude::*;

use crate::present::{Run, json, query};

/// Runs in their colours.
pub(super) fn coloured(runs: &[Run<'_>]) -> Vec<AnyView> {
    runs.iter()
        .map(|run| {
            let text = run.text.to_owned();
            if run.class.is_empty() {
                text.into_any()
            } else {
                view! { <span class=run.class>{text}</span> }.into_any()
            }
        })
        .collect()
}

/// JSON, inline or as a block.
#[component]
pub(crate) fn Json(
    /// The text as it is to be shown.
    #[prop(into)]
    text: String,
    /// In a well of its own, line breaks kept.
    #[prop(optional)]
    is_block: bool,
) -> impl IntoView {
    let spans = coloured(&json::runs(&text));
    if is_block {
        view! { <pre class="code code--block" tabindex="0">{spans}</pre> }.into_any()
    } else {
        view! { <code class="code">{spans}</code> }.into_any()
    }
}

/// A query condition.
#[component]
pub(crate) fn Condition(
    /// The text after WHERE.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <code class="code">{coloured(&query::runs(&text))}</code> }.into_any()
}
