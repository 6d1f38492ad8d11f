//! What the hub does not understand about a query, at its place.

use leptos::prelude::*;

use super::Icon;
use crate::api::ApiError;

/// A refused query: the place and the reason, under the query bar.
#[component]
pub(crate) fn QueryProblem(
    /// The refusal.
    error: ApiError,
) -> impl IntoView {
    let field = error.0.errors.first().cloned();
    let place = field.as_ref().and_then(|field| {
        let column = field.column?;
        Some(match field.line {
            Some(line) if line > 1 => format!("Line {line}, column {column}. "),
            _ => format!("Column {column}. "),
        })
    });
    let message =
        field.map_or_else(|| format!("{}. {}", error.0.title, error.0.detail), |field| field.message);
    view! {
        <p class="query-bar__error" id="query-error" role="alert">
            <Icon name="circle-x" />
            <span><strong>{place}</strong>{message}</span>
        </p>
    }
    .into_any()
}
