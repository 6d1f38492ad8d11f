//! The four sections of the form.

use console_wire::target::Preview;
use hub_wire::direct_method::MAX_TIMEOUT;
use leptos::prelude::*;

use super::Draft;
use crate::{
    api::ApiError,
    clock::use_clock,
    components::{FieldProblem, JsonEditor, QueryProblem},
    job_form::{ActionKind, JobForm},
    present::time,
};

/// A section: its title and what it decides on the left, its fields on the right.
#[component]
fn Section(title: &'static str, intro: &'static str, children: Children) -> impl IntoView {
    view! {
        <fieldset class="form-section">
            <legend class="visually-hidden">{title}</legend>
            <div class="form-section__intro">
                <h2>{title}</h2>
                {intro}
            </div>
            <div class="stack">{children()}</div>
        </fieldset>
    }
    .into_any()
}

/// One of a few, each with a reason.
#[component]
fn Choice(
    name: &'static str,
    value: &'static str,
    label: &'static str,
    hint: &'static str,
    #[prop(into)] is_chosen: Signal<bool>,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="radio"
                name=name
                value=value
                checked=is_chosen.get_untracked()
                prop:checked=move || is_chosen.get()
                on:change=move |_| choose()
            />
            <span class="choice__label">{label}</span>
            <span class="choice__hint">{hint}</span>
        </label>
    }
    .into_any()
}

/// What each device is asked to do.
#[component]
pub(super) fn ActionSection(draft: Draft) -> impl IntoView {
    let fields = draft.fields;
    let kind = Memo::new(move |_| fields.with(JobForm::action));
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
            <div class="field" data-off=move || (!is_method()).then_some("")>
                <label class="field__label" for="method">
                    "Method name"
                </label>
                <input
                    type="text"
                    class="input input--code job-new__method"
                    id="method"
                    name="form[method]"
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
            <div class="field">
                <label class="field__label" for="payload">
                    {payload_label}
                </label>
                <JsonEditor
                    id="payload"
                    name="form[payload]"
                    text=draft.payload
                    limit=Signal::derive(move || kind.get().max_bytes())
                    is_refused=Signal::derive(move || payload_problem.with(Option::is_some))
                />
                <FieldProblem id="payload-problem" error=payload_problem />
                <span class="field__hint" hidden=is_method>
                    "A JSON object. It is merged; "
                    <code>"null"</code>
                    " removes a member."
                </span>
            </div>
        </Section>
    }
    .into_any()
}

/// Which devices.
#[component]
pub(super) fn TargetSection(
    draft: Draft,
    preview: Resource<Option<Result<Preview, ApiError>>>,
) -> impl IntoView {
    let fields = draft.fields;
    let is_query = Memo::new(move |_| fields.with(|form| form.target != "all"));
    let segment = move |value: &'static str, label: &'static str| {
        let is_chosen = move || is_query.get() == (value == "query");
        view! {
            <label>
                <input
                    type="radio"
                    name="form[target]"
                    value=value
                    checked=untrack(is_chosen)
                    prop:checked=is_chosen
                    on:change=move |_| fields.update(|form| form.target = value.into())
                />
                {label}
            </label>
        }
    };
    let refused = draft.problem("queryCondition");
    // A fault at a place in the query is told by the count, which also knows when it has been mended.
    let problem = Signal::derive(move || refused.get().filter(|error| error.column.is_none()));
    let is_wrong = move || {
        let refused = if draft.is_interactive.get() { problem } else { refused };
        draft.is_query_wrong.get() || refused.with(Option::is_some)
    };
    view! {
        <Section title="Target" intro="Which devices. The hub counts again when the job starts.">
            <div class="segmented segmented--self" role="radiogroup" aria-label="Choose devices by">
                {segment("query", "Query")}
                {segment("all", "Every device")}
            </div>
            <div class="field" data-off=move || (!is_query.get()).then_some("")>
                <label class="field__label" for="query">
                    "Query condition"
                </label>
                <div class="query-bar" data-invalid=move || is_wrong().then_some("")>
                    <span class="query-bar__prefix" aria-hidden="true">
                        "WHERE"
                    </span>
                    <input
                        type="text"
                        class="query-bar__text"
                        id="query"
                        name="form[query]"
                        placeholder="a condition, such as tags.simulated = true"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        value=fields.with_untracked(|form| form.query.clone())
                        prop:value=move || fields.with(|form| form.query.clone())
                        aria-invalid=move || is_wrong().then_some("true")
                        aria-describedby="query-hint query-error query-problem"
                        on:input:target=move |event| fields.update(|form| form.query = event.target().value())
                    />
                </div>
                <FieldProblem id="query-problem" error=problem />
                <Transition>
                    {move || Suspend::new(async move {
                        let error = preview.await.and_then(Result::err);
                        let is_wrong = error.is_some();
                        Effect::new(move |_| draft.is_query_wrong.set(is_wrong));
                        error.map(|error| view! { <QueryProblem error /> })
                    })}
                </Transition>
                <span class="field__hint" id="query-hint">
                    "Only the part after WHERE. Goes to the hub as "
                    <code>"queryCondition"</code>
                    "."
                </span>
            </div>
        </Section>
    }
    .into_any()
}

