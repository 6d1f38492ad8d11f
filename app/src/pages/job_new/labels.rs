//! What the job is called, and why it runs.

use console_wire::job::{MAX_NAME, MAX_REASON};
use leptos::prelude::*;

use super::{form_state::FormState, section::Section};
use crate::{forms::job::JobForm, kit::Field};

/// The section.
#[component]
pub(super) fn LabelsSection(state: FormState) -> impl IntoView {
    let default_name = Memo::new(move |_| {
        state.payload.with(|payload| state.fields.with(|form| form.default_name(payload))).unwrap_or_default()
    });
    view! {
        <Section title="Name" intro="What the list calls it, and why it runs.">
            <div class="field-row">
                <TextField
                    state
                    id="job-name"
                    member="name"
                    label="Name"
                    longest=MAX_NAME
                    hint="Left empty, it is made from action and target."
                    placeholder=default_name
                    get=|form| &form.name
                    set=|form, text| form.name = text
                />
                <TextField
                    state
                    id="job-reason"
                    member="reason"
                    label="Reason"
                    longest=MAX_REASON
                    hint="Optional. Kept with the job."
                    placeholder=""
                    get=|form| &form.reason
                    set=|form, text| form.reason = text
                />
            </div>
        </Section>
    }
    .into_any()
}

/// A field of one line.
#[component]
fn TextField(
    state: FormState,
    id: &'static str,
    /// The job's member that it fills; errors name it.
    member: &'static str,
    label: &'static str,
    longest: usize,
    hint: &'static str,
    #[prop(into)] placeholder: Signal<String>,
    get: fn(&JobForm) -> &String,
    set: fn(&mut JobForm, String),
) -> impl IntoView {
    let fields = state.fields;
    let problem = state.problem(member);
    view! {
        <Field id label=label.to_owned() error=problem hint=hint.to_owned()>
            <input
                type="text"
                class="input"
                id=id
                name=format!("form[{member}]")
                maxlength=longest.to_string()
                autocomplete="off"
                placeholder=move || placeholder.get()
                value=fields.with_untracked(|form| get(form).clone())
                prop:value=move || fields.with(|form| get(form).clone())
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-hint {id}-problem")
                on:input:target=move |event| fields.update(|form| set(form, event.target().value()))
            />
        </Field>
    }
    .into_any()
}
