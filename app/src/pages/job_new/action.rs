//! What each device is asked to do.

use leptos::prelude::*;

use super::{
    draft::{Draft, SourcesResource},
    section::{Choice, Section},
};
use crate::{
    components::{FieldProblem, JsonEditor},
    job_form::ActionKind,
};

/// Methods offered as buttons; the field itself completes all that were called lately.
const OFFERED: usize = 3;

/// The section.
#[component]
pub(super) fn ActionSection(draft: Draft, sources: SourcesResource) -> impl IntoView {
    let fields = draft.fields;
    let kind = draft.kind();
    let choices = ActionKind::ALL.map(|choice| {
        let (label, hint) = match choice {
            ActionKind::Method => ("Direct method", "Ask now, keep the answer"),
            ActionKind::Desired => ("Desired properties", "Set state, devices catch up"),
            ActionKind::Tags => ("Tags", "Label twins, devices never see it"),
        };
        let choose = move || fields.update(|form| form.kind = choice.as_str().into());
        let is_chosen = Signal::derive(move || kind.get() == choice);
        view! { <Choice name="form[type]" value=choice.as_str() label hint is_chosen choose /> }
    });
    let is_method = move || kind.get() == ActionKind::Method;
    let payload_label = move || match kind.get() {
        ActionKind::Method => "Payload",
        ActionKind::Desired => "Desired properties to merge",
        ActionKind::Tags => "Tags to merge",
    };
    let method_problem = draft.problem("methodName");
    let payload_problem = draft.problem("payload");
    view! {
        <Section title="Action" intro="What each device is asked to do.">
            <div class="choices" role="radiogroup" aria-label="Job type">
                {choices.into_iter().collect_view()}
            </div>
            <div class="field-row" data-off=move || (!is_method()).then_some("")>
                <div class="field">
                    <label class="field__label" for="method">
                        "Method name"
                    </label>
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
                        aria-describedby="method-problem"
                        on:input:target=move |event| fields.update(|form| form.method = event.target().value())
                    />
                    <FieldProblem id="method-problem" error=method_problem />
                </div>
                <Transition>
                    {move || Suspend::new(async move {
                        let methods = sources.await.map(|sources| sources.methods).unwrap_or_default();
                        view! { <UsedLately draft methods /> }
                    })}
                </Transition>
            </div>
            <div class="field">
                <label class="field__label" for="payload">
                    {move || payload_label()}
                </label>
                <JsonEditor
                    id="payload"
                    name="form[payload]"
                    text=draft.payload
                    limit=Signal::derive(move || kind.get().max_bytes())
                    is_refused=Signal::derive(move || payload_problem.with(Option::is_some))
                />
                <FieldProblem id="payload-problem" error=payload_problem />
                <span class="field__hint" hidden=move || is_method()>
                    "A JSON object. It is merged; "
                    <code>"null"</code>
                    " removes a member."
                </span>
            </div>
        </Section>
    }
    .into_any()
}

/// Methods that jobs have called lately: to click, and to complete what is typed.
#[component]
fn UsedLately(draft: Draft, methods: Vec<String>) -> impl IntoView {
    let options: Vec<_> =
        methods.iter().cloned().map(|name| view! { <option value=name></option> }).collect();
    let buttons: Vec<_> = methods
        .into_iter()
        .take(OFFERED)
        .map(|name| {
            let used = name.clone();
            view! {
                <button
                    class="button button--small"
                    type="button"
                    on:click=move |_| draft.fields.update(|form| form.method.clone_from(&used))
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
                        <span class="field__label">"Used lately"</span>
                        <div class="cluster">{buttons}</div>
                    </div>
                }
            })}
    }
    .into_any()
}
