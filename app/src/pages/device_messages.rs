//! `/devices/{id}/messages`: send a message to a device, see what became of it, and watch what the device sends.

mod send;
mod sent;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::{send::SendPanel, sent::SentPanel};
use super::{live_telemetry::LiveTelemetryPanel, not_found::NotThere};
use crate::{
    api::messages::{SentMessages, read_messages},
    data::read::{Answer, ReadOptions, use_read, use_read_from},
    kit::{CopyButton, ErrorPanel, Icon, PollBadge, UnknownParams, title_of},
    paths,
};

/// Time between two reads of what became of messages, in milliseconds.
const POLL: u64 = 1500;

/// The page.
#[component]
pub(crate) fn DeviceMessagesPage() -> impl IntoView {
    let params = use_params_map();
    let device_id =
        Memo::new(move |_| params.with(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned()));
    let key = Signal::derive(move || Some(device_id.get()));
    let page = use_read(key, ReadOptions::once(), read_messages);
    let content = move || {
        let Answer { key: device_id, result } = page.answer().get()?;
        Some(match result {
            Ok(messages) => view! { <Loaded device_id messages /> }.into_any(),
            Err(error) if error.is_not_found() => {
                let title = format!("No device {device_id}");
                view! { <NotThere title text="Device ids are case-sensitive. It may also have been deleted." /> }
                    .into_any()
            }
            Err(error) => view! {
                <main class="page" id="main" tabindex="-1">
                    <h1 class="device__id">{device_id}</h1>
                    <ErrorPanel error retry=page.retry() />
                </main>
            }
            .into_any(),
        })
    };
    view! {
        <Title text=title_of(Memo::new(move |_| format!("Messages of {}", device_id.get()))) />
        <Suspense>
            {move || Suspend::new(async move {
                page.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(device_id: String, messages: SentMessages) -> impl IntoView {
    let query = use_query_map();
    let unknown = Memo::new(move |_| query.with(|query| paths::unknown_names(query, &[])));
    let key = Signal::stored(Some(device_id.clone()));
    let is_offered = messages.is_live_offered;
    let read = use_read_from(key, Some(Ok(messages.clone())), ReadOptions::every(POLL), read_messages);
    let messages = read.value_or(messages);
    view! {
        <main class="page device" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <a
                            class="button button--quiet button--icon button--small run__back"
                            href=paths::device(&device_id)
                            aria-label="Back to the device"
                        >
                            <Icon name="arrow-left" is_large=true />
                        </a>
                        <h1>"Messages of " <span class="device__id">{device_id.clone()}</span></h1>
                        <CopyButton text=device_id.clone() what=device_id.clone() />
                    </div>
                    <p class="page__lead">
                        <span>"from the cloud to the device, and from the device to the cloud"</span>
                    </p>
                </div>
                <div class="page__actions">
                    <PollBadge stale_since=read.stale_since() />
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <div class="columns columns--even device__columns">
                <div class="stack stack--wide">
                    <SendPanel device_id=device_id.clone() read />
                    <SentPanel messages />
                </div>
                <div class="stack stack--wide">
                    <LiveTelemetryPanel
                        path=paths::device_telemetry_events(&device_id)
                        is_offered
                        names_devices=false
                    />
                </div>
            </div>
        </main>
    }
    .into_any()
}
