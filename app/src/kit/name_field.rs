//! A field for a name.

use console_wire::problem::FieldError;
use leptos::prelude::*;

use super::Field;

/// A required field of one line, whose text the page keeps.
#[component]
pub(crate) fn NameField(
    /// Element id of the control.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// Name of the form field.
    name: &'static str,
    /// The text; set while the user types.
    text: RwSignal<String>,
    /// Most characters.
    max: usize,
    /// What is wrong with it.
    error: Signal<Option<FieldError>>,
    /// It identifies something, so the browser must not correct it.
    #[prop(optional)]
    is_identifier: bool,
) -> impl IntoView {
    view! {
        <Field id label error>
            <input
                class="input"
                type="text"
                id=id
                name=name
                required
                maxlength=max.to_string()
                autocomplete="off"
                autocapitalize=is_identifier.then_some("off")
                spellcheck=is_identifier.then_some("false")
                aria-describedby=format!("{id}-problem")
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            />
        </Field>
    }
    .into_any()
}
