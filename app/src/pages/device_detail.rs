//! `/devices/{id}`: one device's twin, a direct call to it, a change of what is desired of it.

mod invoke;
mod patch;
mod twin;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{devices::Tags, not_found::NotThere};
use crate::{
    api::devices::{DeviceView, PatchDesired, get_device},
    components::{BadgeView, Connection, Copy, ErrorPanel, Icon, Moment, TimeText},
    paths,
    present::{Badge, device, twin::rows},
};
use invoke::Invoke;
use patch::Patch;
use twin::TwinPanel;

/// The device page.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    let params = use_params_map();
    let device_id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let patch = ServerAction::<PatchDesired>::new();
    let rereads = RwSignal::new(0_u32);
    let read = Resource::new(
        move || (device_id.get(), patch.version().get(), rereads.get()),
        |(device_id, ..)| get_device(device_id),
    );
    view! {
        <Title text=move || device_id.get() />
        <Transition>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(read) => view! { <Loaded read patch rereads /> }.into_any(),
                    Err(error) if error.is_not_found() => {
                        let title = format!("There is no device {}", device_id.get_untracked());
                        view! { <NotThere title text="Device ids are case-sensitive. It may also have been deleted." /> }
                            .into_any()
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

/// The page with its data.
#[component]
fn Loaded(read: DeviceView, patch: ServerAction<PatchDesired>, rereads: RwSignal<u32>) -> impl IntoView {
    let DeviceView { twin, as_of } = read;
    let id = twin.device_id.to_string();
    let differing = rows(&twin.properties).iter().filter(|row| row.differs()).count();
    let differ = (differing > 0).then(|| {
        let word = if differing == 1 { "property differs" } else { "properties differ" };
        view! {
            <span class="status status--badge" data-status="drift">
                <Icon name="equal-not" />
                {format!("{differing} {word}")}
            </span>
        }
    });
    let disabled = (twin.status == hub_wire::device::DeviceStatus::Disabled)
        .then(|| view! { <BadgeView badge=Badge { word: "Disabled", icon: "circle-slash", status: "cancelled" } is_filled=true /> });
    let place = Some(device::place(&twin.tags)).filter(|place| !place.is_empty());
    let (tags, _) = device::tags(&twin.tags, usize::MAX);
    let query = use_query_map();
    let answered = query
        .with_untracked(|query| Some((query.get("method")?, query.get("payload")?, query.get("answer")?)));
    view! {
        <main class="page" id="main" tabindex="-1">
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
                        <h1 class="device__id">{id.clone()}</h1>
                        <Copy text=id.clone() what=id.clone() />
                        <Connection state=twin.connection_state is_filled=true />
                        {disabled}
                        {differ}
                    </div>
                    <p class="page__lead">
                        {place.map(|place| view! { <span>{place}</span> })}
                        <span>
                            "last activity "
                            <TimeText at=twin.last_activity_time as_of style=Moment::Relative />
                        </span>
                        <span>
                            "read "
                            <TimeText at=as_of as_of style=Moment::Relative />
                        </span>
                    </p>
                </div>
                <div class="page__actions">
                    <a class="button" href=paths::device(&id) rel="external" on:click=move |event| {
                        event.prevent_default();
                        rereads.update(|times| *times += 1);
                    }>
                        <Icon name="refresh-cw" />
                        "Read again"
                    </a>
                    <a class="button" href=paths::job_new_where(&paths::device_condition(&id))>
                        "New job on this device"
                    </a>
                </div>
            </div>
            <div class="columns columns--even device__columns">
                <div class="stack stack--wide">
                    <TwinPanel twin=twin.clone() />
                    <section class="panel" aria-labelledby="tags-title">
                        <div class="panel__header">
                            <h2 class="panel__title" id="tags-title">
                                "Tags"
                            </h2>
                        </div>
                        {if tags.is_empty() {
                            view! { <p class="field__hint">"No tags."</p> }.into_any()
                        } else {
                            view! { <div class="device__tags"><Tags tags /></div> }.into_any()
                        }}
                    </section>
                </div>
                <div class="stack stack--wide">
                    <Invoke device_id=id.clone() answered />
                    <Patch device_id=id patch />
                </div>
            </div>
        </main>
    }
    .into_any()
}
