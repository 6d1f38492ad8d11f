//! `/devices/{id}`: one device's twin, its history, a direct method call, patches of tags and desired properties.
//!
//! The twin is read every two seconds while the page is visible. Forms keep what was typed meanwhile.

mod activity;
mod connect_panel;
mod connections;
mod copy_as;
mod invoke;
mod module_forms;
mod module_page;
mod modules;
mod patch;
mod preview;
mod registry;
mod section;
mod telemetry;
mod twin;

use console_wire::{connect::ConnectGuide, device_call::DeviceCall};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};

use super::{devices::Tags, not_found::NotThere};
use crate::{
    api::{
        connections::{ConnectionsView, read_connections, take_guide},
        devices::{
            DeviceHistory, DeviceView, PatchTwin, get_call, get_device, nearest_devices, read_history,
        },
        modules::{ModulesView, list_modules},
    },
    data::read::{Answer, ReadOptions, Reading, use_read, use_read_from},
    error::ApiError,
    format::{Badge, activity::last_heard, device, number::count_noun},
    kit::{
        BadgeView, ConnectionBadge, CopyButton, ErrorPanel, Icon, PollBadge, TimeFormat, TimeText, title_of,
    },
    paths,
};
use activity::ActivityPanel;
use connect_panel::ConnectPanel;
use connections::ConnectionsPanel;
use copy_as::CopyAs;
use invoke::Invoke;
pub(crate) use module_page::ModulePage;
use modules::ModulesPanel;
use patch::Patch;
use registry::RegistryPanel;
use section::Section;
use telemetry::TelemetryPanel;
use twin::TwinPanel;

/// Time between two reads, in milliseconds.
const POLL: u64 = 2000;
/// The same for jobs and messages.
const HISTORY_POLL: u64 = 5000;

/// The changes that forms send, one for each.
#[derive(Clone, Copy)]
struct Patches {
    desired: ServerAction<PatchTwin>,
    tags: ServerAction<PatchTwin>,
}

/// What the page begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FirstRead {
    view: DeviceView,
    history: DeviceHistory,
    /// The call that a plain form has sent.
    call: Option<DeviceCall>,
    /// Why it is connected or not.
    connections: Result<ConnectionsView, ApiError>,
    modules: Result<ModulesView, ApiError>,
    /// The token that a plain form has made.
    guide: Option<ConnectGuide>,
}

/// A device, or why there is none; for an unknown one the nearest ids.
type DeviceRead = Result<FirstRead, (ApiError, Vec<String>)>;

async fn read(device_id: String, call_id: String, connect: String) -> DeviceRead {
    let call =
        if call_id.is_empty() { None } else { get_call(device_id.clone(), call_id).await.ok().flatten() };
    match get_device(device_id.clone()).await {
        Ok(view) => {
            let connections = read_connections(device_id.clone(), String::new()).await;
            let modules = list_modules(device_id.clone()).await;
            let guide = if connect.is_empty() { None } else { take_guide(connect).await.ok().flatten() };
            let history = read_history(device_id).await.unwrap_or_else(|_| DeviceHistory::empty());
            Ok(FirstRead { view, history, call, connections, modules, guide })
        }
        Err(error) if error.is_not_found() => {
            Err((error, nearest_devices(device_id).await.unwrap_or_default()))
        }
        Err(error) => Err((error, Vec::new())),
    }
}

