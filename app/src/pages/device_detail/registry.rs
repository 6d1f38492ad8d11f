//! The device in the registry: whether it may connect, its keys, its connection string, and its deletion.

use console_wire::{
    access::Action,
    registry::{ConnectionString, KeyName, MAX_STATUS_REASON},
};
use hub_wire::device::{AuthenticationType, DeviceStatus};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    account::use_account,
    api::{
        devices::DeviceView,
        registry::{RotateDeviceKey, SetDeviceStatus, ShowConnectionString, shown_connection_string},
    },
    data::page_data::page_data,
    forms::{FormErrors, PostForm},
    kit::{CopyButton, Field, Icon, PermissionNote},
    paths,
};

/// The panel.
#[component]
pub(super) fn RegistryPanel(
    /// The device.
    device_id: String,
    /// Its twin, which has its status.
    view: Memo<DeviceView>,
) -> impl IntoView {
    let has_keys = view.with_untracked(|view| view.twin.authentication_type == AuthenticationType::Sas);
    let keys = if has_keys {
        view! { <Keys device_id=device_id.clone() /> }.into_any()
    } else {
        view! { <p class="field__hint">"It proves itself by a certificate, so it has no keys here."</p> }
            .into_any()
    };
    view! {
        <section class="panel" aria-labelledby="registry-title">
            <div class="panel__header">
                <h2 class="panel__title" id="registry-title">
                    "Registry"
                </h2>
                <span class="panel__note">"status and keys"</span>
            </div>
            <div class="stack">
                <Status device_id=device_id.clone() view />
                {keys}
                <Delete device_id />
            </div>
        </section>
    }
    .into_any()
}

/// The status, and the form that changes it.
#[component]
fn Status(device_id: String, view: Memo<DeviceView>) -> impl IntoView {
    let change = ServerAction::<SetDeviceStatus>::new();
    let errors = FormErrors::of(move || change.value().get().and_then(Result::err));
    let is_enabled = Memo::new(move |_| view.with(|view| view.twin.status == DeviceStatus::Enabled));
    let wanted = Memo::new(move |_| if is_enabled.get() { "disabled" } else { "enabled" });
    let reason = Memo::new(move |_| view.with(|view| view.twin.status_reason.clone()));
    let is_allowed = use_account().may(Action::DeviceWrite);
    let sentence = move || {
        let status =
            if is_enabled.get() { "Enabled: it may connect." } else { "Disabled: it may not connect." };
        match reason.get().filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("{status} Reason: {reason}"),
            None => status.to_owned(),
        }
    };
    view! {
        <p role="status">{sentence}</p>
        <PostForm action=change>
            <input type="hidden" name="device_id" value=device_id />
            <input
                type="hidden"
                name="status"
                value=wanted.get_untracked()
                prop:value=move || wanted.get()
            />
            <div class="stack">
                <Field id="status-reason" label="Reason (optional)" error=errors.field("statusReason")>
                    <input
                        class="input"
                        type="text"
                        id="status-reason"
                        name="status_reason"
                        maxlength=MAX_STATUS_REASON.to_string()
                        autocomplete="off"
                        aria-describedby="status-reason-problem"
                    />
                </Field>
                {errors.panel()}
                <div class="cluster">
                    <button
                        class="button"
                        type="submit"
                        disabled=move || !is_allowed || change.pending().get()
                    >
                        {move || if is_enabled.get() { "Disable device" } else { "Enable device" }}
                    </button>
                    <PermissionNote action=Action::DeviceWrite />
                </div>
            </div>
        </PostForm>
    }
    .into_any()
}

