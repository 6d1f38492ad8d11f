//! A change of what is desired of one device, or of its tags: what it would do is said before the button.

use hub_wire::twin::{Object, Twin, own_members, section_version};
use leptos::{prelude::*, server_fn::ServerFn as _};

use super::preview::{Changes, Conflict};
use crate::{
    api::devices::{DeviceView, PatchTwin},
    browser,
    components::{ErrorPanel, FieldProblem, Fields, Icon, JsonEditor, PostForm},
    job_form::ActionKind,
    poll::Polled,
    present::patch::{changes, drift_sentence, merged, sentence},
    reactive::{effect, memo},
};

/// What the button says while there is nothing to send.
const UNREADY: &str = "Write a JSON object to patch";

/// Which part of the twin a form changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The desired properties.
    Desired,
    /// The tags.
    Tags,
}

impl Section {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Desired => "desired",
            Self::Tags => "tags",
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::Desired => ActionKind::Desired.max_bytes(),
            Self::Tags => ActionKind::Tags.max_bytes(),
        }
    }

    /// The part of a twin.
    pub(super) fn of(self, twin: &Twin) -> &Object {
        match self {
            Self::Desired => &twin.properties.desired,
            Self::Tags => &twin.tags,
        }
    }

    /// Element ids and label of its form: field, label, problem.
    const fn ids(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Desired => ("patch", "Desired properties to merge, JSON", "patch-problem"),
            Self::Tags => ("patch-tags", "Tags to merge, JSON", "patch-tags-problem"),
        }
    }

    /// The version that a person knows this part by.
    pub(super) fn version(self, twin: &Twin) -> u64 {
        match self {
            Self::Desired => section_version(&twin.properties.desired),
            Self::Tags => twin.version,
        }
    }
}

/// The patch form.
#[component]
pub(super) fn Patch(
    device_id: String,
    polled: Polled<DeviceView>,
    section: Section,
    action: ServerAction<PatchTwin>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let is_interactive = browser::use_interactive();
    let view = polled.newest();
    // The twin as it was when somebody began to write: what they look at while they decide.
    let base = RwSignal::new(view.with_untracked(|view| view.twin.clone()));
    effect(move || {
        let is_idle = text.with(|text| text.trim().is_empty());
        if is_idle {
            base.set(view.with(|view| view.twin.clone()));
        }
    });
    let result = action.value();
    effect(move || match result.get() {
        Some(Ok(written)) => {
            text.set(String::new());
            polled.take(written);
        }
        Some(Err(error)) if error.0.kind == "conflict" => polled.again(),
        _ => {}
    });
    let problem = Signal::derive(move || match result.get() {
        Some(Err(error)) => error.field("patch").cloned(),
        _ => None,
    });
    let patch = memo(move || {
        text.with(|text| serde_json::from_str::<serde_json::Value>(text).ok()?.as_object().cloned())
            .filter(|patch| own_members(patch).next().is_some())
    });
    let is_typed = memo(move || text.with(|text| !text.trim().is_empty()));
    let is_conflict = memo(move || {
        // While one's own change is on its way, a read may already have it.
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
    let is_blocked = move || {
        action.pending().get() || is_interactive.get() && (patch.with(Option::is_none) || is_conflict.get())
    };
    let send = move |fields: Fields| {
        action.dispatch(PatchTwin {
            device_id: fields.text("device_id"),
            section: fields.text("section"),
            patch: fields.text("patch"),
            etag: fields.text("etag"),
        });
    };
    let (id, label_id, problem_id) = section.ids();
    view! {
        <PostForm to=PatchTwin::url() send=send>
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
                </div>
                {move || {
                    is_conflict
                        .get()
                        .then(|| view! { <Conflict section base=base.get() newest=view.with(|view| view.twin.clone()) keep=Callback::new(move |()| base.set(view.with_untracked(|view| view.twin.clone()))) /> })
                }}
                <div class="device__diff">
                    <div>{move || patch.get().map(|patch| view! { <Told section patch base=base.get() /> })}</div>
                    <div class="cluster">
                        <Written is_shown=Signal::derive(move || matches!(result.get(), Some(Ok(_))) && !is_typed.get()) />
                        <button class="button" type="submit" data-longest=UNREADY disabled=move || is_blocked()>
                            {move || label()}
                        </button>
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

/// What a patch would do.
#[component]
fn Told(section: Section, patch: Object, base: Twin) -> impl IntoView {
    let before = section.of(&base);
    let after = merged(before, &patch);
    let found = changes(before, &after);
    let drift = (section == Section::Desired).then(|| drift_sentence(&base.properties, &after)).flatten();
    let own: Object = own_members(&after).map(|(name, value)| (name.clone(), value.clone())).collect();
    let size = serde_json::Value::Object(own).to_string().len();
    view! { <Changes sentence=sentence(&found) drift changes=found size limit=section.limit() /> }.into_any()
}

/// That the change has been written.
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
