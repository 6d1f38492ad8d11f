//! `/devices/{id}`: one device's twin, what touched it, a direct call to it, a change of what is desired of it.
//!
//! The twin is read again every two seconds while somebody looks. Forms stay as they are meanwhile.

mod copy_as;
mod invoke;
mod patch;
mod preview;
mod telemetry;
mod timeline;
mod twin;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{devices::Tags, not_found::NotThere};
use crate::{
    api::{
        ApiError,
        devices::{DeviceHistory, DeviceView, PatchTwin, get_device, nearest_devices, read_history},
        latest,
    },
    components::{BadgeView, Connection, Copy, ErrorPanel, Icon, Moment, PollBadge, TimeText},
    frame::title_of,
    paths,
    poll::{Polled, use_poll},
    present::{Badge, device, number::counted},
    reactive::memo,
};
use copy_as::CopyAs;
use invoke::{Calls, Invoke};
use patch::{Patch, Section};
use telemetry::TelemetryPanel;
use timeline::Timeline;
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

/// The device page.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    let params = use_params_map();
    let device_id = memo(move || params.with(|params| params.get("id")).unwrap_or_default());
    let patches = Patches { desired: ServerAction::new(), tags: ServerAction::new() };
    let read = Resource::new(
        move || device_id.get(),
        |device_id| async move {
            let read = get_device(device_id.clone()).await;
            let is_unknown = read.as_ref().is_err_and(ApiError::is_not_found);
            let nearest = if is_unknown {
                nearest_devices(device_id.clone()).await.unwrap_or_default()
            } else {
                Vec::new()
            };
            let history = if read.is_ok() { Some(read_history(device_id).await) } else { None };
            (read, history, nearest)
        },
    );
    view! {
        <Title text=title_of(device_id) />
        <Transition>
            {move || Suspend::new(async move {
                let (read, history, nearest) = latest(read).await;
                match read {
                    Ok(read) => view! { <Loaded read history patches /> }.into_any(),
                    Err(error) if error.is_not_found() => {
                        view! { <Unknown device_id=device_id.get_untracked() nearest /> }.into_any()
                    }
                    Err(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1 class="device__id">{device_id.get_untracked()}</h1>
                                <ErrorPanel error />
                            </main>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

/// No such device: says so, and which ones may have been meant.
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
    let meant =
        (!nearest.is_empty()).then(|| view! { <p class="empty-state__text">"Nearest ids: " {links}</p> });
    view! {
        <NotThere
            title=format!("There is no device {device_id}")
            text="Device ids are case-sensitive. It may also have been deleted."
            more=meant.into_any()
        />
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: DeviceView,
    history: Option<Result<DeviceHistory, ApiError>>,
    patches: Patches,
) -> impl IntoView {
    let id = StoredValue::new(read.twin.device_id.to_string());
    let device_id = id.get_value();
    let polled = use_poll(read, POLL, {
        let device_id = device_id.clone();
        move || get_device(device_id.clone())
    });
    let calls = Calls::new();
    let history = history.and_then(Result::ok).unwrap_or_else(DeviceHistory::empty);
    let history = use_poll(history, HISTORY_POLL, {
        let device_id = device_id.clone();
        move || read_history(device_id.clone())
    })
    .newest();
    view! {
        <main class="page" id="main" tabindex="-1">
            <Header polled device_id=device_id.clone() />
            <div class="columns columns--even device__columns">
                <div class="stack stack--wide">
                    <TwinPanel view=polled.newest() />
                    <TagsPanel polled device_id=device_id.clone() patch=patches.tags />
                    <section class="panel" aria-labelledby="patch-title">
                        <div class="panel__header">
                            <h2 class="panel__title" id="patch-title">
                                "Patch desired properties"
                            </h2>
                            <span class="panel__note">
                                "merged, "
                                <code>"null"</code>
                                " removes"
                            </span>
                        </div>
                        <Patch device_id=device_id.clone() polled section=Section::Desired action=patches.desired />
                    </section>
                </div>
                <div class="stack stack--wide">
                    <Invoke device_id=device_id.clone() answered=answered() calls polled />
                    <Timeline view=polled.newest() history calls device_id=device_id.clone() />
                    <TelemetryPanel history />
                </div>
            </div>
        </main>
    }
    .into_any()
}

/// What a plain form brought back in the address: method, payload, answer.
fn answered() -> Option<(String, String, String)> {
    use_query_map()
        .with_untracked(|query| Some((query.get("method")?, query.get("payload")?, query.get("answer")?)))
}

#[component]
fn Header(polled: Polled<DeviceView>, device_id: String) -> impl IntoView {
    let view = polled.newest();
    let as_of = view.with_untracked(|view| view.as_of);
    let differing = memo(move || view.with(|view| view.twin.properties.differing()));
    let connection = memo(move || view.with(|view| view.twin.connection_state));
    let is_disabled =
        memo(move || view.with(|view| view.twin.status == hub_wire::device::DeviceStatus::Disabled));
    let place = memo(move || view.with(|view| device::place(&view.twin.tags)));
    let active_at = memo(move || view.with(|view| view.twin.last_activity_time));
    let differ = move || {
        let count = differing.get() as u64;
        (count > 0).then(|| {
            view! {
                <span class="status status--badge" data-status="drift">
                    <Icon name="equal-not" />
                    {counted(count, "property differs", "properties differ")}
                </span>
            }
        })
    };
    let disabled = move || {
        is_disabled.get().then(|| {
            let badge = Badge { word: "Disabled", icon: "circle-slash", status: "cancelled" };
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
                    <Copy text=device_id.clone() what=device_id.clone() />
                    {move || view! { <Connection state=connection.get() is_filled=true /> }}
                    {move || disabled()}
                    {move || differ()}
                </div>
                <p class="page__lead">
                    {move || Some(place.get()).filter(|place| !place.is_empty()).map(|place| view! { <span>{place}</span> })}
                    <span>
                        "last activity "
                        {move || view! { <TimeText at=active_at.get() as_of style=Moment::Relative /> }}
                    </span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=polled.stale_since() />
                <CopyAs device_id=device_id.clone() view />
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
fn TagsPanel(polled: Polled<DeviceView>, device_id: String, patch: ServerAction<PatchTwin>) -> impl IntoView {
    let view = polled.newest();
    let tags = memo(move || view.with(|view| device::tags(&view.twin.tags, usize::MAX).0));
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
                    view! { <Tags tags /> }.into_any()
                }
            }}
            <details class="more device__edit">
                <summary>
                    <Icon name="chevron-right" />
                    "Edit tags"
                </summary>
                <div class="more__body">
                    <Patch device_id polled section=Section::Tags action=patch />
                </div>
            </details>
        </section>
    }
    .into_any()
}
