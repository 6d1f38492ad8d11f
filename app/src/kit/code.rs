//! JSON and query conditions with syntax highlighting.

use leptos::prelude::*;

use crate::format::{Token, json, query};

/// Tokens as spans with their style class.
pub(crate) fn highlight(tokens: &[Token<'_>]) -> Vec<AnyView> {
    tokens
        .iter()
        .map(|token| {
            let text = token.text.to_owned();
            if token.class.is_empty() {
                text.into_any()
            } else {
                view! { <span class=token.class>{text}</span> }.into_any()
            }
        })
        .collect()
}

/// JSON, inline or as a block.
#[component]
pub(crate) fn Json(
    /// The text.
    #[prop(into)]
    text: String,
    /// As a block, with line breaks kept.
    #[prop(optional)]
    is_block: bool,
) -> impl IntoView {
    let spans = highlight(&json::tokens(&text));
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
    view! { <code class="code">{highlight(&query::tokens(&text))}</code> }
}
