//! `/registry-changes/new`: asks before devices are enabled, disabled or deleted, and before a change is undone or done again.
//! Counts first. One plain form, which works without scripts.

use console_wire::{
    access::Action,
    device::DeviceSummary,
    registry::{ChangeKind, MAX_CHANGED_DEVICES, MAX_STATUS_REASON},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    account::use_account,
    api::registry::{BeginChange, ChangeForm, ChangeOpening, open_change_form},
    data::read::{ReadOptions, use_read},
    format::{
        number::{self, devices, grouped},
        registry::verb,
        sentence,
    },
    forms::{FormErrors, PostForm},
    kit::{Condition, ConnectionBadge, ErrorPanel, Field, Icon, PermissionNote, UnknownParams},
    paths,
};

/// The parameters of the address: the change, and the key of a refused form.
const PARAMETERS: [&str; 5] = ["kind", "query", "of", "again", "draft"];

/// The page.
#[component]
pub(crate) fn RegistryChangeNewPage() -> impl IntoView {
    let params = use_query_map();
    let key = Memo::new(move |_| {
        Some(PARAMETERS.map(|name| params.with(|params| params.get(name).unwrap_or_default())))
    });
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &PARAMETERS)));
    let read = use_read(key, ReadOptions::once(), |[kind, query, of, again, draft]: [String; 5]| {
        open_change_form(kind, query, of, again, draft)
    });
    let content = move || match read.current()? {
        Ok(opening) => Some(view! { <Form opening /> }.into_any()),
        Err(error) => Some(
            view! {
                <h1>"Change devices"</h1>
                <ErrorPanel error retry=read.retry() />
                <p>
                    <a class="link" href=paths::DEVICES>
                        "Choose devices"
                    </a>
                </p>
            }
            .into_any(),
        ),
    };
    view! {
        <Title text="Change devices" />
        <main class="page" id="main" tabindex="-1">
            <UnknownParams params=unknown noun="parameter" />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    content
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// What is asked, and the form.
#[component]
fn Form(opening: ChangeOpening) -> impl IntoView {
    let ChangeOpening { form, kind, count, refused, sample, connected, unchanged, .. } = opening;
    let begin = ServerAction::<BeginChange>::new();
    let errors = FormErrors::of(move || match begin.value().get() {
        Some(answer) => answer.err(),
        None => refused.clone(),
    });
    let typed = RwSignal::new(form.count.clone());
    let is_allowed = use_account().may(Action::DeviceWrite);
    let is_possible = count > 0 && count <= MAX_CHANGED_DEVICES as u64;
    let is_counted =
        Memo::new(move |_| !kind.needs_count() || typed.with(|typed| number::is_typed(typed, count)));
    let is_blocked = Signal::derive(move || !is_allowed || !is_possible || begin.pending().get());
    let back = match form.of.parse::<u64>() {
        Ok(of) => paths::registry_change(of),
        Err(_) => paths::devices_where(&form.query),
    };
    let target_error = errors.field("queryCondition");
    view! {
        <Header form=form.clone() kind count connected unchanged back=back.clone() />
        <PostForm action=begin attr:class="registry-form">
            <input type="hidden" name="form[kind]" value=form.kind.clone() />
            <input type="hidden" name="form[query]" value=form.query.clone() />
            <input type="hidden" name="form[of]" value=form.of.clone() />
            <input type="hidden" name="form[again]" value=form.again.clone() />
            <p>{consequence(kind)}</p>
            <Sample sample />
            <Limit count />
            {(form.again.is_empty() && !kind.needs_count()).then(|| view! { <Reason text=form.status_reason.clone() errors /> })}
            {kind.needs_count().then(|| view! { <Count count typed errors /> })}
            {move || {
                target_error.get().map(|error| view! { <p class="field__error" role="alert">{sentence::of_field(&error.message)}</p> })
            }}
            {errors.panel()}
            <div class="cluster">
                <Submit kind count is_blocked is_counted />
                <a class="button" href=back>
                    "Keep devices as they are"
                </a>
                <PermissionNote action=Action::DeviceWrite />
            </div>
        </PostForm>
    }
    .into_any()
}

/// The question, and which devices.
#[component]
fn Header(
    form: ChangeForm,
    kind: ChangeKind,
    count: u64,
    connected: Option<u64>,
    unchanged: Option<u64>,
    /// Where the arrow leads.
    back: String,
) -> impl IntoView {
    let title = format!("{} {}?", verb(kind), devices(count));
    let lead = match (form.again.as_str(), form.of.parse::<u64>().ok()) {
        ("undo", Some(of)) => {
            view! { "Undoes " <ChangeLink change_id=of /> ". Only devices that it changed are changed back." }
                .into_any()
        }
        (_, Some(of)) => {
            view! { "Devices that failed, were interrupted or cancelled in " <ChangeLink change_id=of /> }
                .into_any()
        }
        _ => view! { "Devices where " <Condition text=form.query.clone() /> }.into_any(),
    };
    let facts = [
        connected.map(|connected| format!("{} connected now", grouped(connected))),
        unchanged.filter(|unchanged| *unchanged > 0).map(|unchanged| {
            let already = if kind == ChangeKind::Disable { "disabled" } else { "enabled" };
            format!("{} already {already}, which stay as they are", grouped(unchanged))
        }),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=back
                        aria-label="Back"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{title}</h1>
                </div>
                <p class="page__lead">
                    <span>{lead}</span>
                    {(!facts.is_empty()).then(|| view! { <span>{facts.join(", ")}</span> })}
                </p>
            </div>
        </div>
    }
    .into_any()
}

/// Some of the devices.
#[component]
fn Sample(sample: Vec<DeviceSummary>) -> impl IntoView {
    let rows: Vec<AnyView> = sample
        .into_iter()
        .map(|device| {
            let id = device.device_id.to_string();
            view! {
                <li class="registry__sample">
                    <a class="link" href=paths::device(&id)>
                        <code>{id.clone()}</code>
                    </a>
                    <ConnectionBadge state=device.connection_state />
                </li>
            }
            .into_any()
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <ul class="registry__samples">{rows}</ul> })
}

/// Why nothing can be done.
#[component]
fn Limit(count: u64) -> impl IntoView {
    let text = match count {
        0 => Some("No device is to be changed.".to_owned()),
        count if count > MAX_CHANGED_DEVICES as u64 => Some(format!(
            "At most {} devices are changed at once. Narrow the query.",
            grouped(MAX_CHANGED_DEVICES as u64)
        )),
        _ => None,
    };
    text.map(|text| view! { <p class="field__hint">{text}</p> })
}

/// The field for the reason of the status.
#[component]
fn Reason(text: String, errors: FormErrors) -> impl IntoView {
    view! {
        <Field
            id="status-reason"
            label="Reason (optional)"
            error=errors.field("statusReason")
            hint=Signal::stored("The hub keeps it with the status of each device.".to_owned())
        >
            <input
                class="input"
                type="text"
                id="status-reason"
                name="form[status_reason]"
                maxlength=MAX_STATUS_REASON.to_string()
                autocomplete="off"
                aria-describedby="status-reason-problem status-reason-hint"
                value=text
            />
        </Field>
    }
    .into_any()
}

/// The field for the number of devices, so that a deletion is not confirmed by habit.
#[component]
fn Count(count: u64, typed: RwSignal<String>, errors: FormErrors) -> impl IntoView {
    view! {
        <Field
            id="confirmed-count"
            label=Signal::stored(format!("Type {} to confirm", grouped(count)))
            error=errors.field("confirmedCount")
        >
            <input
                class="input dialog__number"
                type="text"
                id="confirmed-count"
                name="form[count]"
                inputmode="numeric"
                autocomplete="off"
                aria-describedby="confirmed-count-problem"
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:input:target=move |event| typed.set(event.target().value())
            />
        </Field>
    }
    .into_any()
}

/// The button. Without scripts it cannot know what was typed, so the server checks that.
#[component]
fn Submit(kind: ChangeKind, count: u64, is_blocked: Signal<bool>, is_counted: Memo<bool>) -> impl IntoView {
    let is_interactive = crate::kit::dom::use_interactive();
    let class = if kind.needs_count() { "button button--danger" } else { "button button--primary" };
    let is_disabled = move || is_blocked.get() || is_interactive.get() && !is_counted.get();
    view! {
        <button class=class type="submit" disabled=is_disabled>
            {format!("{} {}", verb(kind), devices(count))}
        </button>
    }
    .into_any()
}

#[component]
fn ChangeLink(change_id: u64) -> impl IntoView {
    view! {
        <a class="link" href=paths::registry_change(change_id)>
            {format!("registry change {change_id}")}
        </a>
    }
    .into_any()
}

/// What happens to the devices.
const fn consequence(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "They are created again, with new keys.",
        ChangeKind::Enable => "They may connect again.",
        ChangeKind::Disable => {
            "They are disconnected at once and may not connect until they are enabled again. Twins and keys stay."
        }
        ChangeKind::Delete => {
            "Their identities, twins and keys are deleted. Nothing brings them back. Results of jobs stay."
        }
    }
}
