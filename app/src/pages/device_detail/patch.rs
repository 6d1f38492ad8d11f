//! A change of what is desired of one device.

use leptos::prelude::*;

use crate::{
    api::devices::PatchDesired,
    browser,
    components::{ErrorPanel, FieldProblem, Icon, JsonEditor},
    job_form::ActionKind,
    present::json,
};

/// The patch form; the page reads the twin again when it has been written.
#[component]
pub(super) fn Patch(device_id: String, patch: ServerAction<PatchDesired>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let is_interactive = browser::use_interactive();
    let result = patch.value();
    let problem = Signal::derive(move || match result.get() {
        Some(Err(error)) => error.field("patch").cloned(),
        _ => None,
    });
    let is_object = Memo::new(move |_| {
        text.with(|text| matches!(json::check(text), json::Check::Valid { is_object: true, .. }))
    });
    let name = device_id.clone();
    let label = move || {
        if patch.pending().get() {
            "Writing".to_owned()
        } else if is_interactive.get() && !is_object.get() {
            "Write a JSON object to patch".to_owned()
        } else {
            format!("Patch {name}")
        }
    };
    view! {
        <section class="panel" aria-labelledby="patch-title">
            <div class="panel__header">
                <h2 class="panel__title" id="patch-title">
                    "Patch desired properties"
                </h2>
                <span class="panel__note">
                    "merged, "
                    <code>"null"</code>
                    " removes"
                </span>
            </div>
            <ActionForm action=patch>
                <input type="hidden" name="device_id" value=device_id />
                <div class="stack">
                    <div class="field">
                        <label class="visually-hidden" for="patch">
                            "Desired properties to merge, JSON"
                        </label>
                        <JsonEditor id="patch" name="patch" text limit=ActionKind::Desired.max_bytes() />
                        <FieldProblem id="patch-problem" error=problem />
                    </div>
                    <div class="cluster">
                        <button
                            class="button"
                            type="submit"
                            disabled=move || patch.pending().get() || is_interactive.get() && !is_object.get()
                        >
                            {label}
                        </button>
                        <span role="status">
                            {move || {
                                matches!(result.get(), Some(Ok(_)))
                                    .then(|| {
                                        view! {
                                            <span class="status" data-status="succeeded">
                                                <Icon name="circle-check" />
                                                "Written"
                                            </span>
                                        }
                                    })
                            }}
                        </span>
                    </div>
                    {move || match result.get() {
                        Some(Err(error)) if error.field("patch").is_none() => {
                            Some(view! { <ErrorPanel error /> })
                        }
                        _ => None,
                    }}
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}
