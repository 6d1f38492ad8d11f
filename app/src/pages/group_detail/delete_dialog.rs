//! Asks before the group is deleted.

use console_wire::group::Group;
use leptos::prelude::*;

use crate::{
    api::groups::DeleteGroup,
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmQuestion, ErrorPanel},
};

/// The dialog.
#[component]
pub(super) fn DeleteDialog(
    /// The group.
    group: Memo<Option<Group>>,
    /// Whether it is open.
    is_open: RwSignal<bool>,
    /// Deletes it.
    action: ServerAction<DeleteGroup>,
) -> impl IntoView {
    let group_id =
        move || group.with(|group| group.as_ref().map(|group| group.group_id.clone()).unwrap_or_default());
    let name = move || group.with(|group| group.as_ref().map(|group| group.name.clone()).unwrap_or_default());
    let is_kept =
        Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.used_by.keeps_it())));
    let close = Callback::new(move |()| is_open.set(false));
    let words = move || {
        if is_kept.get() {
            "A job that has not ended, a template, a schedule or a scope uses this group. Wait for the job, or change the others first."
        } else {
            "The devices stay as they are. Jobs that ran on it keep its name and their results."
        }
    };
    let confirm = view! {
        <button
            class="button button--danger"
            type="submit"
            disabled=move || action.pending().get() || is_kept.get()
        >
            "Delete group"
        </button>
    };
    view! {
        <ConfirmDialog title_id="delete-title" is_open on_close=close>
            <PostForm action>
                <input type="hidden" name="group_id" prop:value=group_id value=untrack(group_id) />
                <ConfirmQuestion
                    title_id="delete-title"
                    title=Signal::derive(move || format!("Delete the group {}?", name()))
                    dismiss="Keep group"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    <p>{words}</p>
                    {move || {
                        action.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })
                    }}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}
