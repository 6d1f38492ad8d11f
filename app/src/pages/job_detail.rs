//! `/jobs/{id}`: one job from the first device to the last, while it runs and after.

mod drawer;
mod results;
mod summary;

use console_wire::job::JobSummary;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::not_found::NotThere;
use crate::{
    api::jobs::{CancelJob, JobView, get_job},
    components::{
        BadgeView, CancelDialog, Condition, Copy, ErrorPanel, Icon, Json, LiveBadge, Moment, StaleNotice,
        TimeText,
    },
    job_form::JobForm,
    live::{Live, use_live},
    paths,
    present::job,
};
use drawer::{DeviceRead, Drawer, use_device_result};
use results::{ResultRows, Results, use_result_rows};
use summary::{Chips, Summary};

/// What the address asks for, besides the job.
#[derive(Debug, Clone, Copy)]
struct View {
    /// The job.
    job_id: Memo<String>,
    /// One state of devices, or empty.
    state: Memo<String>,
    /// A part of a device id, or empty.
    find: Memo<String>,
    /// Where the page of results before ended, or empty.
    after: Memo<String>,
    /// The device in the drawer, or empty.
    device: Memo<String>,
}

impl View {
    /// The address of this view with another state and device; a new state starts at the first page.
    fn address(self, state: &str, device: &str) -> String {
        let (find, after) = (self.find.get(), self.after.get());
        let after = if state == self.state.get() { after.as_str() } else { "" };
        paths::with_query(
            &paths::job(&self.job_id.get()),
            &[("state", state), ("find", &find), ("after", after), ("device", device)],
        )
    }
}

