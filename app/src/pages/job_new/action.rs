//! The action: a direct method, or a change of desired properties or tags.

use leptos::prelude::*;

use super::{
    form_state::{FormState, SourcesResource},
    section::{Choice, Section},
};
use crate::{
    forms::job::ActionKind,
    kit::{Field, FieldNotice, FieldProblem, JsonEditor},
};

/// Most methods with a button; the field completes all recent ones.
const MAX_BUTTONS: usize = 3;

/// The section.
#[component]
pub(super) fn ActionSection(state: FormState, sources: SourcesResource) -> impl IntoView {
    let fields = state.fields;
    let kind = state.kind();
    let choices = ActionKind::ALL.map(|choice| {
        let (label, hint) = match choice {
            ActionKind::Method => ("Direct method", "Call a method, get its answer"),
            ActionKind::Desired => ("Desired properties", "Set desired properties, also for offline devices"),
            ActionKind::Tags => ("Tags", "Set tags, not sent to devices"),
        };
        let choose = move || fields.update(|form| form.kind = choice.as_str().into());
        let is_chosen = Signal::derive(move || kind.get() == choice);
        view! { <Choice name="form[type]" value=choice.as_str() label hint is_chosen choose /> }
    });
    let is_method = move || kind.get() == ActionKind::Method;
    let payload_label = move || match kind.get() {
        ActionKind::Method => "Payload".to_owned(),
        ActionKind::Desired => "Desired properties to merge".to_owned(),
        ActionKind::Tags => "Tags to merge".to_owned(),
    };
    let method_problem = state.problem("methodName");
    let payload_problem = state.problem("payload");
    view! {
        <Section title="Action" intro="What each device is asked to do.">
            <div class="choices" role="radiogroup" aria-label="Job type">
                {choices.into_iter().collect_view()}
            </div>
            <div class="field-row" data-off=move || (!is_method()).then_some("")>
                <Field id="method" label="Method name" error=method_problem hint="Upper and lower case matter.">
                    <input
                        type="text"
                        class="input input--code"
                        id="method"
                        name="form[method]"
                        list="methods"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        value=fields.with_untracked(|form| form.method.clone())
                        prop:value=move || fields.with(|form| form.method.clone())
                        aria-invalid=move || method_problem.with(Option::is_some).then_some("true")
                        aria-describedby="method-hint method-problem"
                        on:input:target=move |event| fields.update(|form| form.method = event.target().value())
                    />
                </Field>
                <Transition>
                    {move || Suspend::new(async move {
                        let methods = sources.await.map(|sources| sources.methods).unwrap_or_default();
                        view! { <RecentMethods state methods /> }
                    })}
                </Transition>
            </div>
            <Field id="payload" label=Signal::derive(payload_label)>
                <JsonEditor
                    id="payload"
                    name="form[payload]"
                    text=state.payload
                    limit=Signal::derive(move || kind.get().max_bytes())
                    is_refused=Signal::derive(move || payload_problem.with(Option::is_some))
                    empty=Signal::derive(move || if is_method() { "No payload (null)" } else { "Nothing to set yet" })
                />
                // Where the text is not JSON the editor says so.
                <FieldProblem id="payload-problem" error=Signal::derive(move || payload_problem.get().filter(|error| error.column.is_none())) />
                <FieldNotice text=Signal::derive(move || state.payload_notice()) />
                <span class="field__hint" hidden=is_method>
                    "A JSON object. It is merged; "
                    <code>"null"</code>
                    " deletes a key."
                </span>
            </Field>
        </Section>
    }
    .into_any()
}

/// Methods of recent jobs, as buttons and as completions of the field.
#[component]
fn RecentMethods(state: FormState, methods: Vec<String>) -> impl IntoView {
    let options: Vec<_> =
        methods.iter().cloned().map(|name| view! { <option value=name></option> }).collect();
    let buttons: Vec<_> = methods
        .into_iter()
        .take(MAX_BUTTONS)
        .map(|name| {
            let used = name.clone();
            view! {
                <button
                    class="button button--small"
                    type="button"
                    on:click=move |_| state.fields.update(|form| form.method.clone_from(&used))
                >
                    <code>{name}</code>
                </button>
            }
        })
        .collect();
    let has_any = !buttons.is_empty();
    view! {
        <datalist id="methods">{options}</datalist>
        {has_any
            .then(|| {
                view! {
                    <div class="field needs-scripts">
                        <span class="field__label">"Recent methods"</span>
                        <div class="cluster">{buttons}</div>
                    </div>
                }
            })}
    }
    .into_any()
}
