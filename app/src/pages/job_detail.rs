//! `/jobs/{id}`: one job, while it runs and after. The address says what is shown. All numbers, rows and charts are those
//! of one snapshot, which is read again when the event stream says that the job has changed.

mod context;
mod drawer;
mod printed;
mod rerun_dialog;
mod results;
mod rollout;
mod snapshots;
mod summary;
mod url_state;

use console_wire::job::JobSummary;
use hub_wire::job::{JobStatus, JobType};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{
    context::{DeviceReading, JobPage, use_job_page},
    drawer::{Drawer, ResizeHandle, use_device},
    printed::{Printed, prepare_rows},
    rerun_dialog::{RerunDialog, RerunQuestion},
    results::{Chips, PointerIdle, Results},
    rollout::{RolloutCommands, RolloutDialogs, RolloutNotices, RolloutPanels},
    snapshots::{Snapshots, use_snapshots},
    summary::{
        Causes, CountNotice, CurvePanel, Header, Insight, JobStats, LandingPanel, Latency, no_insight,
    },
    url_state::JobUrl,
};
use super::not_found::NotThere;
use crate::{
    api::{job_rerun::RerunJob, job_snapshot::JobSnapshot, jobs::CancelJob},
    data::live::{Live, use_live},
    error::ApiError,
    format::stop,
    kit::{ErrorPanel, Icon, TabProgress, TimeFormat, TimeText, UnknownParams, dom, title_of},
    layout::{LiveBadge, StaleNotice},
    pages::cancel_dialog::CancelDialog,
    paths,
};

/// What exists once for all jobs that the page shows one after the other. It is made outside of the parts that wait for
/// data: the server may render such a part twice, and would read everything in it twice.
#[derive(Clone, Copy)]
struct Inputs {
    url: JobUrl,
    live: Live,
    snapshots: Snapshots,
    device: DeviceReading,
    cancel: ServerAction<CancelJob>,
    rerun: ServerAction<RerunJob>,
    commands: RolloutCommands,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Job(String),
    Failed(String, ApiError),
}

impl Shown {
    /// After a good answer the page stays, whatever fails in the background; but a job that is not there is not shown.
    fn of(before: Option<&Self>, job_id: &str, result: Result<&JobSnapshot, &ApiError>) -> Self {
        match result {
            Ok(_) => Self::Job(job_id.to_owned()),
            Err(error) => match before {
                Some(Self::Job(before)) if before == job_id && !error.is_not_found() => {
                    Self::Job(job_id.to_owned())
                }
                _ => Self::Failed(job_id.to_owned(), error.clone()),
            },
        }
    }
}

