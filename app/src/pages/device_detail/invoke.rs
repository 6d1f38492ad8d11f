//! A direct call to one device: the form, and the answer with its round trip.

use console_wire::{
    access::Action,
    device::MethodAnswer,
    device_call::{CallType, DeviceCall},
};
use hub_wire::Timestamp;
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    account::use_account,
    api::devices::{DeviceHistory, DeviceView, InvokeMethod},
    data::read::Reading,
    error::ApiError,
    format::{activity, activity::doubt, json, number, time},
    forms::{
        PostForm,
        job::{ActionKind, payload_notice},
    },
    kit::{CopyButton, ErrorPanel, FieldNotice, Icon, Json, PermissionNote, clock::use_clock},
};

/// The call. `before` is the call that a plain form has sent.
#[component]
pub(super) fn Invoke(
    device_id: String,
    before: Option<DeviceCall>,
    read: Reading<String, DeviceView>,
    history: Reading<String, DeviceHistory>,
) -> impl IntoView {
    let invoke = ServerAction::<InvokeMethod>::new();
    let before = before.filter(|call| call.call_type == CallType::Method);
    let (method, payload) = before.as_ref().map(fields).unwrap_or_default();
    let clock = use_clock();
    let begun = RwSignal::new(None::<Timestamp>);
    let has_left = RwSignal::new(false);
    let is_waiting = Memo::new(move |_| invoke.pending().get() && !has_left.get());
    Effect::new(move |was_pending: Option<bool>| {
        let is_pending = invoke.pending().get();
        if is_pending && was_pending != Some(true) {
            has_left.set(false);
            begun.set(clock.now_untracked());
        }
        is_pending
    });
    // A call belongs to the activity, however it ended, and has changed what the device reports.
    Effect::new(move |_| {
        if invoke.value().with(Option::is_some) {
            history.refetch();
            read.refetch();
        }
    });
    let is_allowed = use_account().may(Action::DeviceInvoke);
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
    let answer = move || match invoke.value().get() {
        _ if is_waiting.get() => None,
        _ if has_left.get() && invoke.pending().get() => Some(
            view! {
                <p class="field__hint">
                    "No longer waiting. The device may still act; its answer appears here and under Activity."
                </p>
            }
            .into_any(),
        ),
        Some(Ok(answer)) => Some(view! { <Answer answer /> }.into_any()),
        Some(Err(error)) => Some(view! { <Refused error /> }.into_any()),
        None => match &before {
            Some(call) => Some(view! { <Kept call=call.clone() /> }.into_any()),
            None => Some(view! { <p class="field__hint">"The answer appears here."</p> }.into_any()),
        },
    };
    view! {
        <section class="panel" aria-labelledby="invoke-title">
            <div class="panel__header">
                <h2 class="panel__title" id="invoke-title">
                    "Invoke a direct method"
                </h2>
                <span class="panel__note">"on this device only, not a job"</span>
            </div>
            <PostForm action=invoke>
                <input type="hidden" name="device_id" value=device_id />
                <div class="invoke__row">
                    <Call method payload />
                    <button
                        class="button"
                        type="submit"
                        title=label
                        disabled=move || !is_allowed || is_waiting.get()
                    >
                        <span class="invoke__label">{move || label()}</span>
                    </button>
                </div>
                <PermissionNote action=Action::DeviceInvoke />
            </PostForm>
            <div class="invoke__answer" aria-live="polite">
                {move || waiting()} {move || answer()}
            </div>
        </section>
    }
    .into_any()
}

/// The fields of a form that would send a call once more.
fn fields(call: &DeviceCall) -> (String, String) {
    let payload = if call.request.is_null() { String::new() } else { call.request.to_string() };
    (call.method_name.clone().unwrap_or_default(), payload)
}

/// Why a call failed, and what that leaves open.
#[component]
fn Refused(error: ApiError) -> impl IntoView {
    let doubt = doubt(&error.0.kind).map(|text| {
        view! {
            <p class="with-icon" data-tone="warning">
                <Icon name="triangle-alert" />
                <span>{text}</span>
            </p>
        }
    });
    view! {
        <ErrorPanel error />
        {doubt}
    }
    .into_any()
}

/// A call that is kept, as it ended: what a browser without scripts shows after its form.
#[component]
fn Kept(call: DeviceCall) -> impl IntoView {
    if let (Some(response), Some(round_trip_ms), true) =
        (call.response.clone(), call.round_trip_ms, call.is_response_kept())
    {
        return view! { <Answer answer=MethodAnswer { response, round_trip_ms } /> }.into_any();
    }
    let size = (call.response.is_some() && !call.is_response_kept()).then(|| {
        let size = number::size(usize::try_from(call.response_bytes).unwrap_or(usize::MAX));
        format!("The response has {size}, which is too large to be kept.")
    });
    let error = call.error.as_ref().map(|error| error.description.clone());
    let entry = activity::of_call(&call, None);
    view! {
        <div class="invoke__head">
            <span class="status" data-status=entry.badge.status>
                <Icon name=entry.badge.icon />
                <strong>{entry.result}</strong>
            </span>
        </div>
        <p class="field__hint">{size.or(error)}</p>
    }
    .into_any()
}

/// What to call, with what, and how long to wait.
#[component]
pub(super) fn Call(method: RwSignal<String>, payload: String) -> impl IntoView {
    let typed = RwSignal::new(payload.clone());
    let notice =
        move || method.with(|method| typed.with(|typed| payload_notice(ActionKind::Method, method, typed)));
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
                on:input:target=move |event| typed.set(event.target().value())
            />
            <FieldNotice text=Signal::derive(notice) />
        </div>
        <div class="field">
            <label class="field__label" for="invoke-wait">
                "Response timeout"
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

/// The device's response and the round-trip time.
#[component]
pub(super) fn Answer(answer: MethodAnswer) -> impl IntoView {
    let status = answer.response.status;
    let (icon, tone, word) = if status < 400 {
        ("circle-check", "succeeded", "Succeeded")
    } else {
        ("circle-x", "failed", "Failed")
    };
    let payload = match &answer.response.payload {
        Value::Null => "null".to_owned(),
        payload => json::pretty(payload),
    };
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
            <CopyButton text=payload.clone() what="response" />
        </div>
        <Json text=payload is_block=true />
    }
    .into_any()
}
