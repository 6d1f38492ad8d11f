//! Asks before a job is sent to many devices, or to many that are offline, and has their number typed.

use leptos::prelude::*;

use super::form_state::FormState;
use crate::{
    format::number,
    kit::{ConfirmDialog, ConfirmNumber, ConfirmQuestion},
};

/// A job that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// What is about to happen: `Run lockDoor on 1,204 devices`, `Create schedule`.
    pub(super) action: String,
    /// How many devices; `None` when they could not be counted.
    pub(super) targets: Option<u64>,
    /// What to know before, in sentences.
    pub(super) cautions: Vec<String>,
}

/// The dialog; open while there is a question. It sends the form.
#[component]
pub(super) fn ConfirmRun(state: FormState, question: RwSignal<Option<Question>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if question.with(Option::is_some) {
            typed.set(String::new());
        }
    });
    // While the dialog closes it shows what it showed before.
    let shown = Memo::new(move |before: Option<&Option<Question>>| {
        question.get().or_else(|| before.cloned().flatten())
    });
    let action =
        move || shown.with(|shown| shown.as_ref().map(|asked| asked.action.clone()).unwrap_or_default());
    let targets = Memo::new(move |_| shown.with(|shown| shown.as_ref()?.targets));
    let is_confirmed =
        move || targets.get().is_none_or(|count| typed.with(|typed| number::is_typed(typed, count)));
    let close = Callback::new(move |()| question.set(None));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(is_confirmed) {
            return;
        }
        question.set(None);
        if let Some(form) = state.node.get_untracked() {
            let _ = form.request_submit();
        }
    };
    let confirm = view! {
        <button class="button button--primary" type="submit" disabled=move || !is_confirmed()>
            {action}
        </button>
    };
    let cautions = move || {
        let cautions =
            shown.with(|shown| shown.as_ref().map(|asked| asked.cautions.clone()).unwrap_or_default());
        cautions.into_iter().map(|caution| view! { <p>{caution}</p> }).collect_view()
    };
    view! {
        <ConfirmDialog
            title_id="confirm-run-title"
            is_open=Signal::derive(move || question.with(Option::is_some))
            on_close=close
        >
            <form on:submit=send>
                <ConfirmQuestion
                    title_id="confirm-run-title"
                    title=Signal::derive(move || format!("{}?", action()))
                    dismiss="Keep editing"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    {cautions}
                    {move || {
                        targets
                            .get()
                            .map(|count| view! { <ConfirmNumber id="confirm-number" number=count typed /> })
                    }}
                </ConfirmQuestion>
            </form>
        </ConfirmDialog>
    }
    .into_any()
}
