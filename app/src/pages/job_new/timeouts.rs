//! The timeouts of the job. A rollout has its own wait for devices and its own end.

use hub_wire::direct_method::MAX_TIMEOUT;
use leptos::prelude::*;

use super::form_state::FormState;
use crate::{
    forms::job::{ActionKind, JobForm},
    kit::{Field, Icon},
};

/// A field that holds a number.
#[derive(Debug, Clone, Copy)]
struct Number {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    /// The job's member that it fills; errors name it.
    member: &'static str,
    get: fn(&JobForm) -> &String,
    set: fn(&mut JobForm, String),
}

const CONNECT: Number = Number {
    id: "connect",
    name: "form[connect]",
    label: "Connection timeout",
    unit: "s",
    member: "connectTimeoutInSeconds",
    get: |form| &form.connect,
    set: |form, text| form.connect = text,
};
const ANSWER: Number = Number {
    id: "answer",
    name: "form[answer]",
    label: "Response timeout",
    unit: "s",
    member: "responseTimeoutInSeconds",
    get: |form| &form.answer,
    set: |form, text| form.answer = text,
};
const LIMIT: Number = Number {
    id: "limit",
    name: "form[limit]",
    label: "Time limit",
    unit: "min",
    member: "maxExecutionTimeInSeconds",
    get: |form| &form.limit,
    set: |form, text| form.limit = text,
};

/// The fields.
#[component]
pub(super) fn Timeouts(state: FormState) -> impl IntoView {
    let kind = state.kind();
    let is_rollout = Memo::new(move |_| state.fields.with(|form| form.rollout.is_touched()));
    let is_off = Signal::derive(move || kind.get() != ActionKind::Method);
    let is_connect_off = Signal::derive(move || is_off.get() || is_rollout.get());
    let timeout_warning = Memo::new(move |_| state.fields.with(JobForm::timeout_warning));
    view! {
            <div class="field-row">
                <NumberField
                    state
                    number=CONNECT
                    hint=format!("0 = offline devices fail at once. Up to {MAX_TIMEOUT} s.")
                    is_off=is_connect_off
                />
                <NumberField
                    state
                    number=ANSWER
                    hint=format!("Then the device has timed out. 5 to {MAX_TIMEOUT} s.")
                    is_off
                />
                <NumberField state number=LIMIT hint="Unsent devices are cancelled then.".to_owned() is_off=is_rollout />
            </div>
            {move || {
                timeout_warning
                    .get()
                    .map(|text| {
                        view! {
                            <div class="notice" data-tone="warning">
                                <Icon name="triangle-alert" />
                                <span>{text}</span>
                            </div>
                        }
                    })
            }}
    }
    .into_any()
}

#[component]
fn NumberField(
    state: FormState,
    number: Number,
    hint: String,
    #[prop(into)] is_off: Signal<bool>,
) -> impl IntoView {
    let fields = state.fields;
    let Number { id, name, label, unit, member, get, set } = number;
    let problem = state.problem(member);
    view! {
        <Field id label error=problem hint is_off>
            <span class="input-unit">
                <input
                    type="text"
                    id=id
                    name=name
                    inputmode="numeric"
                    autocomplete="off"
                    value=fields.with_untracked(|form| get(form).clone())
                    prop:value=move || fields.with(|form| get(form).clone())
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby=format!("{id}-hint {id}-problem")
                    on:input:target=move |event| fields.update(|form| set(form, event.target().value()))
                />
                <span>{unit}</span>
            </span>
        </Field>
    }
    .into_any()
}
