//! Asks before the user leaves the form with unsaved changes. After "Leave" it does not ask again.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::form_state::FormState;
use crate::kit::{
    ConfirmDialog, ConfirmQuestion,
    dom::{self, Leaving},
};

/// The dialog.
#[component]
pub(super) fn UnsavedChangesDialog(state: FormState) -> impl IntoView {
    let leaving = RwSignal::new(None::<Leaving>);
    let navigate = use_navigate();
    let location = use_location();
    let here = move || match location.search.get_untracked().as_str() {
        "" => location.pathname.get_untracked(),
        search => format!("{}?{search}", location.pathname.get_untracked()),
    };
    dom::guard_navigation(Signal::derive(move || state.is_dirty()), here, move |how| leaving.set(Some(how)));
    let leave = move |_| {
        let Some(how) = leaving.get_untracked() else { return };
        state.is_done.set(true);
        leaving.set(None);
        match how {
            Leaving::To(address) => navigate(&address, NavigateOptions::default()),
            Leaving::History => dom::go_back(),
        }
    };
    let close = Callback::new(move |()| leaving.set(None));
    let confirm = view! {
        <button class="button button--warns" type="button" on:click=leave>
            "Leave"
        </button>
    };
    view! {
        <ConfirmDialog
            title_id="leave-title"
            is_open=Signal::derive(move || leaving.with(Option::is_some))
            on_close=close
        >
            <ConfirmQuestion
                title_id="leave-title"
                title="Leave this form?"
                dismiss="Keep editing"
                on_dismiss=close
                confirm=confirm.into_any()
            >
                <p>"Nothing has been sent. What you have changed here is lost."</p>
            </ConfirmQuestion>
        </ConfirmDialog>
    }
    .into_any()
}
