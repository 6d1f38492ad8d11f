//! The error under the query bar.

use leptos::prelude::*;

use crate::{error::ApiError, format::query, kit::Icon};

/// Why a query was refused: the column and the reason, with a button for the correction where one is known.
#[component]
pub(crate) fn QueryProblem(
    /// The error.
    error: ApiError,
    /// The refused text, to correct it.
    #[prop(optional, into)]
    text: Option<String>,
    /// Called with the corrected text.
    #[prop(optional, into)]
    on_fix: Option<Callback<String>>,
) -> impl IntoView {
    let field = error.0.errors.first().cloned();
    let column = field.as_ref().and_then(|field| field.column);
    let place = field.as_ref().and_then(|field| {
        let column = field.column?;
        Some(match field.line {
            Some(line) if line > 1 => format!("Line {line}, column {column}. "),
            _ => format!("Column {column}. "),
        })
    });
    let message =
        field.map_or_else(|| format!("{}. {}", error.0.title, error.0.detail), |field| field.message);
    // Text between backticks is quoted from the query.
    let message: Vec<_> = message
        .split('`')
        .enumerate()
        .map(|(index, part)| {
            let part = part.to_owned();
            if index % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect();
    let fix = on_fix.zip(text.zip(column)).and_then(|(on_fix, (text, column))| {
        let (right, fixed) = query::correct(&text, column)?;
        Some(view! {
            <button class="button button--small needs-scripts" type="button" on:click=move |_| on_fix.run(fixed.clone())>
                {format!("Use {right} instead")}
            </button>
        })
    });
    view! {
        <p class="query-bar__error" id="query-error" role="alert">
            <Icon name="circle-x" />
            <span><strong>{place}</strong>{message}</span>
            {fix}
        </p>
    }
    .into_any()
}
