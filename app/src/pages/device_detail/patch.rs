//! The form that patches a device's desired properties or tags. The changes it would make are listed above the button.

use console_wire::access::Action;
use hub_wire::twin::{Object, Twin, own_members};
use leptos::prelude::*;

use super::{
    preview::{Changes, Conflict},
    section::Section,
};
use crate::{
    account::use_account,
    api::devices::{DeviceView, PatchTwin},
    data::read::Reading,
    format::patch::{changes, drift_sentence, merged, sentence},
    forms::{PostForm, job::pasted},
    kit::{ErrorPanel, FieldNotice, FieldProblem, Icon, JsonEditor, PermissionNote, dom},
};

/// The button's label while there is nothing to send.
const UNREADY: &str = "Write a JSON object to patch";

/// The patch form.
#[component]
pub(super) fn Patch(
    device_id: String,
    read: Reading<String, DeviceView>,
    view: Memo<DeviceView>,
    section: Section,
    action: ServerAction<PatchTwin>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let is_interactive = dom::use_interactive();
    // The twin as it was when the user began to type; the patch is compared with it.
    let base = RwSignal::new(view.with_untracked(|view| view.twin.clone()));
    Effect::new(move |_| {
        let is_idle = text.with(|text| text.trim().is_empty());
        if is_idle {
            base.set(view.with(|view| view.twin.clone()));
        }
    });
    let result = action.value();
    Effect::new(move |_| match result.get() {
        Some(Ok(written)) => {
            text.set(String::new());
            read.set(written);
        }
        Some(Err(error)) if error.0.kind == "conflict" => read.refetch(),
        _ => {}
    });
    // Where the text is not JSON the editor says so.
    let problem = Signal::derive(move || match result.get() {
        Some(Err(error)) => error.field("patch").filter(|error| error.column.is_none()).cloned(),
        _ => None,
    });
    let patch = Memo::new(move |_| {
        text.with(|text| {
            let pasted = pasted::read(section.kind(), "", serde_json::from_str(text).ok()?).ok()?;
            pasted.value.as_object().cloned()
        })
        .filter(|patch| own_members(patch).next().is_some())
    });
    let is_typed = Memo::new(move |_| text.with(|text| !text.trim().is_empty()));
    let is_conflict = Memo::new(move |_| {
        // While the patch is being sent, a read may already contain it.
        is_typed.get()
            && !action.pending().get()
            && view.with(|view| base.with(|base| section.of(base) != section.of(&view.twin)))
    });
    let name = device_id.clone();
    let label = move || match (action.pending().get(), is_interactive.get() && patch.with(Option::is_none)) {
        (true, _) => "Writing".to_owned(),
        (false, true) => UNREADY.to_owned(),
        (false, false) if section == Section::Tags => format!("Patch tags of {name}"),
        (false, false) => format!("Patch {name}"),
    };
    let is_allowed = use_account().may(Action::DevicePatch);
    let is_blocked = move || {
        !is_allowed
            || action.pending().get()
            || is_interactive.get() && (patch.with(Option::is_none) || is_conflict.get())
    };
    let (id, label_id, problem_id) = section.ids();
    view! {
        <PostForm action>
            <input type="hidden" name="device_id" value=device_id />
            <input type="hidden" name="section" value=section.as_str() />
            <input
                type="hidden"
                name="etag"
                value=base.with_untracked(|base| base.etag.clone())
                prop:value=move || base.with(|base| base.etag.clone())
            />
            <div class="stack">
                <div class="field">
                    <label class="visually-hidden" for=id>
                        {label_id}
                    </label>
                    <JsonEditor id name="patch" text limit=section.limit() />
                    <FieldProblem id=problem_id error=problem />
                    <FieldNotice text=notice(section, text) />
                </div>
                {move || {
                    is_conflict
                        .get()
                        .then(|| view! { <Conflict section base=base.get() newest=view.with(|view| view.twin.clone()) keep=Callback::new(move |()| base.set(view.with_untracked(|view| view.twin.clone()))) /> })
                }}
                <div class="device__diff">
                    <div>{move || patch.get().map(|patch| view! { <PatchPreview section patch base=base.get() /> })}</div>
                    <div class="cluster">
                        <Written is_shown=Signal::derive(move || matches!(result.get(), Some(Ok(_))) && !is_typed.get()) />
                        <button class="button" type="submit" data-longest=UNREADY disabled=is_blocked>
                            {move || label()}
                        </button>
                        <PermissionNote action=Action::DevicePatch />
                    </div>
                </div>
                {move || match result.get() {
                    Some(Err(error)) if error.field("patch").is_none() && !is_conflict.get() => {
                        Some(view! { <ErrorPanel error /> })
                    }
                    _ => None,
                }}
            </div>
        </PostForm>
    }
    .into_any()
}

/// What is left out of a pasted document, or why it cannot be used here.
fn notice(section: Section, text: RwSignal<String>) -> Signal<Option<String>> {
    Signal::derive(move || {
        let typed = text.with(|text| serde_json::from_str(text).ok())?;
        match pasted::read(section.kind(), "", typed) {
            Ok(pasted) => pasted.notice,
            Err(refused) => Some(refused),
        }
    })
}

/// The changes that a patch would make.
#[component]
fn PatchPreview(section: Section, patch: Object, base: Twin) -> impl IntoView {
    let before = section.of(&base);
    let after = merged(before, &patch);
    let found = changes(before, &after);
    let drift = (section == Section::Desired).then(|| drift_sentence(&base.properties, &after)).flatten();
    let own: Object = own_members(&after).map(|(name, value)| (name.clone(), value.clone())).collect();
    let size = serde_json::Value::Object(own).to_string().len();
    view! { <Changes sentence=sentence(&found) drift changes=found size limit=section.limit() /> }.into_any()
}

/// Confirms that the change was written.
#[component]
fn Written(is_shown: Signal<bool>) -> impl IntoView {
    let word = move || {
        is_shown.get().then(|| {
            view! {
                <span class="status" data-status="succeeded">
                    <Icon name="circle-check" />
                    "Written"
                </span>
            }
        })
    };
    view! { <span role="status">{move || word()}</span> }.into_any()
}