/// The job page.
#[component]
pub(crate) fn JobPage() -> impl IntoView {
    let url = JobUrl::use_address();
    let live = use_live();
    let cancel = ServerAction::<CancelJob>::new();
    let snapshots = use_snapshots(url, live);
    let reading = snapshots.reading;
    let commands = RolloutCommands::new();
    reading.refetch_when(move || cancel.version().get() + commands.version());
    let sequence = Memo::new(move |_| {
        reading.good().with(|good| good.as_ref().map_or(0, |good| good.value.job.sequence))
    });
    let device = use_device(url, sequence);
    let inputs = Inputs { url, live, snapshots, device, cancel, rerun: ServerAction::new(), commands };
    let shown = Memo::new(move |before: Option<&Option<Shown>>| {
        let before = before.and_then(Option::as_ref);
        reading.answer().with(|answer| {
            let answer = answer.as_ref()?;
            Some(Shown::of(before, &answer.key.job_id, answer.result.as_ref()))
        })
    });
    // Its name, once that is read.
    let title = Memo::new(move |_| {
        let job_id = url.job_id.get();
        let name = reading.good().with(|good| {
            let job = &good.as_ref()?.value.job;
            (job.job_id == job_id).then(|| job.name.clone())
        });
        name.unwrap_or(job_id)
    });
    let content = move || {
        Some(match shown.get()? {
            Shown::Job(_) => {
                let first =
                    reading.good().with_untracked(|good| good.as_ref().map(|good| good.value.clone()))?;
                view! { <Loaded first inputs /> }.into_any()
            }
            Shown::Failed(job_id, error) if error.is_not_found() => {
                let title = format!("There is no job {job_id}");
                view! { <NotThere title text="It may be misspelt, or it is older than 30 days." /> }
                    .into_any()
            }
            Shown::Failed(job_id, error) => view! {
                <main class="page" id="main" tabindex="-1">
                    <div class="page__header">
                        <div class="page__title">
                            <h1>{job_id}</h1>
                        </div>
                    </div>
                    <ErrorPanel error retry=reading.retry() />
                </main>
            }
            .into_any(),
        })
    };
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                reading.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

/// A part of the newest snapshot of this job.
fn part_of<T>(
    snapshots: Snapshots,
    first: T,
    job_id: &str,
    part: impl Fn(&JobSnapshot) -> T + Send + Sync + 'static,
) -> Memo<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let job_id = job_id.to_owned();
    Memo::new(move |before: Option<&T>| {
        let newest = snapshots.reading.good().with(|good| {
            good.as_ref().filter(|good| good.value.job.job_id == job_id).map(|good| part(&good.value))
        });
        newest.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    })
}

/// The page with its data.
#[component]
fn Loaded(first: JobSnapshot, inputs: Inputs) -> impl IntoView {
    let Inputs { url, live, snapshots, device, cancel, rerun, commands } = inputs;
    let JobSnapshot { job: first, as_of, sequence, rollout, insight, is_simulated, .. } = first;
    live.open(paths::job_events(&first.job_id), sequence);
    let job_id = first.job_id.clone();
    let job = part_of(snapshots, first.clone(), &job_id, |read| read.job.clone());
    let insight = insight.unwrap_or_else(|| no_insight(&first));
    let rollout = part_of(snapshots, rollout, &job_id, |read| read.rollout.clone());
    commands.open_dialog_of_address(&first);
    let asked = use_query_map().with_untracked(|query| (query.get("cancel"), query.get("rerun")));
    let to_cancel = RwSignal::new((asked.0.is_some() && stop::is_possible(&first)).then(|| first.clone()));
    let question = asked.1.filter(|_| first.status.is_terminal() || first.rollout.is_some());
    let question =
        question.and_then(|word| RerunQuestion::from_address(&word, &first.outcomes, &insight.causes));
    let pointer = PointerIdle::new();
    let has_ended = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    // In a background tab no snapshots are read; its title follows the stream.
    let in_tab = Memo::new(move |_| job.with(|job| live.newest(job)));
    // Round trips come with the end. Where the page is opened before, their space is reserved.
    let is_method = first.job_type == JobType::ScheduleDeviceMethod;
    let keeps_room = is_method && !has_ended.get_untracked();
    provide_context(JobPage {
        url,
        live,
        first: StoredValue::new(first),
        as_of,
        job,
        rollout,
        commands,
        insight: Insight::follow(part_of(snapshots, insight, &job_id, |read| {
            read.insight.clone().unwrap_or_else(|| no_insight(&read.job))
        })),
        snapshots,
        device,
        grid: snapshots.rows.grid,
        shows_end: pointer.once_idle(has_ended),
        to_cancel,
        rerun,
        to_rerun: RwSignal::new(question),
        is_simulated,
    });
    snapshots.show_rows();
    prepare_rows();
    let is_interactive = dom::use_interactive();
    // Nothing to list: it waits for its start, or has ended without a device.
    let is_empty = Memo::new(move |_| {
        job.with(|job| {
            let is_at_rest = job.status.is_terminal() || job.status == JobStatus::Scheduled;
            is_at_rest && job.outcomes.total() == 0
        })
    });
    let rerun_failed = move || {
        let failed = rerun.value().get().and_then(Result::err);
        failed.map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
    };
    view! {
        // Browser stories wait for `data-ready`: from then on the page follows address and stream.
        <main
            class="page run"
            class:run--empty=move || is_empty.get()
            id="main"
            tabindex="-1"
            data-ready=move || is_interactive.get().then_some("")
        >
            <TabProgress job=in_tab />
            <Header />
            <Printed />
            {rerun_failed}
            <StaleNotice live />
            <UnknownParams params=url.unknown />
            <Remark />
            <CountNotice />
            <RolloutNotices />
            <JobStats />
            <div class="run__chips">
                <Chips />
                <UpToDate />
            </div>
            <RolloutPanels />
            <LandingPanel />
            <CurvePanel />
            <div
                class="columns run__lists"
                class:columns--drawer=move || !url.device.with(String::is_empty)
                on:click=move |_| snapshots.rows.remember_place()
            >
                <div class="run__left">
                    <div class="run__panels" class:run__panels--roomy=keeps_room>
                        <Causes />
                        <Latency />
                        {keeps_room.then(|| view! { <RoundTripRoom /> })}
                    </div>
                    <div class="measured" on:pointermove=move |_| pointer.moved()>
                        <Results />
                    </div>
                </div>
                <Drawer />
                <ResizeHandle />
            </div>
            <CancelDialog
                to_cancel
                job=Signal::derive(move || to_cancel.with(Option::is_some).then(|| job.get()))
                action=cancel
            />
            <RerunDialog />
            <RolloutDialogs />
        </main>
    }
    .into_any()
}

