//! What went wrong, in place: what happened, whether trying again helps, and the request's id.

use console_wire::problem::FieldError;
use leptos::prelude::*;

use super::Icon;
use crate::api::ApiError;

/// A refusal, in the place of what it kept from being shown.
#[component]
pub(crate) fn ErrorPanel(
    /// The refusal.
    error: ApiError,
) -> impl IntoView {
    let problem = *error.0;
    let advice = if problem.retryable { " Trying again may help." } else { "" };
    let request = (!problem.request_id.is_empty()).then(|| {
        view! {
            <br />
            <span class="notice__request">"Request " <code>{problem.request_id}</code></span>
        }
        .into_any()
    });
    view! {
        <div class="notice" data-tone="error" role="alert">
            <Icon name="circle-x" />
            <span>
                <strong>{problem.title} "."</strong>
                " "
                {problem.detail}
                {advice}
                {request}
            </span>
        </div>
    }
    .into_any()
}

/// What is wrong with a field, under it; nothing when nothing is.
#[component]
pub(crate) fn FieldProblem(
    /// Element id, for `aria-describedby`.
    id: &'static str,
    /// What is wrong.
    #[prop(into)]
    error: Signal<Option<FieldError>>,
) -> impl IntoView {
    let problem = move || {
        error.get().map(|error| {
            let place = match (error.line, error.column) {
                (Some(line), Some(column)) if line > 1 => format!("Line {line}, column {column}. "),
                (_, Some(column)) => format!("Column {column}. "),
                _ => String::new(),
            };
            view! {
                <span class="field__error" id=id role="alert">
                    <Icon name="circle-x" />
                    <span><strong>{place}</strong>{error.message}</span>
                </span>
            }
            .into_any()
        })
    };
    view! { {move || problem()} }.into_any()
}
