//! The question before a job is cancelled: what happens to its queued, running and finished devices, and the button
//! that says so. Its counts move with the job; those at the click apply. Its program comes when it is first asked.

use console_wire::job::JobSummary;
use leptos::{html::Dialog, lazy, prelude::*, server_fn::ServerFn as _};

use super::{ErrorPanel, Fields, Icon, OnFirstUse, PostForm};
use crate::{
    api::jobs::CancelJob,
    browser,
    live::Live,
    present::{number, outcome},
    reactive::{effect, memo},
};

/// Asks whether to cancel `asked`; open while there is one. Closing it, in any way, takes `asked` away.
#[component]
pub(crate) fn CancelDialog(
    /// The job in question.
    asked: RwSignal<Option<JobSummary>>,
    /// Cancels it.
    action: ServerAction<CancelJob>,
    /// Where the job's counts come from while the dialog is open.
    #[prop(optional)]
    live: Option<Live>,
) -> impl IntoView {
    // There in the first frame when the address asks, so that it also works as a plain form.
    if asked.with_untracked(Option::is_some) {
        return Suspend::new(cancel_part(asked, action, live)).into_any();
    }
    let wanted = Signal::derive(move || asked.with(Option::is_some));
    view! { <OnFirstUse wanted part=Box::new(move || Box::pin(cancel_part(asked, action, live))) /> }
        .into_any()
}

/// Whether the page at an address may ask from the first frame on.
#[cfg(feature = "hydrate")]
pub(crate) fn asks_to_cancel(address: &str) -> bool {
    address.split(['?', '&']).any(|piece| piece.starts_with("cancel="))
}

/// Fetches the question, before one is taken over from the server.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_cancel_part() {
    __preload_cancel_part().await;
}

#[lazy]
fn cancel_part(
    asked: RwSignal<Option<JobSummary>>,
    action: ServerAction<CancelJob>,
    live: Option<Live>,
) -> AnyView {
    view! { <Question asked action live /> }.into_any()
}

#[component]
fn Question(
    asked: RwSignal<Option<JobSummary>>,
    action: ServerAction<CancelJob>,
    live: Option<Live>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let is_open_at_first = asked.with_untracked(Option::is_some);
    effect(move || {
        // The node is not there yet when the part has just come.
        if asked.with(Option::is_some) && dialog.get().is_some() {
            browser::show_dialog(dialog);
        } else {
            browser::close_dialog(dialog);
        }
    });
    effect(move || {
        if matches!(action.value().get(), Some(Ok(_))) {
            asked.set(None);
        }
    });
    let send = move |fields: Fields| {
        action.dispatch(CancelJob { job_id: fields.text("job_id") });
    };
    let job_id = move || asked.with(|job| job.as_ref().map(|job| job.job_id.clone()).unwrap_or_default());
    let job = memo(move || {
        asked.with(|job| job.as_ref().map(|job| live.map_or_else(|| job.clone(), |live| live.newest(job))))
    });
    let counts = move || job.with(|job| job.as_ref().map(|job| job.outcomes).unwrap_or_default());
    let queued = memo(move || counts().queued);
    view! {
        <dialog
            class="dialog"
            aria-labelledby="cancel-title"
            node_ref=dialog
            open=is_open_at_first
            on:close=move |_| asked.set(None)
        >
            <PostForm to=CancelJob::url() send=send>
                <input type="hidden" name="job_id" prop:value=move || job_id() value=untrack(job_id) />
                <div class="dialog__body">
                    <h2 class="dialog__title" id="cancel-title">
                        {move || format!("Cancel {}?", job_id())}
                    </h2>
                    <dl class="consequences">
                        <Consequence
                            icon="circle-dashed"
                            status="queued"
                            name="Queued"
                            count=queued
                            claim=move |count| if count == 0 { "Not counted yet." } else { "Will not be sent." }
                            detail=move |count| match count {
                                0 => "The job ends as Cancelled and no device hears of it.".to_owned(),
                                _ => "They end as Cancelled and can be rerun from the job's page.".to_owned(),
                            }
                        />
                        <Consequence
                            icon="loader-circle"
                            status="inFlight"
                            name="In flight"
                            count=memo(move || counts().in_flight)
                            claim=move |count| if count == 0 { "Nothing is on its way." } else { "Cannot be called back." }
                            detail=move |count| match count {
                                0 => String::new(),
                                _ => "These devices may still act. Each answer is recorded.".to_owned(),
                            }
                        />
                        <Consequence
                            icon="circle-check"
                            status="completed"
                            name="Finished"
                            count=memo(move || counts().finished())
                            claim=move |count| if count == 0 { "Nothing is done yet." } else { "Stay as they are." }
                            detail=move |count| match count {
                                0 => "There is nothing to undo.".to_owned(),
                                _ => format!("Nothing is undone: {}.", outcome::summary(&counts())),
                            }
                        />
                    </dl>
                    <p class="field__hint">
                        "The counts at the moment of the click apply. If the job begins in the meantime the hub keeps it running, and this page says so."
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
                        {move || match queued.get() {
                            0 => "Cancel job".to_owned(),
                            count => format!("Cancel job, {} unsent", number::devices(count)),
                        }}
                    </button>
                </div>
            </PostForm>
        </dialog>
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
    claim: impl Fn(u64) -> &'static str + Copy + Send + Sync + 'static,
    detail: impl Fn(u64) -> String + Copy + Send + Sync + 'static,
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
                <strong>{move || claim(count.get())}</strong>
                {move || detail(count.get())}
            </dd>
        </div>
    }
    .into_any()
}
