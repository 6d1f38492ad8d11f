//! Form fields: label, control, error and hint.

use console_wire::problem::FieldError;
use leptos::prelude::*;

use super::Icon;
use crate::format::sentence;

/// A labelled control with its error and its hint, whose ids are `{id}-problem` and `{id}-hint`. The control itself names
/// them in `aria-describedby`.
#[component]
pub(crate) fn Field(
    /// Element id of the control.
    id: &'static str,
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// What is wrong with its value.
    #[prop(optional, into)]
    error: Option<Signal<Option<FieldError>>>,
    /// What to know about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// Whether another field makes it irrelevant.
    #[prop(optional, into)]
    is_off: Signal<bool>,
    /// The control.
    children: Children,
) -> impl IntoView {
    // The error takes the place of the hint, so that nothing below moves.
    let is_wrong = move || error.is_some_and(|error| error.with(Option::is_some));
    let hint = hint.map(|hint| {
        view! {
            <span class="field__hint" id=format!("{id}-hint") hidden=is_wrong>
                {move || hint.get()}
            </span>
        }
    });
    view! {
        <div class="field" data-off=move || is_off.get().then_some("")>
            <label class="field__label" for=id>
                {move || label.get()}
            </label>
            {children()}
            {error.map(|error| view! { <FieldProblem id=format!("{id}-problem") error /> })}
            {hint}
        </div>
    }
    .into_any()
}

/// The error of a field, below it; empty when there is none.
#[component]
pub(crate) fn FieldProblem(
    /// Element id, for `aria-describedby`.
    #[prop(into)]
    id: String,
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
                <span class="field__error" id=id.clone() role="alert">
                    <Icon name="circle-x" />
                    <span><strong>{place}</strong>{sentence::of_field(&error.message)}</span>
                </span>
            }
        })
    };
    view! { {problem} }.into_any()
}

/// A notice that a field's text was read as something else; empty when it was not.
#[component]
pub(crate) fn FieldNotice(
    /// The notice.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    let notice = move || {
        text.get().map(|text| {
            view! {
                <span class="field__hint" role="status">
                    {text}
                </span>
            }
        })
    };
    view! { {move || notice()} }.into_any()
}