/// When it starts. Before the browser has taken over, the time is UTC and says so.
#[component]
pub(super) fn WhenSection(draft: Draft) -> impl IntoView {
    let fields = draft.fields;
    let clock = use_clock();
    let is_later = Memo::new(move |_| fields.with(|form| form.when == "later"));
    let problem = draft.problem("startTime");
    let hint = move || {
        if !draft.is_interactive.get() {
            return "In UTC, at most 7 days ahead.".to_owned();
        }
        match draft.form().start_time() {
            Ok(at) => {
                let when =
                    clock.now().map(|now| format!(", {}", time::relative(at, now))).unwrap_or_default();
                format!("Your time. That is {}{when}.", time::absolute(at, 0))
            }
            Err(_) => "Your time, at most 7 days ahead.".to_owned(),
        }
    };
    view! {
        <Section title="When" intro="Now, or once at a time you choose.">
            <div class="choices" role="radiogroup" aria-label="When">
                <Choice
                    name="form[when]"
                    value="now"
                    label="Now"
                    hint="As soon as you press Run"
                    is_chosen=Signal::derive(move || !is_later.get())
                    choose=move || fields.update(|form| form.when = "now".into())
                />
                <Choice
                    name="form[when]"
                    value="later"
                    label="Once, later"
                    hint="You say when, up to a week ahead"
                    is_chosen=Signal::derive(move || is_later.get())
                    choose=move || fields.update(|form| form.when = "later".into())
                />
            </div>
            <div class="field" data-off=move || (!is_later.get()).then_some("")>
                <label class="field__label" for="start">
                    "Date and time"
                </label>
                <input
                    type="datetime-local"
                    class="input job-new__start"
                    id="start"
                    name="form[start]"
                    value=fields.with_untracked(|form| form.start.clone())
                    prop:value=move || fields.with(|form| form.start.clone())
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby="start-hint start-problem"
                    on:input:target=move |event| fields.update(|form| form.start = event.target().value())
                />
                <input type="hidden" name="form[zone]" value="0" prop:value=move || draft.form().zone />
                <FieldProblem id="start-problem" error=problem />
                <span class="field__hint" id="start-hint">
                    {hint}
                </span>
            </div>
        </Section>
    }
    .into_any()
}

/// How long to wait.
#[component]
pub(super) fn DeliverySection(draft: Draft) -> impl IntoView {
    let fields = draft.fields;
    let is_method = Memo::new(move |_| fields.with(|form| form.action() == ActionKind::Method));
    let number = move |id: &'static str,
                       name: &'static str,
                       label: &'static str,
                       unit: &'static str,
                       hint: String,
                       member: &'static str,
                       get: fn(&JobForm) -> &String,
                       set: fn(&mut JobForm, String)| {
        let problem = draft.problem(member);
        view! {
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
                    aria-describedby=format!("{id}-hint")
                    on:input:target=move |event| fields.update(|form| set(form, event.target().value()))
                />
                <span>{unit}</span>
            </span>
            <FieldProblem id="delivery-problem" error=problem />
            <span class="field__hint" id=format!("{id}-hint")>
                {hint}
            </span>
        }
    };
    let is_off = move || (!is_method.get()).then_some("");
    view! {
        <Section title="Delivery" intro="How long to wait, and when to stop.">
            <div class="field-row">
                <div class="field" data-off=is_off>
                    {number(
                        "connect",
                        "form[connect]",
                        "Wait for connection",
                        "s",
                        format!("At 0, not online ends at once. Up to {MAX_TIMEOUT} s."),
                        "connectTimeoutInSeconds",
                        |form| &form.connect,
                        |form, text| form.connect = text,
                    )}
                </div>
                <div class="field" data-off=is_off>
                    {number(
                        "answer",
                        "form[answer]",
                        "Wait for answer",
                        "s",
                        format!("Then the device is timed out. 5 to {MAX_TIMEOUT} s."),
                        "responseTimeoutInSeconds",
                        |form| &form.answer,
                        |form, text| form.answer = text,
                    )}
                </div>
                <div class="field">
                    {number(
                        "limit",
                        "form[limit]",
                        "Job may take",
                        "min",
                        "Whatever is unsent then is cancelled.".into(),
                        "maxExecutionTimeInSeconds",
                        |form| &form.limit,
                        |form, text| form.limit = text,
                    )}
                </div>
            </div>
        </Section>
    }
    .into_any()
}
