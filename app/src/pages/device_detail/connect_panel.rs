//! "Connect this device": makes a token with the device's key, and shows programs that connect with it. They are shown once for
//! each click; a page that is loaded again does not have them.

use console_wire::{
    access::Action,
    connect::{ConnectExample, ConnectGuide, DEFAULT_TOKEN_LIFE},
};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::connections::CreateDeviceToken,
    forms::{FormErrors, PostForm},
    kit::{CopyButton, Field, Icon, PermissionNote, TimeFormat, TimeText},
    paths,
};

/// How long a token lives, in seconds, and how the form says it.
const LIFETIMES: [(u32, &str); 5] = [
    (600, "10 minutes"),
    (DEFAULT_TOKEN_LIFE, "1 hour"),
    (8 * 3600, "8 hours"),
    (24 * 3600, "1 day"),
    (7 * 24 * 3600, "7 days"),
];

/// The panel. `before` is what a plain form has made.
#[component]
pub(super) fn ConnectPanel(device_id: String, before: Option<ConnectGuide>) -> impl IntoView {
    let create = ServerAction::<CreateDeviceToken>::new();
    let is_allowed = use_account().may(Action::DeviceKeys);
    let errors = FormErrors::of(move || create.value().get().and_then(Result::err));
    let made = move || match create.value().get() {
        Some(Ok(guide)) => Some(guide),
        Some(Err(_)) => None,
        None => before.clone(),
    };
    let options = LIFETIMES.map(|(seconds, words)| {
        view! {
            <option value=seconds.to_string() selected=seconds == DEFAULT_TOKEN_LIFE>
                {words}
            </option>
        }
    });
    view! {
        <section class="panel" aria-labelledby="connect-title">
            <div class="panel__header">
                <h2 class="panel__title" id="connect-title">
                    "Connect this device"
                </h2>
                <span class="panel__note">"over MQTT, with a token of its own"</span>
            </div>
            <PostForm action=create>
                <input type="hidden" name="device_id" value=device_id />
                <div class="connect__row">
                    <Field id="connect-lifetime" label="The token ends after" error=errors.field("lifetimeSeconds")>
                        <select
                            class="input"
                            id="connect-lifetime"
                            name="lifetime"
                            aria-describedby="connect-lifetime-problem"
                        >
                            {options.into_iter().collect_view()}
                        </select>
                    </Field>
                    <button
                        class="button"
                        type="submit"
                        disabled=move || !is_allowed || create.pending().get()
                    >
                        <Icon name="key-round" />
                        "Make token and commands"
                    </button>
                </div>
                <PermissionNote action=Action::DeviceKeys />
            </PostForm>
            {errors.panel()}
            <div aria-live="polite">{move || made().map(|guide| view! { <Guide guide /> })}</div>
        </section>
    }
    .into_any()
}

/// The token's end, what to know, and the programs.
#[component]
fn Guide(guide: ConnectGuide) -> impl IntoView {
    let expires = guide.expires;
    let notes: Vec<_> = guide
        .notes
        .iter()
        .map(|note| {
            view! {
                <p class="with-icon connect__warning">
                    <Icon name="triangle-alert" />
                    <span>{note.clone()}</span>
                </p>
            }
        })
        .collect();
    let authority = guide.certificate_authority.is_some().then(|| {
        view! {
            <p>
                <a class="link" href=paths::HUB_CA rel="external" download="">
                    "Download hub-ca.pem"
                </a>
                ", the hub's certificate authority, which the programs read."
            </p>
        }
    });
    let protocol = if guide.is_encrypted { "mqtts" } else { "mqtt" };
    let address = format!("{protocol}://{}:{}", guide.host_name, guide.port);
    let examples: Vec<_> = guide
        .examples
        .into_iter()
        .enumerate()
        .map(|(place, example)| view! { <Example example is_open=place == 0 /> })
        .collect();
    view! {
        <div class="stack stack--tight connect__guide">
            <p>
                "The token ends "
                <TimeText at=expires as_of=expires style=TimeFormat::Clock />
                ". It is shown only now and cannot be revoked. Hub: "
                <code>{address}</code>
            </p>
            {notes}
            {authority}
            {examples}
        </div>
    }
    .into_any()
}

#[component]
fn Example(example: ConnectExample, is_open: bool) -> impl IntoView {
    let ConnectExample { name, needs, text } = example;
    let code = text.expose().to_owned();
    view! {
        <details class="more" open=is_open>
            <summary>
                <Icon name="chevron-right" />
                {name.clone()}
            </summary>
            <div class="more__body">
                <div class="connect__needs">
                    <span class="field__hint">{needs}</span>
                    <CopyButton text=code.clone() what=format!("for {name}") />
                </div>
                <pre class="code code--block" tabindex="0" role="region" aria-label=format!("Code for {name}")>
                    {code}
                </pre>
            </div>
        </details>
    }
    .into_any()
}