/// Whether the numbers are up to date; of a job that has ended, when that was.
#[component]
fn UpToDate() -> impl IntoView {
    let JobPage { job, live, as_of, .. } = use_job_page();
    let is_over = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    let end = Memo::new(move |_| job.with(|job| job.end_time.filter(|_| job.status.is_terminal())));
    let ended = move || {
        end.get().map(|end| {
            view! {
                <span class="panel__note">
                    "Ended " <TimeText at=end as_of style=TimeFormat::Clock />
                </span>
            }
        })
    };
    view! {
        {ended}
        <span hidden=move || is_over.get()>
            <LiveBadge live />
        </span>
    }
    .into_any()
}

/// The space of the round trips until they are known, so that the end of the job moves nothing.
#[component]
fn RoundTripRoom() -> impl IntoView {
    let JobPage { insight, shows_end, .. } = use_job_page();
    let is_known = Memo::new(move |_| {
        shows_end.get()
            && insight.with(|insight| insight.latency.as_ref().is_some_and(|latency| latency.count > 0))
    });
    let words = move || if shows_end.get() { "No device answered." } else { "Shown when the job has ended." };
    view! {
        <section class="panel run__section run__latency" aria-label="Round trip" hidden=move || is_known.get()>
            <div class="panel__header">
                <h2 class="panel__title">"Round trip " <span class="panel__note">{move || words().to_owned()}</span></h2>
            </div>
            <div class="run__room"></div>
        </section>
    }
    .into_any()
}

/// Why the job could not run, or a remark on one that did.
#[component]
fn Remark() -> impl IntoView {
    let job = use_job_page().job;
    let remark = Memo::new(move |_| {
        let is_failed = |job: &JobSummary| job.status == JobStatus::Failed;
        job.with(|job| job.failure_reason.clone().map(|remark| (remark, is_failed(job))))
    });
    let notice = move || {
        remark.get().map(|(remark, is_failed)| {
            let (tone, icon) = if is_failed { ("error", "circle-x") } else { ("warning", "triangle-alert") };
            view! {
                <div class="notice page__notice" data-tone=tone>
                    <Icon name=icon />
                    <span>
                        {is_failed.then(|| view! { <strong>"The job could not run. "</strong> }.into_any())}
                        {remark}
                    </span>
                </div>
            }
        })
    };
    view! { {notice} }.into_any()
}
