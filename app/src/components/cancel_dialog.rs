//! The question before a job is cancelled: what happens to its devices, and the button that says so.

use console_wire::job::JobSummary;
use leptos::{html::Dialog, prelude::*};

use super::{ErrorPanel, Icon};
use crate::{
    api::jobs::CancelJob,
    browser,
    present::{job, number},
};

/// Asks whether to cancel `asked`; open while there is one. Closing it, in any way, takes `asked` away.
#[component]
pub(crate) fn CancelDialog(
    /// The job in question.
    asked: RwSignal<Option<JobSummary>>,
    /// Cancels it.
    action: ServerAction<CancelJob>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    // Open in the first frame when the address asks, so that it also works as a plain form.
    let is_open_at_first = asked.with_untracked(Option::is_some);
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            browser::show_dialog(dialog);
        } else {
            browser::close_dialog(dialog);
        }
    });
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(_))) {
            asked.set(None);
        }
    });
    let job_id = move || asked.with(|job| job.as_ref().map(|job| job.job_id.clone()).unwrap_or_default());
    let count = move || asked.with(|job| job.as_ref().map_or(0, |job| job.outcomes.queued));
    view! {
        <dialog
            class="dialog"
            aria-labelledby="cancel-title"
            node_ref=dialog
            open=is_open_at_first
            on:close=move |_| asked.set(None)
        >
            <ActionForm action>
                <input type="hidden" name="job_id" prop:value=job_id value=untrack(job_id) />
                <div class="dialog__body">
                    <h2 class="dialog__title" id="cancel-title">
                        {move || format!("Cancel {}?", job_id())}
                    </h2>
                    <dl class="consequences">
                        <div>
                            <dt>
                                <span class="status" data-status="scheduled">
                                    <Icon name="calendar-clock" />
                                    {move || asked.with(|job| job.as_ref().map_or("", |job| job::badge(job).word))}
                                </span>
                                <span class="consequences__count" hidden=move || count() == 0>
                                    {move || number::grouped(count())}
                                </span>
                            </dt>
                            <dd>
                                <strong>"Will not be sent."</strong>
                                "The job ends as Cancelled and no device hears of it."
                            </dd>
                        </div>
                    </dl>
                    <p class="field__hint">
                        "If the job begins in the meantime the hub keeps it running, and this page says so."
                    </p>
                    {move || {
                        action.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })
                    }}
                </div>
                <div class="dialog__foot">
                    <button class="button" type="submit" formmethod="dialog" autofocus on:click=move |event| {
                        event.prevent_default();
                        asked.set(None);
                    }>
                        "Keep running"
                    </button>
                    <button class="button button--danger" type="submit" disabled=move || action.pending().get()>
                        {move || match count() {
                            0 => "Cancel job".to_owned(),
                            count => format!("Cancel job, {} unsent", number::devices(count)),
                        }}
                    </button>
                </div>
            </ActionForm>
        </dialog>
    }
    .into_any()
}
