//! Asks before a job is cancelled, or stopped while it runs, and shows what happens to its queued, running and finished
//! devices. The counts follow the job; those at the time of the click apply.

use console_wire::job::JobSummary;
use leptos::prelude::*;

use crate::{
    api::jobs::CancelJob,
    format::{number, stop},
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmQuestion, ErrorPanel, Icon},
};

/// Asks whether to cancel a job; open while there is one. Closing it in any way clears the signal.
#[component]
pub(crate) fn CancelDialog(
    /// The job to cancel.
    to_cancel: RwSignal<Option<JobSummary>>,
    /// The same job as it is now.
    #[prop(into)]
    job: Signal<Option<JobSummary>>,
    /// Cancels it.
    action: ServerAction<CancelJob>,
) -> impl IntoView {
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(_))) {
            to_cancel.set(None);
        }
    });
    let job = Memo::new(move |_| job.get());
    let job_id = move || job.with(|job| job.as_ref().map(|job| job.job_id.clone()).unwrap_or_default());
    let counts = move || job.with(|job| job.as_ref().map(|job| job.outcomes).unwrap_or_default());
    let words = Memo::new(move |_| job.with(|job| job.as_ref().map(stop::question).unwrap_or_default()));
    let queued = Memo::new(move |_| job.with(|job| job.as_ref().map(stop::queued).unwrap_or_default()));
    let is_possible = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(stop::is_possible)));
    let close = Callback::new(move |()| to_cancel.set(None));
    let confirm = view! {
        <button class="button button--danger" type="submit" disabled=move || action.pending().get() || !is_possible.get()>
            {move || words.with(|(_, button)| button.clone())}
        </button>
    };
    view! {
        <ConfirmDialog
            title_id="cancel-title"
            is_open=Signal::derive(move || to_cancel.with(Option::is_some))
            on_close=close
        >
            <PostForm action>
                <input type="hidden" name="job_id" prop:value=job_id value=untrack(job_id) />
                <ConfirmQuestion
                    title_id="cancel-title"
                    title=Signal::derive(move || words.with(|(title, _)| title.clone()))
                    dismiss="Keep job"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    // Names need not be unique.
                    <p class="field__hint">
                        <code>{job_id}</code>
                    </p>
                    <dl class="consequences">
                        <Consequence
                            icon="circle-dashed"
                            status="queued"
                            name="Queued"
                            count=Memo::new(move |_| counts().queued)
                            words=move |_| queued.get()
                        />
                        <Consequence
                            icon="loader-circle"
                            status="inFlight"
                            name="In flight"
                            count=Memo::new(move |_| counts().in_flight)
                            words=move |count| match count {
                                0 => (String::new(), String::new()),
                                _ => (
                                    "Cannot be cancelled.".to_owned(),
                                    "These devices may still act. Each answer is recorded.".to_owned(),
                                ),
                            }
                        />
                        <Consequence
                            icon="circle-check"
                            status="completed"
                            name="Finished"
                            count=Memo::new(move |_| counts().finished())
                            words=move |_| stop::finished(&counts())
                        />
                    </dl>
                    <p class="field__hint">"Counts may change until you confirm."</p>
                    {move || {
                        action.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })
                    }}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}

/// What happens to the devices in one state.
#[component]
fn Consequence(
    icon: &'static str,
    status: &'static str,
    name: &'static str,
    count: Memo<u64>,
    /// A claim and its detail.
    words: impl Fn(u64) -> (String, String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div>
            <dt>
                <span class="status" data-status=status>
                    <Icon name=icon />
                    {name}
                </span>
                <span class="consequences__count">{move || number::grouped(count.get())}</span>
            </dt>
            <dd>
                <strong>{move || words(count.get()).0}</strong>
                {move || words(count.get()).1}
            </dd>
        </div>
    }
    .into_any()
}
