//! How long to wait, and when to stop.

use hub_wire::direct_method::MAX_TIMEOUT;
use leptos::prelude::*;

use super::{draft::Draft, section::Section};
use crate::{
    components::{FieldProblem, Icon},
    job_form::{ActionKind, JobForm},
    reactive::memo,
};

/// A field that holds a number.
#[derive(Debug, Clone, Copy)]
struct Number {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    /// The wire's name of the member that it fills.
    member: &'static str,
    problem_id: &'static str,
    get: fn(&JobForm) -> &String,
    set: fn(&mut JobForm, String),
}

const CONNECT: Number = Number {
    id: "connect",
    name: "form[connect]",
    label: "Wait for connection",
    unit: "s",
    member: "connectTimeoutInSeconds",
    problem_id: "connect-problem",
    get: |form| &form.connect,
    set: |form, text| form.connect = text,
};
const ANSWER: Number = Number {
    id: "answer",
    name: "form[answer]",
    label: "Wait for answer",
    unit: "s",
    member: "responseTimeoutInSeconds",
    problem_id: "answer-problem",
    get: |form| &form.answer,
    set: |form, text| form.answer = text,
};
const LIMIT: Number = Number {
    id: "limit",
    name: "form[limit]",
    label: "Job may take",
    unit: "min",
    member: "maxExecutionTimeInSeconds",
    problem_id: "limit-problem",
    get: |form| &form.limit,
    set: |form, text| form.limit = text,
};

/// The section.
#[component]
pub(super) fn DeliverySection(draft: Draft) -> impl IntoView {
    let kind = draft.kind();
    let is_off = Signal::derive(move || kind.get() != ActionKind::Method);
    let doubts = memo(move || draft.fields.with(JobForm::doubts));
    view! {
        <Section title="Delivery" intro="How long to wait, and when to stop.">
            <div class="field-row">
                <NumberField
                    draft
                    number=CONNECT
                    hint=format!("At 0, not online ends at once. Up to {MAX_TIMEOUT} s.")
                    is_off
                />
                <NumberField
                    draft
                    number=ANSWER
                    hint=format!("Then the device is timed out. 5 to {MAX_TIMEOUT} s.")
                    is_off
                />
                <NumberField draft number=LIMIT hint="Whatever is unsent then is cancelled.".to_owned() is_off=false />
            </div>
            {move || {
                doubts
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
        </Section>
    }
    .into_any()
}

#[component]
fn NumberField(
    draft: Draft,
    number: Number,
    hint: String,
    #[prop(into)] is_off: Signal<bool>,
) -> impl IntoView {
    let fields = draft.fields;
    let Number { id, name, label, unit, member, problem_id, get, set } = number;
    let problem = draft.problem(member);
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field" data-off=move || is_off.get().then_some("")>
            <label class="field__label" for=id>
                {label}
            </label>
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
                    aria-describedby=format!("{hint_id} {problem_id}")
                    on:input:target=move |event| fields.update(|form| set(form, event.target().value()))
                />
                <span>{unit}</span>
            </span>
            <FieldProblem id=problem_id error=problem />
            <span class="field__hint" id=hint_id>
                {hint}
            </span>
        </div>
    }
    .into_any()
}
