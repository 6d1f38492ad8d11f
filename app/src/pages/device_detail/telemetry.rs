//! The device's last messages.

use console_wire::device::TelemetryMessage;
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    api::devices::DeviceHistory,
    format::number,
    kit::{Json, TimeFormat, TimeText},
    paths,
};

/// Messages shown.
const SHOWN: usize = 5;

/// The panel.
#[component]
pub(super) fn TelemetryPanel(history: Memo<DeviceHistory>, device_id: String) -> impl IntoView {
    let messages = Memo::new(move |_| history.with(|history| history.telemetry.clone()));
    let body = move || {
        match messages.get() {
        None => {
            view! { <p class="field__hint">"A real hub sends messages to its event hub and keeps none here."</p> }
                .into_any()
        }
        Some(messages) if messages.is_empty() => {
            view! { <p class="field__hint">"No messages since the hub started."</p> }.into_any()
        }
        Some(messages) => {
            let lines =
                messages.into_iter().take(SHOWN).map(|message| view! { <Line message /> }).collect_view();
            view! { <ol class="timeline">{lines}</ol> }.into_any()
        }
    }
    };
    view! {
        <section class="panel" aria-labelledby="telemetry-title">
            <div class="panel__header">
                <h2 class="panel__title" id="telemetry-title">
                    "Last messages"
                </h2>
                <span class="panel__note">"from the device to the cloud"</span>
                <a class="link" href=paths::device_messages(&device_id)>
                    "Watch live"
                </a>
            </div>
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn Line(message: TelemetryMessage) -> impl IntoView {
    let at = message.enqueued_time_utc;
    let body = match &message.body {
        Some(Value::String(text)) => view! { <code class="code">{text.clone()}</code> }.into_any(),
        Some(body) => view! { <Json text=body.to_string() /> }.into_any(),
        None => view! { <span class="panel__note">"not text"</span> }.into_any(),
    };
    let properties = (!message.properties.is_empty()).then(
        || view! { <span class="data-table__sub">{Value::Object(message.properties).to_string()}</span> },
    );
    let size = number::size(usize::try_from(message.body_size).unwrap_or(usize::MAX));
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at as_of=at style=TimeFormat::Clock />
            </span>
            <span class="timeline__what">{body} {properties}</span>
            <span class="timeline__result">
                <span class="panel__note">{size}</span>
            </span>
        </li>
    }
    .into_any()
}
