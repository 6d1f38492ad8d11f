//! The messages that were sent to the device, and what became of them.

use console_wire::{
    device_call::CallOrigin,
    message::{DeviceMessage, KEPT_DAYS, MAX_KEPT},
};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::messages::SentMessages,
    format::message::{as_json, badge, note},
    kit::{BadgeView, CopyButton, Json, TimeFormat, TimeText},
};

/// The panel.
#[component]
pub(super) fn SentPanel(messages: Memo<SentMessages>) -> impl IntoView {
    let as_of = messages.with_untracked(|messages| messages.as_of);
    let items = Memo::new(move |_| messages.with(|messages| messages.items.clone()));
    let has_more = Memo::new(move |_| messages.with(|messages| messages.has_more));
    // A message that has moved on is rendered anew.
    let key = |message: &DeviceMessage| (message.message_id.clone(), message.state.as_str());
    let more = move || {
        has_more.get().then(|| {
            view! { <p class="field__hint">"Older messages are in the API and on the command line."</p> }
        })
    };
    view! {
        <section class="panel" aria-labelledby="sent-title">
            <div class="panel__header">
                <h2 class="panel__title" id="sent-title">
                    "Sent messages"
                </h2>
                <span class="panel__note">{format!("the newest {MAX_KEPT}, for {KEPT_DAYS} days")}</span>
            </div>
            <p class="field__hint" hidden=move || items.with(|items| !items.is_empty())>
                "No message was sent from here."
            </p>
            <ol class="timeline" aria-labelledby="sent-title" hidden=move || items.with(Vec::is_empty)>
                <For each=move || items.get() key let:message>
                    <Line message as_of />
                </For>
            </ol>
            {more}
        </section>
    }
    .into_any()
}

#[component]
fn Line(message: DeviceMessage, as_of: Timestamp) -> impl IntoView {
    let body = match as_json(&message.body) {
        Some(json) => view! { <Json text=json.to_string() /> }.into_any(),
        None if message.body.is_empty() => view! { <span class="panel__note">"empty body"</span> }.into_any(),
        None => view! { <code class="code">{message.body.clone()}</code> }.into_any(),
    };
    let properties: Vec<_> =
        message.properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let properties = Some(properties.join(" ")).filter(|text| !text.is_empty());
    let origin = match message.origin {
        CallOrigin::Page => "from this page",
        CallOrigin::Api => "from the API",
    };
    let by = message.requested_by.clone().map(|name| format!(" by {name}"));
    let (state, note) = (message.state, note(&message));
    let expiry = state.is_open().then(|| {
        view! {
            <span class="timeline__sub">
                "expires "
                <TimeText at=message.expiry_time_utc as_of style=TimeFormat::Clock />
            </span>
        }
    });
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at=message.requested_time_utc as_of style=TimeFormat::Clock />
            </span>
            <span class="timeline__what message-body">
                {body}
                {properties.map(|text| view! { <span class="timeline__sub"><code>{text}</code></span> })}
                <span class="timeline__sub">{origin} {by} <CopyButton text=message.body.clone() what="body" /></span>
            </span>
            <span class="timeline__result">
                <BadgeView badge=badge(state) />
                {note.map(|note| view! { <span class="timeline__reason">{note}</span> })}
                {expiry}
            </span>
        </li>
    }
    .into_any()
}