/// The device page.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    let params = use_params_map();
    let device_id = Memo::new(move |_| {
        params.with(|params| params.get("id").map(|id| paths::id(&id).to_owned())).unwrap_or_default()
    });
    let query = use_query_map();
    let patches = Patches { desired: ServerAction::new(), tags: ServerAction::new() };
    let key = Signal::derive(move || Some(device_id.get()));
    let page = use_read(key, ReadOptions::once(), move |device_id| {
        let call_id = query.with_untracked(|query| query.get("call")).unwrap_or_default();
        let connect = query.with_untracked(|query| query.get("connect")).unwrap_or_default();
        async move { Ok(read(device_id, call_id, connect).await) }
    });
    let content = move || {
        let Answer { key: device_id, result } = page.answer().get()?;
        Some(match result.unwrap_or_else(|error| Err((error, Vec::new()))) {
            Ok(first) => view! { <Loaded first patches /> }.into_any(),
            Err((error, nearest)) if error.is_not_found() => {
                view! { <Unknown device_id nearest /> }.into_any()
            }
            Err((error, _)) => view! {
                <main class="page" id="main" tabindex="-1">
                    <div class="page__header">
                        <div class="page__title">
                            <h1 class="device__id">{device_id}</h1>
                        </div>
                    </div>
                    <ErrorPanel error retry=page.retry() />
                </main>
            }
            .into_any(),
        })
    };
    view! {
        <Title text=title_of(device_id) />
        <Suspense>
            {move || Suspend::new(async move {
                page.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

/// The device is unknown; suggests the nearest ids.
#[component]
fn Unknown(device_id: String, nearest: Vec<String>) -> impl IntoView {
    let links = nearest
        .iter()
        .enumerate()
        .map(|(index, id)| {
            view! {
                {(index > 0).then_some(", ")}
                <a class="link" href=paths::device(id)>
                    <code>{id.clone()}</code>
                </a>
            }
        })
        .collect_view();
    let suggestions =
        (!nearest.is_empty()).then(|| view! { <p class="empty-state__text">"Nearest ids: " {links}</p> });
    view! {
        <NotThere
            title=format!("No device {device_id}")
            text="Device ids are case-sensitive. It may also have been deleted."
            more=suggestions.into_any()
        />
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(first: FirstRead, patches: Patches) -> impl IntoView {
    let FirstRead { view, history, call, connections, modules, guide } = first;
    let device_id = view.twin.device_id.to_string();
    let key = Signal::stored(Some(device_id.clone()));
    let read = use_read_from(key, Some(Ok(view.clone())), ReadOptions::every(POLL), get_device);
    let view = read.value_or(view);
    let options = ReadOptions::every(HISTORY_POLL);
    let history_read = use_read_from(key, Some(Ok(history.clone())), options, read_history);
    let history = history_read.value_or(history);
    // What was written is part of the activity, and so is what was refused.
    for patch in [patches.desired, patches.tags] {
        Effect::new(move |_| {
            if patch.value().with(Option::is_some) {
                history_read.refetch();
            }
        });
    }
    view! {
        <main class="page device" id="main" tabindex="-1">
            <Header read view history device_id=device_id.clone() />
            <div class="columns columns--even device__columns">
                <div class="stack stack--wide">
                    <TwinPanel view />
                    <TagsPanel read view device_id=device_id.clone() patch=patches.tags />
                    <section class="panel" aria-labelledby="patch-title">
                        <div class="panel__header">
                            <h2 class="panel__title" id="patch-title">
                                "Patch desired properties"
                            </h2>
                            <span class="panel__note">
                                "merged; "
                                <code>"null"</code>
                                " deletes a key"
                            </span>
                        </div>
                        <Patch
                            device_id=device_id.clone()
                            read
                            view
                            section=Section::Desired
                            action=patches.desired
                        />
                    </section>
                    <RegistryPanel device_id=device_id.clone() view />
                </div>
                <div class="stack stack--wide">
                    <Invoke device_id=device_id.clone() before=call read history=history_read />
                    <ActivityPanel view history device_id=device_id.clone() />
                    <TelemetryPanel history device_id=device_id.clone() />
                    <ConnectionsPanel device_id=device_id.clone() module_id=String::new() first=connections />
                    <ConnectPanel device_id=device_id.clone() before=guide />
                    <ModulesPanel device_id first=modules />
                </div>
            </div>
        </main>
    }
    .into_any()
}

#[component]
fn Header(
    read: Reading<String, DeviceView>,
    view: Memo<DeviceView>,
    history: Memo<DeviceHistory>,
    device_id: String,
) -> impl IntoView {
    let as_of = view.with_untracked(|view| view.as_of);
    let differing = Memo::new(move |_| view.with(|view| view.twin.properties.differing()));
    let connection = Memo::new(move |_| view.with(|view| view.twin.connection_state));
    let is_disabled =
        Memo::new(move |_| view.with(|view| view.twin.status == hub_wire::device::DeviceStatus::Disabled));
    let place = Memo::new(move |_| view.with(|view| device::place(&view.twin.tags)));
    let active_at = Memo::new(move |_| {
        history.with(|history| {
            view.with(|view| last_heard(&view.twin, &history.jobs.items, &history.calls.items))
        })
    });
    let differ = move || {
        let count = differing.get() as u64;
        (count > 0).then(|| {
            view! {
                <span class="status status--badge" data-status="drift">
                    <Icon name="equal-not" />
                    {count_noun(count, "property differs", "properties differ")}
                </span>
            }
        })
    };
    let disabled = move || {
        is_disabled.get().then(|| {
            let badge = Badge { label: "Disabled", icon: "circle-slash", status: "cancelled" };
            view! { <BadgeView badge is_filled=true /> }
        })
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::DEVICES
                        aria-label="Back to devices"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1 class="device__id">{device_id.clone()}</h1>
                    <CopyButton text=device_id.clone() what=device_id.clone() />
                    {move || view! { <ConnectionBadge state=connection.get() is_filled=true /> }}
                    {move || disabled()}
                    {move || differ()}
                </div>
                <p class="page__lead">
                    {move || Some(place.get()).filter(|place| !place.is_empty()).map(|place| view! { <span>{place}</span> })}
                    <span>
                        "last activity "
                        {move || view! { <TimeText at=active_at.get() as_of style=TimeFormat::Relative /> }}
                    </span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                <CopyAs device_id=device_id.clone() view />
                <a class="button" href=paths::compare(&device_id, "")>
                    "Compare"
                </a>
                <a class="button" href=paths::device_messages(&device_id)>
                    "Messages"
                </a>
                <a class="button" href=paths::job_new_where(&paths::device_condition(&device_id))>
                    "New job on this device"
                </a>
            </div>
        </div>
    }
    .into_any()
}

/// The tags, and a form to change them.
#[component]
fn TagsPanel(
    read: Reading<String, DeviceView>,
    view: Memo<DeviceView>,
    device_id: String,
    patch: ServerAction<PatchTwin>,
) -> impl IntoView {
    let tags = Memo::new(move |_| view.with(|view| device::tags(&view.twin.tags, usize::MAX).0));
    view! {
        <section class="panel" aria-labelledby="tags-title">
            <div class="panel__header">
                <h2 class="panel__title" id="tags-title">
                    "Tags"
                </h2>
                <span class="panel__note">"seen by the service only, never by the device"</span>
            </div>
            {move || {
                let tags = tags.get();
                if tags.is_empty() {
                    view! { <p class="field__hint">"No tags."</p> }.into_any()
                } else {
                    view! { <Tags tags is_whole=true /> }.into_any()
                }
            }}
            <details class="more device__edit">
                <summary>
                    <Icon name="chevron-right" />
                    "Edit tags"
                </summary>
                <div class="more__body">
                    <Patch device_id read view section=Section::Tags action=patch />
                </div>
            </details>
        </section>
    }
    .into_any()
}
