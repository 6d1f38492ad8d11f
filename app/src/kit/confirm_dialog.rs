//! A modal dialog that asks before something is done.

use leptos::{html::Dialog, prelude::*};

use super::dom;
use crate::format::number;

/// The dialog. It contains a [`ConfirmQuestion`], inside a form where the answer is sent by one.
#[component]
pub(crate) fn ConfirmDialog(
    /// Element id of the title, the same as the question's.
    title_id: &'static str,
    /// Whether the dialog is open.
    #[prop(into)]
    is_open: Signal<bool>,
    /// Called when the dialog is closed in any way; has to make `is_open` false.
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    dom::sync_dialog(dialog, is_open);
    view! {
        <dialog
            class="dialog"
            aria-labelledby=title_id
            node_ref=dialog
            open=is_open.get_untracked()
            on:close=dom::deferred(move |_| on_close.run(()))
        >
            {children()}
        </dialog>
    }
    .into_any()
}

/// The title, the text and the buttons of a [`ConfirmDialog`].
#[component]
pub(crate) fn ConfirmQuestion(
    /// Element id of the title.
    title_id: &'static str,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// Label of the button that closes the dialog and does nothing else.
    dismiss: &'static str,
    /// Called by that button.
    on_dismiss: Callback<()>,
    /// Type of that button: `submit` in a form that also has to work without scripts.
    #[prop(default = "button")]
    dismiss_type: &'static str,
    /// The button that confirms.
    confirm: AnyView,
    /// The text below the title.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="dialog__body">
            <h2 class="dialog__title" id=title_id>
                {move || title.get()}
            </h2>
            {children()}
        </div>
        <div class="dialog__foot">
            <button
                class="button"
                type=dismiss_type
                formmethod=(dismiss_type == "submit").then_some("dialog")
                autofocus
                on:click=move |event| {
                    event.prevent_default();
                    on_dismiss.run(());
                }
            >
                {dismiss}
            </button>
            {confirm}
        </div>
    }
    .into_any()
}

/// A field in a [`ConfirmQuestion`] for the number of devices, so that a job on many is not confirmed by habit. The
/// button that confirms is disabled until [`number::is_typed`] holds for the text.
#[component]
pub(crate) fn ConfirmNumber(
    /// Element id of the field.
    id: &'static str,
    /// The number.
    #[prop(into)]
    number: Signal<u64>,
    /// The text of the field.
    typed: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {move || format!("Type {} to confirm", number::grouped(number.get()))}
            </label>
            <input
                type="text"
                class="input dialog__number"
                id=id
                inputmode="numeric"
                autocomplete="off"
                prop:value=move || typed.get()
                on:input:target=move |event| typed.set(event.target().value())
            />
        </div>
    }
    .into_any()
}
