//! Messages from devices as they arrive: pause, filter, copy. The same for a device and for a group.

use console_wire::telemetry::LiveMessage;
use leptos::prelude::*;

use crate::{
    data::telemetry::{Connection, TelemetryList, use_telemetry},
    format::{
        number::{self, count_noun, grouped},
        telemetry::{Filter, line, plain, properties},
    },
    kit::{CopyButton, Json, TimeFormat, TimeText},
};

/// Most messages on the page; the filter looks at all that are kept.
const SHOWN: usize = 100;

/// What is said where a real hub keeps telemetry.
const NOT_OFFERED: &str = "This hub hands telemetry to its event hub, which is read over AMQP. Fleetcast reads it only from its \
    embedded hub.";

/// The panel.
#[component]
pub(crate) fn LiveTelemetryPanel(
    /// Address of the event stream.
    path: String,
    /// Whether the hub offers it.
    is_offered: bool,
    /// Whether messages of more than one device arrive, so that each names its device.
    names_devices: bool,
) -> impl IntoView {
    let body = if is_offered {
        let list = use_telemetry(path);
        view! { <LiveList list names_devices /> }.into_any()
    } else {
        view! { <p class="field__hint">{NOT_OFFERED}</p> }.into_any()
    };
    view! {
        <section class="panel live-telemetry" aria-labelledby="live-title">
            <div class="panel__header">
                <h2 class="panel__title" id="live-title">
                    "Live telemetry"
                </h2>
                <span class="panel__note">"from the device to the cloud, newest first"</span>
            </div>
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn LiveList(list: TelemetryList, names_devices: bool) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let filter = Memo::new(move |_| typed.with(|text| Filter::parse(text)));
    let matching = Memo::new(move |_| {
        let mut messages = list.messages();
        filter.with(|filter| messages.retain(|message| filter.matches(message)));
        messages
    });
    let shown = move || matching.with(|messages| messages.iter().take(SHOWN).cloned().collect::<Vec<_>>());
    let key = |message: &LiveMessage| (message.sequence, message.message.enqueued_time_utc.ticks());
    let all = Signal::derive(move || {
        matching.with(|messages| messages.iter().map(line).collect::<Vec<_>>().join("\n"))
    });
    let is_empty = Memo::new(move |_| matching.with(Vec::is_empty));
    view! {
        <div class="live-telemetry__tools needs-scripts">
            <div class="field">
                <label class="visually-hidden" for="live-filter">
                    "Filter messages"
                </label>
                <input
                    class="input"
                    type="search"
                    id="live-filter"
                    placeholder="Filter: a word, or property=value"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </div>
            <div class="cluster">
                <PauseButton list />
                <button class="button button--small button--quiet" type="button" on:click=move |_| list.clear()>
                    "Clear"
                </button>
                <CopyButton text=all what="all messages" />
            </div>
        </div>
        <p class="live-telemetry__state" role="status">
            {move || state(list, typed.with(|text| !text.trim().is_empty()), matching.with(Vec::len))}
        </p>
        <Lost list />
        <div class="live-telemetry__list" tabindex="0" role="region" aria-label="Messages">
            <ol class="timeline" aria-label="Live telemetry" hidden=move || is_empty.get()>
                <For each=shown key let:message>
                    <Line message names_devices />
                </For>
            </ol>
        </div>
    }
    .into_any()
}

/// What the list holds and whether messages arrive, in a sentence.
fn state(list: TelemetryList, is_filtered: bool, matching: usize) -> String {
    let count = count_noun(matching as u64, "message", "messages");
    let count = if is_filtered { format!("{count} match") } else { count };
    let more = if matching > SHOWN { format!(", the newest {SHOWN} are shown") } else { String::new() };
    let connection = match list.connection() {
        _ if list.is_paused() => format!("Paused, {} new", grouped(list.held() as u64)),
        Connection::Connecting => "Connecting".to_owned(),
        Connection::Open if matching == 0 && !is_filtered => return "Waiting for messages".to_owned(),
        Connection::Open => "Live".to_owned(),
        Connection::Lost => "Connection lost, trying again".to_owned(),
    };
    format!("{connection}: {count}{more}")
}

#[component]
fn PauseButton(list: TelemetryList) -> impl IntoView {
    let label = move || if list.is_paused() { "Resume" } else { "Pause" };
    view! {
        <button
            class="button button--small"
            type="button"
            on:click=move |_| list.set_paused(!list.is_paused())
        >
            {label}
        </button>
    }
    .into_any()
}

/// What is not in the list.
#[component]
fn Lost(list: TelemetryList) -> impl IntoView {
    let sentence = Memo::new(move |_| {
        let (skipped, dropped) = list.lost();
        let mut parts = Vec::new();
        if skipped > 0 {
            parts.push(format!(
                "{} skipped: more came at once than the hub keeps or the stream carries.",
                count_noun(skipped, "message was", "messages were")
            ));
        }
        if dropped > 0 {
            parts.push(format!(
                "{} dropped during the pause.",
                count_noun(dropped, "message was", "messages were")
            ));
        }
        parts.join(" ")
    });
    move || {
        Some(sentence.get()).filter(|text| !text.is_empty()).map(|text| {
            view! { <p class="field__hint">{text}</p> }
        })
    }
}

#[component]
fn Line(message: LiveMessage, names_devices: bool) -> impl IntoView {
    let at = message.message.enqueued_time_utc;
    let device = names_devices.then(|| {
        let id = message.device_id.to_string();
        view! {
            <a class="data-table__main" href=crate::paths::device_messages(&id)>
                {id.clone()}
            </a>
        }
    });
    let body = match &message.message.body {
        None => view! { <span class="panel__note">"not text"</span> }.into_any(),
        Some(body) if message.is_cut || body.is_string() => {
            let end =
                message.is_cut.then(|| view! { <span class="panel__note">"… the beginning only"</span> });
            view! { <code class="code">{plain(body)}</code> {end} }.into_any()
        }
        Some(body) => view! { <Json text=body.to_string() /> }.into_any(),
    };
    let properties = Some(properties(&message)).filter(|text| !text.is_empty());
    let size = number::size(usize::try_from(message.message.body_size).unwrap_or(usize::MAX));
    let copied = line(&message);
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at as_of=at style=TimeFormat::Millis />
            </span>
            <span class="timeline__what">
                {device}
                {body}
                {properties.map(|text| view! { <span class="timeline__sub"><code>{text}</code></span> })}
            </span>
            <span class="timeline__result">
                <span class="panel__note">{size}</span>
                <CopyButton text=copied what="message" />
            </span>
        </li>
    }
    .into_any()
}
