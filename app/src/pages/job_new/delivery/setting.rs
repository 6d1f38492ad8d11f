//! A setting of the delivery: one sentence with "Change", and below it the fields. It opens by itself when the server refused
//! one of its fields.

use console_wire::problem::FieldError;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    forms::job::rollout::{Part, RolloutForm},
    kit::{FieldProblem, Icon},
    pages::job_new::form_state::FormState,
};

/// Ends of the members that have a field of their own. Other errors of a setting are shown below its fields.
const WITH_FIELD: [&str; 20] = [
    "].size",
    ".succeededPercent",
    ".soakMinutes",
    "].percent",
    "].atLeast",
    ".perMinute",
    ".factor",
    ".afterEach",
    ".upToPerMinute",
    ".atMost",
    ".firstWaitSeconds",
    ".deviceStatuses",
    ".waitMinutes",
    "].days",
    "].start",
    "].minutes",
    "zone.name",
    "order.tag.tag",
    "order.tag.values",
    "end.at",
];

/// The setting.
#[component]
pub(super) fn Setting(
    state: FormState,
    part: Part,
    name: &'static str,
    /// What is chosen, as a sentence.
    #[prop(into)]
    now: Signal<String>,
    children: Children,
) -> impl IntoView {
    let named = use_query_map().with_untracked(|query| query.get("open").unwrap_or_default());
    let is_named = named.split(',').any(|word| word == part.as_str());
    let errors = Memo::new(move |_| state.rollout_errors(part));
    // Once it is open the user closes it.
    let is_open = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or(is_named) || state.is_part_refused(part)
    });
    let others = Memo::new(move |_| {
        let has_no_field = |error: &FieldError| !WITH_FIELD.iter().any(|end| error.field.ends_with(end));
        errors.with(|errors| errors.iter().find(|error| has_no_field(error)).cloned())
    });
    let is_wrong = move || errors.with(|errors| !errors.is_empty());
    view! {
        <details class="setting" open=move || is_open.get()>
            <summary class="setting__summary" id=format!("setting-{}", part.as_str())>
                <span class="setting__name">{name}</span>
                <span class="setting__now">
                    {move || {
                        is_wrong()
                            .then(|| {
                                view! {
                                    <span class="status" data-status="failed">
                                        <Icon name="circle-x" />
                                        "Not complete. "
                                    </span>
                                }
                            })
                    }}
                    {move || now.get()}
                </span>
                <span class="setting__change"></span>
            </summary>
            <div class="setting__body">
                {children()} <FieldProblem id=format!("setting-{}-problem", part.as_str()) error=others />
            </div>
        </details>
    }
    .into_any()
}

/// A field of one line.
#[component]
pub(super) fn Text<G, S>(
    state: FormState,
    /// The field within the rollout, such as `[waves][0][size]`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    /// The member of the settings that it fills; errors name it.
    #[prop(into)]
    member: String,
    /// What follows the value.
    #[prop(optional, into)]
    unit: Option<Signal<String>>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
    /// In a row, where the words around it say what it is.
    #[prop(optional)]
    is_in_row: bool,
    /// Wider, for text instead of a number.
    #[prop(optional)]
    is_wide: bool,
    get: G,
    set: S,
) -> impl IntoView
where
    G: Fn(&RolloutForm) -> String + Copy + Send + Sync + 'static,
    S: Fn(&mut RolloutForm, String) + Copy + Send + Sync + 'static,
{
    let fields = state.fields;
    let id = element_id(&name);
    let value = move || fields.with(|form| get(&form.rollout));
    let error = state.rollout_problem(member, Signal::derive(value));
    let problem = format!("{id}-problem");
    let described = if hint.is_empty() { problem.clone() } else { format!("{id}-hint {problem}") };
    view! {
        <div class="field" class:rule-row__field=is_in_row>
            <label class=if is_in_row { "visually-hidden" } else { "field__label" } for=id.clone()>
                {label}
            </label>
            <span class="input-unit" class:input-unit--wide=is_wide>
                <input
                    type="text"
                    id=id.clone()
                    name=format!("form[rollout]{name}")
                    inputmode=(!is_wide).then_some("decimal")
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="600"
                    placeholder=placeholder
                    value=untrack(value)
                    prop:value=value
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=described
                    on:input:target=move |event| fields.update(|form| set(&mut form.rollout, event.target().value()))
                />
                {unit.map(|unit| view! { <span>{move || unit.get()}</span> })}
            </span>
            <FieldProblem id=problem error />
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <span class="field__hint" id=format!("{id}-hint")>
                            {hint}
                        </span>
                    }
                })}
        </div>
    }
    .into_any()
}

