//! A word before somebody leaves with changes. Asked once: who says to leave is not asked again.

use leptos::{html::Dialog, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::draft::Draft;
use crate::browser;

/// The question.
#[component]
pub(super) fn LeaveDialog(draft: Draft) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let is_open = RwSignal::new(false);
    browser::follow_dialog(dialog, is_open);
    let leads_to = RwSignal::new(String::new());
    let navigate = use_navigate();
    browser::on_leave(Signal::derive(move || draft.is_dirty()), move |href| {
        leads_to.set(href);
        is_open.set(true);
    });
    let leave = move |_| {
        draft.is_done.set(true);
        is_open.set(false);
        navigate(&leads_to.get_untracked(), NavigateOptions::default());
    };
    view! {
        <dialog class="dialog" aria-labelledby="leave-title" node_ref=dialog on:close=move |_| is_open.set(false)>
            <div class="dialog__body">
                <h2 class="dialog__title" id="leave-title">
                    "Leave this form?"
                </h2>
                <p>"Nothing has been sent. What you have changed here is lost."</p>
            </div>
            <div class="dialog__foot">
                <button class="button" type="button" autofocus on:click=move |_| is_open.set(false)>
                    "Keep editing"
                </button>
                <button class="button button--warns" type="button" on:click=leave>
                    "Leave"
                </button>
            </div>
        </dialog>
    }
    .into_any()
}