/// The job page.
#[component]
pub(crate) fn JobPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let parameter =
        move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name)).unwrap_or_default());
    let view = View {
        job_id: Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default()),
        state: parameter("state"),
        find: parameter("find"),
        after: parameter("after"),
        device: parameter("device"),
    };
    let live = use_live();
    let cancel = ServerAction::<CancelJob>::new();
    let asks_to_cancel = query.with_untracked(|query| query.get("cancel").is_some());
    let read = Resource::new(
        move || (view.job_id.get(), live.missed(), cancel.version().get()),
        |(job_id, ..)| get_job(job_id),
    );
    let results = use_result_rows(view, live);
    let device = use_device_result(view, results.rereads);
    view! {
        <Title text=move || view.job_id.get() />
        <Transition>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(read) => {
                        live.open(paths::job_events(&read.job.job_id), read.sequence);
                        view! { <Loaded read results device view live cancel asks_to_cancel /> }.into_any()
                    }
                    Err(error) if error.is_not_found() => {
                        let title = format!("There is no job {}", view.job_id.get_untracked());
                        view! { <NotThere title text="It may be misspelt, or the hub has forgotten it: a hub keeps jobs for 30 days." /> }
                            .into_any()
                    }
                    Err(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>{view.job_id.get_untracked()}</h1>
                                <ErrorPanel error />
                            </main>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: JobView,
    results: ResultRows,
    device: DeviceRead,
    view: View,
    live: Live,
    cancel: ServerAction<CancelJob>,
    asks_to_cancel: bool,
) -> impl IntoView {
    let JobView { job: told, as_of, .. } = read;
    let asked = RwSignal::new((asks_to_cancel && job::can_cancel(&told)).then(|| told.clone()));
    let first = told.clone();
    let job = Memo::new(move |_| live.newest(&first));
    let reason = Memo::new(move |_| job.with(|job| job.failure_reason.clone()));
    view! {
        <main class="page" id="main" tabindex="-1">
            <Header told job as_of asked />
            <StaleNotice live />
            {move || {
                reason
                    .get()
                    .map(|reason| {
                        view! {
                            <div class="notice page__notice" data-tone="error">
                                <Icon name="circle-x" />
                                <span>
                                    <strong>"The job could not run."</strong>
                                    " "
                                    {reason}
                                </span>
                            </div>
                        }
                    })
            }}
            <Summary job as_of live />
            <div class="run__chips">
                <Chips job view />
                <LiveBadge live />
            </div>
            <div class="columns run__lists" class:columns--drawer=move || !view.device.with(String::is_empty)>
                <div class="run__left measured">
                    <Results job results view as_of />
                </div>
                <Drawer read=device view as_of />
            </div>
            <CancelDialog asked action=cancel />
        </main>
    }
    .into_any()
}

/// Id, state, what it does in a sentence, and what can be done with it.
#[component]
fn Header(
    told: JobSummary,
    job: Memo<JobSummary>,
    as_of: hub_wire::Timestamp,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let job_id = told.job_id.clone();
    let another = JobForm::like(&told).address(None);
    let start = Memo::new(move |_| job.with(|job| (job.status, job.start_time.unwrap_or(job.created_time))));
    let when = move || {
        let (status, at) = start.get();
        let word = match status {
            hub_wire::job::JobStatus::Scheduled => "starts ",
            hub_wire::job::JobStatus::Queued | hub_wire::job::JobStatus::Enqueued => "asked for ",
            _ => "started ",
        };
        view! {
            {word}
            <TimeText at as_of style=Moment::Clock />
        }
    };
    let origin = match told.origin {
        console_wire::job::Origin::Console => "from this console",
        console_wire::job::Origin::Hub => "by another client of the hub",
    };
    let can_cancel = Memo::new(move |_| job.with(job::can_cancel));
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::JOBS
                        aria-label="Back to jobs"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{job_id.clone()}</h1>
                    <BadgeView badge=Signal::derive(move || job.with(job::badge)) is_filled=true />
                    <Copy text=job_id.clone() what=job_id.clone() />
                </div>
                <p class="page__lead">
                    <Sentence told job />
                    <span>{when} " " {origin}</span>
                </p>
            </div>
            <div class="page__actions">
                <a class="button" href=another>
                    "Start another like this"
                </a>
                <form hidden=move || !can_cancel.get() method="get" action=paths::job(&job_id)>
                    <input type="hidden" name="cancel" value="ask" />
                    <button
                        class="button button--warns"
                        type="submit"
                        on:click=move |event| {
                            event.prevent_default();
                            asked.set(Some(job.get_untracked()));
                        }
                    >
                        "Cancel job…"
                    </button>
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// What is sent to how many devices where.
#[component]
fn Sentence(told: JobSummary, job: Memo<JobSummary>) -> impl IntoView {
    let (_, kind) = job::action_kind(&told);
    let payload = job::payload(&told);
    let is_method = told.cloud_to_device_method.is_some();
    let target = Memo::new(move |_| job.with(|job| (job.outcomes.total(), job.status.is_terminal())));
    let is_every_device = job::is_every_device(&told.query_condition);
    let count = move || match target.get() {
        (0, false) if is_every_device => "every device of the hub".to_owned(),
        (0, false) => "the devices".to_owned(),
        (count, _) if is_every_device => {
            format!("{}, every device of the hub", crate::present::number::devices(count))
        }
        (count, _) => crate::present::number::devices(count),
    };
    let action = if is_method {
        view! {
            <code>{told.action()}</code>
            {(payload != "null").then(|| view! { " with " <Json text=short(&payload) /> })}
        }
        .into_any()
    } else {
        view! {
            {kind}
            " "
            <Json text=short(&payload) />
        }
        .into_any()
    };
    let place = (!is_every_device).then(|| {
        view! {
            " where "
            <Condition text=told.query_condition.clone() />
        }
    });
    view! { <span>{action} " on " {count} {place}</span> }.into_any()
}

fn short(payload: &str) -> String {
    if payload.chars().count() <= 200 {
        return payload.to_owned();
    }
    let mut cut: String = payload.chars().take(200).collect();
    cut.push('…');
    cut
}
