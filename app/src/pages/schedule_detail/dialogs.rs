//! The dialogs: why it is paused, why it runs now, and whether it is deleted.

use console_wire::schedule::{MAX_COMMENT, Schedule};
use leptos::prelude::*;

use super::Actions;
use crate::{
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmQuestion, ErrorPanel},
};

fn id_of(schedule: Memo<Option<Schedule>>) -> String {
    schedule
        .with(|schedule| schedule.as_ref().map(|schedule| schedule.schedule_id.clone()))
        .unwrap_or_default()
}

fn name_of(schedule: Memo<Option<Schedule>>) -> String {
    schedule.with(|schedule| schedule.as_ref().map(|schedule| schedule.name.clone())).unwrap_or_default()
}

/// Asks for a comment before the schedule is paused, and before it runs now.
#[component]
pub(super) fn CommentDialog(schedule: Memo<Option<Schedule>>, actions: Actions) -> impl IntoView {
    let asks = actions.asks;
    // Closed when it was done.
    Effect::new(move |_| {
        let is_done = actions.pause.value().with(|value| matches!(value, Some(Ok(()))));
        if is_done && asks.get_untracked() == "pause" {
            asks.set("");
        }
    });
    Effect::new(move |_| {
        let is_done = actions.run.value().with(|value| matches!(value, Some(Ok(()))));
        if is_done && asks.get_untracked() == "run" {
            asks.set("");
        }
    });
    let close = Callback::new(move |()| asks.set(""));
    let pausing = Signal::derive(move || asks.get() == "pause");
    let running = Signal::derive(move || asks.get() == "run");
    let pause = view! {
        <button class="button button--primary" type="submit" disabled=move || actions.pause.pending().get()>
            "Pause schedule"
        </button>
    };
    let run = view! {
        <button class="button button--primary" type="submit" disabled=move || actions.run.pending().get()>
            "Run now"
        </button>
    };
    view! {
        <ConfirmDialog title_id="pause-title" is_open=pausing on_close=close>
            <PostForm action=actions.pause>
                <input type="hidden" name="schedule_id" value=untrack(move || id_of(schedule)) prop:value=move || id_of(schedule) />
                <ConfirmQuestion
                    title_id="pause-title"
                    title=Signal::derive(move || format!("Pause {}?", name_of(schedule)))
                    dismiss="Keep it running"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=pause.into_any()
                >
                    <p>"Nothing is started until a person resumes it. What is due meanwhile is not made up for. A run that goes on runs to its end."</p>
                    <Comment id="pause-comment" label="Why" is_required=true />
                    {move || actions.pause.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
        <ConfirmDialog title_id="run-title" is_open=running on_close=close>
            <PostForm action=actions.run>
                <input type="hidden" name="schedule_id" value=untrack(move || id_of(schedule)) prop:value=move || id_of(schedule) />
                <ConfirmQuestion
                    title_id="run-title"
                    title=Signal::derive(move || format!("Run {} now?", name_of(schedule)))
                    dismiss="Do not run"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=run.into_any()
                >
                    <p>"One run starts at once, with your rights, although the schedule may be paused. Its next runs stay as they are."</p>
                    <Comment id="run-comment" label="Why (optional)" is_required=false />
                    {move || actions.run.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}

#[component]
fn Comment(id: &'static str, label: &'static str, is_required: bool) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
            </label>
            <input
                type="text"
                class="input"
                id=id
                name="comment"
                maxlength=MAX_COMMENT.to_string()
                autocomplete="off"
                required=is_required
            />
        </div>
    }
    .into_any()
}

/// Asks before the schedule is deleted.
#[component]
pub(super) fn DeleteDialog(schedule: Memo<Option<Schedule>>, actions: Actions) -> impl IntoView {
    let close = Callback::new(move |()| actions.asks.set(""));
    let is_open = Signal::derive(move || actions.asks.get() == "delete");
    let confirm = view! {
        <button class="button button--danger" type="submit" disabled=move || actions.delete.pending().get()>
            "Delete schedule"
        </button>
    };
    view! {
        <ConfirmDialog title_id="delete-title" is_open on_close=close>
            <PostForm action=actions.delete>
                <input type="hidden" name="schedule_id" value=untrack(move || id_of(schedule)) prop:value=move || id_of(schedule) />
                <ConfirmQuestion
                    title_id="delete-title"
                    title=Signal::derive(move || format!("Delete the schedule {}?", name_of(schedule)))
                    dismiss="Keep schedule"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    <p>"Its history is deleted with it. Its jobs stay, and those that run go on to their end."</p>
                    {move || actions.delete.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}
