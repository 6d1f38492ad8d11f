//! `/registry-changes/{id}`: a change of many devices: how far it is, what became of each device, and its undo and rerun.

use console_wire::{
    access::Action,
    registry::{ChangeState, ChangedDevice, RegistryChange},
};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::not_found::NotThere;
use crate::{
    account::use_account,
    api::registry::{CancelChange, ChangeView, read_change},
    data::read::{ReadOptions, Reading, use_read},
    format::{
        number::{devices, grouped},
        registry,
    },
    forms::PostForm,
    kit::{
        BadgeView, Column, ColumnHeads, Condition, ErrorPanel, Icon, PermissionNote, PollBadge, ProgressBar,
        TimeFormat, TimeText, UnknownParams, title_of,
    },
    paths,
};

/// Time between two reads of a change that runs, in milliseconds.
const POLL: u64 = 1_000;

/// Number, state and cursor of the address.
type Key = (String, String, String);

/// The page.
#[component]
pub(crate) fn RegistryChangePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = Memo::new(move |_| {
        let of = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        Some((params.with(|params| params.get("id").unwrap_or_default()), of("state"), of("after")))
    });
    let unknown = Memo::new(move |_| {
        query.with(|query| {
            let state = paths::unknown(query, "state", |state| ChangeState::from_wire(state).is_some());
            state.into_iter().chain(paths::unknown_names(query, &["state", "after"])).collect::<Vec<_>>()
        })
    });
    let is_running = |view: &ChangeView| view.change.end_time.is_none();
    let options = ReadOptions::every(POLL).only_while(is_running);
    let read = use_read(key, options, |(change_id, state, after): Key| read_change(change_id, state, after));
    let view = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let failed =
        Memo::new(move |_| read.error().filter(|error| error.is_not_found() || view.with(Option::is_none)));
    let title = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| registry::headline(&view.change)))
            .unwrap_or_else(|| "Registry change".to_owned())
    });
    let is_loaded = Memo::new(move |_| view.with(Option::is_some));
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => {
                        view! { <NotThere title="There is no such registry change" text="It may be misspelt, or it was deleted with other old data." /> }
                            .into_any()
                    }
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>"Registry change"</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => is_loaded.get().then(|| view! { <Loaded read view unknown /> }).into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: Reading<Key, ChangeView>,
    view: Memo<Option<ChangeView>>,
    unknown: Memo<Vec<String>>,
) -> impl IntoView {
    let cancel = ServerAction::<CancelChange>::new();
    read.refetch_when(move || cancel.version().get());
    let change = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.change.clone())));
    let as_of = view.with_untracked(|view| view.as_ref().map(|view| view.as_of));
    let outcomes = Signal::derive(move || {
        change
            .with(|change| change.as_ref().map(|change| registry::outcomes(&change.counts)))
            .unwrap_or_default()
    });
    let summary = move || change.with(|change| change.as_ref().map(registry::summary)).unwrap_or_default();
    let note = move || {
        let note = change.with(|change| change.as_ref()?.note.clone())?;
        Some(view! {
            <div class="notice page__notice" role="status">
                <Icon name="info" />
                <span>{note}</span>
            </div>
        })
    };
    let rows = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.devices.clone())));
    view! {
        <main class="page" id="main" tabindex="-1">
            {move || Some(view! { <Header read change=change.get()? as_of=as_of? cancel /> })}
            <UnknownParams params=unknown noun="parameter" />
            {move || cancel.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
            {note}
            <section class="registry__progress" aria-label="Progress">
                <p role="status">{summary}</p>
                <ProgressBar outcomes is_large=true />
            </section>
            {move || change.get().map(|change| view! { <States change /> })}
            {move || {
                let page = rows.get()?;
                let change_id = change.with(|change| change.as_ref().map(|change| change.change_id))?;
                Some(view! { <Devices change_id items=page.items next=page.next_cursor /> })
            }}
        </main>
    }
    .into_any()
}

