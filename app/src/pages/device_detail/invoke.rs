//! A direct call to one device: the form, and the answer with its round trip.

use console_wire::device::MethodAnswer;
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::{
    api::{
        ApiError,
        devices::{DeviceView, InvokeMethod},
    },
    clock::use_clock,
    components::{Copy, ErrorPanel, Fields, Icon, Json, PostForm},
    poll::Polled,
    present::{json, time},
    reactive::{effect, memo},
};

/// A call made on this page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// When it was answered.
    pub(super) at: Timestamp,
    /// What was called.
    pub(super) method: String,
    /// The device's status and the round trip in milliseconds; or what went wrong.
    pub(super) end: Result<(i32, u64), String>,
}

/// The calls made on this page, newest last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calls(RwSignal<Vec<Call>>);

impl Calls {
    pub(super) fn new() -> Self {
        Self(RwSignal::default())
    }

    pub(super) fn get(self) -> Vec<Call> {
        self.0.get()
    }

    fn add(self, at: Timestamp, method: String, answer: &Result<MethodAnswer, ApiError>) {
        let end = match answer {
            Ok(answer) => Ok((answer.response.status, answer.round_trip_ms)),
            Err(error) => Err(error.0.title.clone()),
        };
        self.0.update(|calls| calls.push(Call { at, method, end }));
    }
}

/// The call. `answered` is what a plain form brought back in the address: method, payload, answer.
#[component]
pub(super) fn Invoke(
    device_id: String,
    answered: Option<(String, String, String)>,
    calls: Calls,
    polled: Polled<DeviceView>,
) -> impl IntoView {
    let invoke = ServerAction::<InvokeMethod>::new();
    let send = move |fields: Fields| {
        invoke.dispatch(InvokeMethod {
            device_id: fields.text("device_id"),
            method: fields.text("method"),
            payload: fields.text("payload"),
            wait: fields.text("wait"),
        });
    };
    let clock = use_clock();
    let begun = RwSignal::new(None::<Timestamp>);
    let has_left = RwSignal::new(false);
    let called = RwSignal::new(String::new());
    let is_waiting = memo(move || invoke.pending().get() && !has_left.get());
    Effect::new(move |was_pending: Option<bool>| {
        let is_pending = invoke.pending().get();
        if is_pending && was_pending != Some(true) {
            has_left.set(false);
            begun.set(clock.now_untracked());
            // The action forgets it once it is answered.
            called.set(invoke.input().get_untracked().map(|input| input.method).unwrap_or_default());
        }
        is_pending
    });
    // An answer belongs to the history and has changed what the device reports.
    effect(move || {
        if let (Some(answer), Some(now)) = (invoke.value().get(), clock.now_untracked()) {
            calls.add(now, called.get_untracked(), &answer);
            polled.again();
        }
    });
    let (method, payload, before) = answered.unwrap_or_default();
    let before: Option<MethodAnswer> = serde_json::from_str(&before).ok();
    let method = RwSignal::new(method);
    let label = move || {
        let name = method.get();
        match (is_waiting.get(), name.trim()) {
            (true, _) => "Waiting".to_owned(),
            (false, "") => "Invoke".to_owned(),
            (false, name) => format!("Invoke {name}"),
        }
    };
    let waiting = move || is_waiting.get().then(|| view! { <Waiting begun has_left /> });
    let answer = move || {
        match invoke.value().get() {
        _ if is_waiting.get() => None,
        _ if has_left.get() && invoke.pending().get() => Some(
            view! { <p class="field__hint">"Not waited for any more. The device may still act; its answer will stand here."</p> }
                .into_any(),
        ),
        Some(Ok(answer)) => Some(view! { <Answer answer /> }.into_any()),
        Some(Err(error)) => Some(view! { <ErrorPanel error /> }.into_any()),
        None => before.clone().map(|answer| view! { <Answer answer /> }.into_any()),
    }
    };
    view! {
        <section class="panel" aria-labelledby="invoke-title">
            <div class="panel__header">
                <h2 class="panel__title" id="invoke-title">
                    "Invoke a direct method"
                </h2>
                <span class="panel__note">"on this device only, not a job"</span>
            </div>
            <PostForm to=InvokeMethod::url() send=send>
                <input type="hidden" name="device_id" value=device_id />
                <div class="invoke__row">
                    <Call method payload />
                    <button class="button" type="submit" disabled=move || is_waiting.get()>
                        {move || label()}
                    </button>
                </div>
            </PostForm>
            <div class="invoke__answer" aria-live="polite">
                {move || waiting()} {move || answer()}
            </div>
        </section>
    }
    .into_any()
}

/// What to call, with what, and how long to wait.
#[component]
fn Call(method: RwSignal<String>, payload: String) -> impl IntoView {
    view! {
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
    }
    .into_any()
}

/// A call on its way: how long it has been, and the way to leave it.
#[component]
fn Waiting(begun: RwSignal<Option<Timestamp>>, has_left: RwSignal<bool>) -> impl IntoView {
    let clock = use_clock();
    let words = move || {
        let waited = begun.get().zip(clock.now()).map(|(begun, now)| now.since(begun).as_secs());
        format!("Sent {} s ago, waiting for the answer", waited.unwrap_or_default())
    };
    view! {
        <div class="invoke__head">
            <span class="with-icon">
                <span class="status" data-status="running">
                    <Icon name="loader-circle" />
                </span>
                <span>{move || words()}</span>
            </span>
            <button class="button button--small button--quiet" type="button" on:click=move |_| has_left.set(true)>
                "Stop waiting"
            </button>
        </div>
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