/// A list of choices: words of the wire with their labels.
#[component]
pub(super) fn Select<G, S>(
    state: FormState,
    /// The field within the rollout.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    options: &'static [(&'static str, &'static str)],
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] is_in_row: bool,
    get: G,
    set: S,
) -> impl IntoView
where
    G: Fn(&RolloutForm) -> String + Copy + Send + Sync + 'static,
    S: Fn(&mut RolloutForm, String) + Copy + Send + Sync + 'static,
{
    let fields = state.fields;
    let id = element_id(&name);
    let value = move || fields.with(|form| get(&form.rollout));
    let chosen = untrack(value);
    let choices: Vec<_> = options
        .iter()
        .map(|(word, label)| {
            view! {
                <option value=*word selected=*word == chosen>
                    {*label}
                </option>
            }
        })
        .collect();
    view! {
        <div class="field" class:rule-row__field=is_in_row>
            <label class=if is_in_row { "visually-hidden" } else { "field__label" } for=id.clone()>
                {label}
            </label>
            <select
                class=if is_in_row { "input select-small" } else { "input" }
                id=id
                name=format!("form[rollout]{name}")
                prop:value=value
                on:change:target=move |event| fields.update(|form| set(&mut form.rollout, event.target().value()))
            >
                {choices}
            </select>
            {(!hint.is_empty()).then(|| view! { <span class="field__hint">{hint}</span> })}
        </div>
    }
    .into_any()
}

/// A box to tick.
#[component]
pub(super) fn Check<G, S>(
    state: FormState,
    /// The field within the rollout.
    name: &'static str,
    label: &'static str,
    get: G,
    set: S,
) -> impl IntoView
where
    G: Fn(&RolloutForm) -> String + Copy + Send + Sync + 'static,
    S: Fn(&mut RolloutForm, String) + Copy + Send + Sync + 'static,
{
    let fields = state.fields;
    let is_on = move || fields.with(|form| !get(&form.rollout).is_empty());
    view! {
        <label class="check-label">
            <input
                type="checkbox"
                class="checkbox"
                name=format!("form[rollout]{name}")
                value="yes"
                checked=untrack(is_on)
                prop:checked=is_on
                on:change:target=move |event| {
                    let text = if event.target().checked() { "yes" } else { "" };
                    fields.update(|form| set(&mut form.rollout, text.to_owned()));
                }
            />
            {label}
        </label>
    }
    .into_any()
}

/// A button that adds a row.
#[component]
pub(super) fn AddRow(label: &'static str, add: impl Fn() + Copy + 'static) -> impl IntoView {
    view! {
        <button class="button button--small needs-scripts" type="button" on:click=move |_| add()>
            <Icon name="plus" />
            {label}
        </button>
    }
    .into_any()
}

/// A button that removes a row.
#[component]
pub(super) fn RemoveRow(label: String, remove: impl Fn() + Copy + 'static) -> impl IntoView {
    view! {
        <button
            class="button button--small button--quiet button--icon needs-scripts"
            type="button"
            aria-label=label.clone()
            title=label
            on:click=move |_| remove()
        >
            <Icon name="x" />
        </button>
    }
    .into_any()
}

/// Indices of rows, and of further empty ones until the page is interactive: without scripts no row can be added.
pub(super) fn row_indices(
    state: FormState,
    count: impl Fn(&RolloutForm) -> usize + Copy + Send + Sync + 'static,
    spare: usize,
) -> Signal<Vec<usize>> {
    Signal::derive(move || {
        let rows = state.fields.with(|form| count(&form.rollout));
        let spare = if state.is_interactive.get() { 0 } else { spare };
        (0..rows + spare).collect()
    })
}

/// `rollout-waves-0-size`.
fn element_id(name: &str) -> String {
    format!("rollout{}", name.replace('[', "-").replace(']', ""))
}