#[component]
fn Header(
    read: Reading<Key, ChangeView>,
    change: RegistryChange,
    as_of: Timestamp,
    cancel: ServerAction<CancelChange>,
) -> impl IntoView {
    let by = change.created_by.as_ref().map(|person| format!("by {}", person.name));
    let cancelled_by = change.cancelled_by.as_ref().map(|person| format!("cancelled by {}", person.name));
    let related = [
        change.undo_of.map(|of| ("undoes change ", of)),
        change.rerun_of.map(|of| ("does again what failed in change ", of)),
        change.undone_by.map(|by| ("undone by change ", by)),
    ];
    let related = related
        .into_iter()
        .flatten()
        .map(|(words, id)| {
            view! {
                <span>
                    {words}
                    <a class="link" href=paths::registry_change(id)>
                        {id.to_string()}
                    </a>
                </span>
            }
        })
        .collect_view();
    let condition = change.query_condition.clone();
    let reason = change.status_reason.clone().map(|reason| format!("Reason: {reason}"));
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::REGISTRY_CHANGES
                        aria-label="Back to registry changes"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{registry::headline(&change)}</h1>
                    <BadgeView badge=registry::badge(&change) is_filled=true />
                </div>
                <p class="page__lead">
                    <span>{format!("Change {}", change.change_id)}</span>
                    {condition.map(|text| view! { <span>"where " <Condition text /></span> })}
                    <span>
                        <TimeText at=change.created_time as_of style=TimeFormat::Relative />
                    </span>
                    {by.map(|by| view! { <span>{by}</span> })}
                    {cancelled_by.map(|by| view! { <span>{by}</span> })}
                    {reason.map(|reason| view! { <span>{reason}</span> })}
                    {related}
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                <Actions change cancel />
            </div>
        </div>
    }
    .into_any()
}

/// Cancel while devices wait; undo and rerun afterwards.
#[component]
fn Actions(change: RegistryChange, cancel: ServerAction<CancelChange>) -> impl IntoView {
    let is_allowed = use_account().may(Action::DeviceWrite);
    let change_id = change.change_id;
    let id = change_id.to_string();
    if !is_allowed {
        return view! { <PermissionNote action=Action::DeviceWrite /> }.into_any();
    }
    if change.end_time.is_none() {
        let queued = change.counts.queued;
        return view! {
            <PostForm action=cancel>
                <input type="hidden" name="change_id" value=id />
                <button class="button" type="submit" disabled=move || queued == 0 || cancel.pending().get()>
                    {format!("Cancel the {} not sent", grouped(queued))}
                </button>
            </PostForm>
        }
        .into_any();
    }
    let (undoable, rerunnable) = (change.undoable(), change.rerunnable());
    let rerun = (rerunnable > 0).then(|| {
        view! {
            <a class="button" href=paths::registry_change_new("", "", &id, "rerun")>
                <Icon name="repeat" />
                {format!("Try {} again", devices(rerunnable))}
            </a>
        }
    });
    let undo = (undoable > 0).then(|| {
        view! {
            <a class="button" href=paths::registry_change_new("", "", &id, "undo")>
                <Icon name="rotate-ccw" />
                {format!("Undo for {}", devices(undoable))}
            </a>
        }
    });
    view! {
        {rerun}
        {undo}
    }
    .into_any()
}

/// Links to the devices in each state.
#[component]
fn States(change: RegistryChange) -> impl IntoView {
    let change_id = change.change_id;
    let links = ChangeState::ALL
        .into_iter()
        .filter(|state| change.counts.get(*state) > 0)
        .map(|state| {
            let text = format!("{} {}", registry::state(state).label, grouped(change.counts.get(state)));
            view! {
                <a class="link" href=paths::registry_change_devices(change_id, state.as_str(), "")>
                    {text}
                </a>
            }
        })
        .collect_view();
    view! {
        <nav class="cluster registry__states" aria-label="Devices by state">
            <a class="link" href=paths::registry_change(change_id)>
                {format!("All {}", grouped(change.counts.total()))}
            </a>
            {links}
        </nav>
    }
    .into_any()
}

#[component]
fn Devices(change_id: u64, items: Vec<ChangedDevice>, next: Option<String>) -> impl IntoView {
    let state = use_query_map().with_untracked(|query| query.get("state").unwrap_or_default());
    let columns = ["Device", "State", "Result"].map(|name| Column::new(name, ""));
    let is_empty = items.is_empty();
    let rows: Vec<AnyView> = items.into_iter().map(|device| view! { <Row device /> }.into_any()).collect();
    let more = next.map(|cursor| {
        view! {
            <p>
                <a class="button button--small" href=paths::registry_change_devices(change_id, &state, &cursor)>
                    "Next devices"
                </a>
            </p>
        }
    });
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack">
            <caption class="visually-hidden">"Devices of this change"</caption>
            <ColumnHeads columns=columns.into() />
            <tbody>{rows}</tbody>
        </table>
        {is_empty.then(|| view! { <p class="field__hint">"No device is in this state."</p> })}
        {more}
    }
    .into_any()
}

#[component]
fn Row(device: ChangedDevice) -> impl IntoView {
    let id = device.device_id.to_string();
    let code = device.error_code.map(|code| view! { <code>{code}</code> " " });
    view! {
        <tr>
            <th scope="row">
                <a class="data-table__main" href=paths::device(&id)>
                    <code>{id.clone()}</code>
                </a>
            </th>
            <td>
                <BadgeView badge=registry::state(device.state) />
            </td>
            <td>
                {code}
                {device.error}
            </td>
        </tr>
    }
    .into_any()
}