/// The connection string, and the keys to replace.
#[component]
fn Keys(device_id: String) -> impl IntoView {
    let show = ServerAction::<ShowConnectionString>::new();
    let errors = FormErrors::of(move || show.value().get().and_then(Result::err));
    let is_allowed = use_account().may(Action::DeviceKeys);
    let is_blocked = move || !is_allowed || show.pending().get();
    let buttons = KeyName::ALL.map(|key| {
        view! {
            <button class="button" type="submit" name="key" value=key.as_str() disabled=is_blocked>
                <Icon name="key-round" />
                {match key {
                    KeyName::Primary => "Show with primary key",
                    KeyName::Secondary => "Show with secondary key",
                }}
            </button>
        }
    });
    let shown_of = device_id.clone();
    view! {
        <h3 class="field__label">"Connection string"</h3>
        <p class="field__hint">"It holds a key. Each time it is shown is in the audit log."</p>
        <PostForm action=show>
            <input type="hidden" name="device_id" value=shown_of />
            <div class="cluster">{buttons.into_iter().collect_view()}</div>
        </PostForm>
        {errors.panel()}
        <Shown show />
        <PermissionNote action=Action::DeviceKeys />
        <Rotate device_id />
    }
    .into_any()
}

/// The connection string that was just asked for, here or by a plain form. A page that is loaded again does not have it.
#[component]
fn Shown(show: ServerAction<ShowConnectionString>) -> impl IntoView {
    let made = use_query_map().with_untracked(|query| query.get("made")).unwrap_or_default();
    let before = page_data(
        move || made.clone(),
        |made| async move {
            if made.is_empty() { None } else { shown_connection_string(made).await.ok().flatten() }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let before = before.await;
                move || match show.value().get() {
                    Some(answer) => answer.ok().map(|shown| view! { <Secret shown /> }),
                    None => before.clone().map(|shown| view! { <Secret shown /> }),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Secret(shown: ConnectionString) -> impl IntoView {
    let text = shown.connection_string.expose().to_owned();
    view! {
        <div class="notice" data-tone="good" role="status">
            <Icon name="key-round" />
            <div class="stack stack--tight team__link">
                <strong>{format!("Connection string with the {} key", shown.key.as_str())}</strong>
                <div class="secret">
                    <code>{text.clone()}</code>
                    <CopyButton text=Signal::stored(text) what="connection string" />
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Replacing a key, which asks first: the form is inside of what has to be opened.
#[component]
fn Rotate(device_id: String) -> impl IntoView {
    let rotate = ServerAction::<RotateDeviceKey>::new();
    let errors = FormErrors::of(move || rotate.value().get().and_then(Result::err));
    let is_allowed = use_account().may(Action::DeviceKeys);
    let is_blocked = move || !is_allowed || rotate.pending().get();
    let done = move || {
        rotate.value().get().and_then(Result::ok).map(|key| {
            view! {
                <p role="status">
                    {format!("The {key} key was replaced. Give the device its new connection string.")}
                </p>
            }
        })
    };
    let buttons = KeyName::ALL.map(|key| {
        view! {
            <button class="button button--danger" type="submit" name="key" value=key.as_str() disabled=is_blocked>
                {match key {
                    KeyName::Primary => "Replace primary key",
                    KeyName::Secondary => "Replace secondary key",
                }}
            </button>
        }
    });
    view! {
        <details class="more device__edit">
            <summary>
                <Icon name="chevron-right" />
                "Replace a key…"
            </summary>
            <div class="more__body stack">
                <p class="field__hint">
                    "The old key stops working: a device that uses it cannot connect again. Give the device the other key first."
                </p>
                <PostForm action=rotate>
                    <input type="hidden" name="device_id" value=device_id />
                    <div class="cluster">{buttons.into_iter().collect_view()}</div>
                </PostForm>
                {errors.panel()}
                {done}
            </div>
        </details>
    }
    .into_any()
}

/// The link to the page that asks before the device is deleted.
#[component]
fn Delete(device_id: String) -> impl IntoView {
    let is_allowed = use_account().may(Action::DeviceWrite);
    let href = paths::registry_change_new("delete", &paths::device_condition(&device_id), "", "");
    is_allowed.then(|| {
        view! {
            <div>
                <a class="button button--small" href=href>
                    "Delete device…"
                </a>
            </div>
        }
    })
}
