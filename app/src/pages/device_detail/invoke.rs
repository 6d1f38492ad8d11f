//! A direct call to one device: the form, and the answer with its round trip.

use console_wire::device::MethodAnswer;
use leptos::prelude::*;

use crate::{
    api::devices::InvokeMethod,
    components::{Copy, ErrorPanel, Icon, Json},
    present::{json, time},
};

/// The call. `answered` is what a plain form brought back in the address: method, payload, answer.
#[component]
pub(super) fn Invoke(device_id: String, answered: Option<(String, String, String)>) -> impl IntoView {
    let invoke = ServerAction::<InvokeMethod>::new();
    let (method, payload, before) = answered.unwrap_or_default();
    let before: Option<MethodAnswer> = serde_json::from_str(&before).ok();
    let method = RwSignal::new(method);
    let label = move || {
        let name = method.get();
        match (invoke.pending().get(), name.trim()) {
            (true, _) => "Waiting for the answer".to_owned(),
            (false, "") => "Invoke".to_owned(),
            (false, name) => format!("Invoke {name}"),
        }
    };
    let answer = move || match invoke.value().get() {
        Some(Ok(answer)) => Some(view! { <Answer answer /> }.into_any()),
        Some(Err(error)) => Some(view! { <ErrorPanel error /> }.into_any()),
        None => before.clone().map(|answer| view! { <Answer answer /> }.into_any()),
    };
    view! {
        <section class="panel" aria-labelledby="invoke-title">
            <div class="panel__header">
                <h2 class="panel__title" id="invoke-title">
                    "Invoke a direct method"
                </h2>
                <span class="panel__note">"on this device only, not a job"</span>
            </div>
            <ActionForm action=invoke>
                <input type="hidden" name="device_id" value=device_id />
                <div class="invoke__row">
                    <div class="field">
                        <label class="field__label" for="invoke-method">
                            "Method"
                        </label>
                        <input
                            type="text"
                            class="input input--code"
                            id="invoke-method"
                            name="method"
                            required
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            value=method.get_untracked()
                            prop:value=move || method.get()
                            on:input:target=move |event| method.set(event.target().value())
                        />
                    </div>
                    <div class="field">
                        <label class="field__label" for="invoke-payload">
                            "Payload"
                        </label>
                        <input
                            type="text"
                            class="input input--code"
                            id="invoke-payload"
                            name="payload"
                            placeholder="null"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            value=payload
                        />
                    </div>
                    <div class="field">
                        <label class="field__label" for="invoke-wait">
                            "Wait"
                        </label>
                        <span class="input-unit">
                            <input
                                type="text"
                                id="invoke-wait"
                                name="wait"
                                value="30"
                                inputmode="numeric"
                                autocomplete="off"
                            />
                            <span>"s"</span>
                        </span>
                    </div>
                    <button class="button" type="submit" disabled=move || invoke.pending().get()>
                        {label}
                    </button>
                </div>
            </ActionForm>
            <div class="invoke__answer" aria-live="polite">
                {answer}
            </div>
        </section>
    }
    .into_any()
}

/// What the device said, and how long the way there and back took.
#[component]
fn Answer(answer: MethodAnswer) -> impl IntoView {
    let status = answer.response.status;
    let (icon, tone, word) = if status < 400 {
        ("circle-check", "succeeded", "Succeeded")
    } else {
        ("circle-x", "failed", "Failed")
    };
    let payload = json::pretty(&answer.response.payload);
    view! {
        <div class="invoke__head">
            <span class="with-icon">
                <span class="status" data-status=tone>
                    <Icon name=icon />
                    <span class="visually-hidden">{word}</span>
                </span>
                <span>
                    <strong>{status.to_string()}</strong>
                    " in "
                    <strong>{time::duration(answer.round_trip_ms)}</strong>
                </span>
            </span>
            <Copy text=payload.clone() what="response" />
        </div>
        <Json text=payload is_block=true />
    }
    .into_any()
}
