//! The forms of a module's page: a patch of its twin, a direct method call.

use console_wire::{access::Action, device::MethodAnswer};
use leptos::prelude::*;

use super::invoke::{Answer, Call};
use crate::{
    account::use_account,
    api::{
        devices::DeviceView,
        modules::{InvokeModuleMethod, PatchModuleTwin},
    },
    forms::{PostForm, job::ActionKind},
    kit::{ErrorPanel, Field, FieldProblem, Icon, JsonEditor, PermissionNote},
};

/// Tags or desired properties, to be merged into the twin.
#[component]
pub(super) fn ModulePatch(
    device_id: String,
    module_id: String,
    action: ServerAction<PatchModuleTwin>,
    view: Memo<DeviceView>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let is_tags = RwSignal::new(false);
    let result = action.value();
    Effect::new(move |_| {
        if matches!(result.get(), Some(Ok(_))) {
            text.set(String::new());
        }
    });
    let problem = Signal::derive(move || match result.get() {
        Some(Err(error)) => error.field("patch").cloned(),
        _ => None,
    });
    let limit = Signal::derive(move || {
        if is_tags.get() { ActionKind::Tags.max_bytes() } else { ActionKind::Desired.max_bytes() }
    });
    // What the user began with; a change by another one meanwhile is refused.
    let etag = RwSignal::new(view.with_untracked(|view| view.twin.etag.clone()));
    Effect::new(move |_| {
        let newest = view.with(|view| view.twin.etag.clone());
        if text.with(|text| text.trim().is_empty()) {
            etag.set(newest);
        }
    });
    let is_allowed = use_account().may(Action::DevicePatch);
    let refused = move || match result.get() {
        Some(Err(error)) if error.field("patch").is_none() => Some(view! { <ErrorPanel error /> }),
        _ => None,
    };
    let written = move || {
        let is_shown = matches!(result.get(), Some(Ok(_))) && text.with(String::is_empty);
        is_shown.then(|| {
            view! {
                <span class="status" data-status="succeeded">
                    <Icon name="circle-check" />
                    "Written"
                </span>
            }
        })
    };
    view! {
        <PostForm action>
            <input type="hidden" name="device_id" value=device_id />
            <input type="hidden" name="module_id" value=module_id />
            <input type="hidden" name="etag" value=etag.get_untracked() prop:value=move || etag.get() />
            <div class="stack">
                <Field id="module-section" label="Part of the twin">
                    <select
                        class="input"
                        id="module-section"
                        name="section"
                        on:change:target=move |event| is_tags.set(event.target().value() == "tags")
                    >
                        <option value="desired">"Desired properties"</option>
                        <option value="tags">"Tags"</option>
                    </select>
                </Field>
                <div class="field">
                    <label class="field__label" for="module-patch">
                        "JSON to merge"
                    </label>
                    <JsonEditor id="module-patch" name="patch" text limit />
                    <FieldProblem id="module-patch-problem" error=problem />
                </div>
                <div class="cluster">
                    <span role="status">{move || written()}</span>
                    <button
                        class="button"
                        type="submit"
                        disabled=move || !is_allowed || action.pending().get()
                    >
                        "Patch module"
                    </button>
                    <PermissionNote action=Action::DevicePatch />
                </div>
                {move || refused()}
            </div>
        </PostForm>
    }
    .into_any()
}

/// A direct method call. `answer` is what the module answered to a plain form.
#[component]
pub(super) fn ModuleInvoke(
    device_id: String,
    module_id: String,
    answer: Option<MethodAnswer>,
) -> impl IntoView {
    let invoke = ServerAction::<InvokeModuleMethod>::new();
    let method = RwSignal::new(String::new());
    let is_allowed = use_account().may(Action::DeviceInvoke);
    let is_waiting = move || invoke.pending().get();
    let shown = move || match invoke.value().get() {
        _ if is_waiting() => view! { <p class="field__hint">"Waiting for the answer."</p> }.into_any(),
        Some(Ok(answer)) => view! { <Answer answer /> }.into_any(),
        Some(Err(error)) => view! { <ErrorPanel error /> }.into_any(),
        None => match answer.clone() {
            Some(answer) => view! { <Answer answer /> }.into_any(),
            None => view! { <p class="field__hint">"The answer appears here."</p> }.into_any(),
        },
    };
    view! {
        <PostForm action=invoke>
            <input type="hidden" name="device_id" value=device_id />
            <input type="hidden" name="module_id" value=module_id />
            <div class="invoke__row">
                <Call method payload=String::new() />
                <button
                    class="button"
                    type="submit"
                    disabled=move || !is_allowed || is_waiting()
                >
                    <span class="invoke__label">"Invoke"</span>
                </button>
            </div>
            <PermissionNote action=Action::DeviceInvoke />
        </PostForm>
        <div class="invoke__answer" aria-live="polite">
            {move || shown()}
        </div>
    }
    .into_any()
}
