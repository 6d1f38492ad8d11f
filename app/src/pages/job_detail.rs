//! `/jobs/{id}`: one job from the first device to the last, while it runs and after. The address says what is shown;
//! the event stream keeps the numbers true; rows, causes and the map follow at a slower pace.

mod actions;
mod causes;
mod chips;
mod drawer;
mod failures;
mod figures;
mod follow;
mod grid;
mod grid_table;
mod hand;
mod header;
mod insight;
mod landing;
mod latency;
mod recount;
mod resize;
mod results;
mod ring;
mod rows;
mod view;

use console_wire::job::JobSummary;
use futures::future::join;
use hub_wire::job::JobStatus;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotThere;
use crate::{
    api::{
        job_insight::{JobInsight, read_insight},
        job_rerun::RerunJob,
        jobs::{CancelJob, JobView, get_job},
        latest,
    },
    browser,
    components::{CancelDialog, ErrorPanel, Icon, Ignored, LiveBadge, Moment, StaleNotice, TimeText},
    frame::{TabProgress, title_of},
    live::{Live, use_live},
    paths,
    present::job,
    reactive::memo,
};
use causes::Causes;
use chips::Chips;
use drawer::{DeviceRead, Drawer, use_device_result};
#[cfg(feature = "hydrate")]
pub(crate) use drawer::{fetch_device_part, shows_device};
use figures::Figures;
use hand::Hand;
use header::Header;
use insight::Insight;
use landing::LandingPanel;
use latency::Latency;
use recount::Recount;
use resize::Edge;
use results::{FirstRows, Results, use_first_rows};
use view::View;

/// What the page reads and what can be done with it. It belongs to the page, not to a part of it that waits for data.
#[derive(Clone, Copy)]
struct Parts {
    view: View,
    live: Live,
    first: FirstRows,
    device: DeviceRead,
    cancel: ServerAction<CancelJob>,
    rerun: ServerAction<RerunJob>,
    asks_to_cancel: bool,
}

/// The job page.
#[component]
pub(crate) fn JobPage() -> impl IntoView {
    let view = View::use_address();
    let live = use_live();
    let cancel = ServerAction::<CancelJob>::new();
    let query = use_query_map();
    let parts = Parts {
        view,
        live,
        first: use_first_rows(view, live),
        device: use_device_result(view),
        cancel,
        rerun: ServerAction::new(),
        asks_to_cancel: query.with_untracked(|query| query.get("cancel").is_some()),
    };
    let read = Resource::new(
        move || (view.job_id.get(), live.missed(), cancel.version().get()),
        |(job_id, ..)| join(get_job(job_id.clone()), read_insight(job_id)),
    );
    view! {
        <Title text=title_of(view.job_id) />
        <Transition>
            {move || Suspend::new(async move {
                let (read, insight) = latest(read).await;
                match read {
                    Ok(read) => {
                        live.open(paths::job_events(&read.job.job_id), read.sequence);
                        let insight = insight.unwrap_or_else(|_| insight::nothing(&read.job));
                        view! { <Loaded read insight parts /> }.into_any()
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
fn Loaded(read: JobView, insight: JobInsight, parts: Parts) -> impl IntoView {
    let Parts { view, live, first, device, cancel, rerun, asks_to_cancel } = parts;
    let JobView { job: told, as_of, .. } = read;
    let asked = RwSignal::new((asks_to_cancel && job::can_cancel(&told)).then(|| told.clone()));
    let told_first = told.clone();
    let job = memo(move || live.newest(&told_first));
    let insight = Insight::follow(insight, job);
    device.follow(job);
    let on_page = RwSignal::new(None);
    let is_interactive = browser::use_interactive();
    let hand = Hand::new();
    let is_over = hand.hold(memo(move || job.with(|job| job.status.is_terminal())));
    let end = memo(move || job.with(|job| job.end_time.filter(|_| job.status.is_terminal())));
    let rerun_failed = move || {
        let failed = rerun.value().get().and_then(Result::err);
        failed.map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> }.into_any())
    };
    view! {
        // Tells stories, and whoever scripts the page, that it follows the address and the stream from now on.
        <main class="page run" id="main" tabindex="-1" data-ready=move || is_interactive.get().then_some("")>
            <TabProgress job />
            <Header told=told.clone() job as_of view insight on_page asked rerun />
            {move || rerun_failed()}
            <StaleNotice live />
            <Ignored words=view.ignored what="The list" />
            <Remark job />
            <Recount job as_of />
            <Figures job as_of live />
            <div class="run__chips">
                <Chips job view />
                <span class="cluster">
                    {move || {
                        end.get()
                            .map(|end| {
                                view! {
                                    <span class="panel__note">
                                        "Final since " <TimeText at=end as_of style=Moment::Clock />
                                    </span>
                                }
                                    .into_any()
                            })
                    }}
                    <LiveBadge live />
                </span>
            </div>
            <LandingPanel insight job view as_of />
            <div class="columns run__lists" class:columns--drawer=move || !view.device.with(String::is_empty)>
                <div class="run__left">
                    <div class="run__panels" class:run__panels--done=move || is_over.get()>
                        <Causes insight job view as_of rerun is_over />
                        <Latency insight is_over />
                    </div>
                    <div class="measured" on:pointermove=move |_| hand.moved()>
                        <Results job first view live on_page />
                    </div>
                </div>
                <Drawer device told view as_of on_page />
                <Edge />
            </div>
            <CancelDialog asked action=cancel live />
        </main>
    }
    .into_any()
}

/// What the hub, or the console, remarks on the job itself: why it could not run, or what was odd about a job that did.
#[component]
fn Remark(job: Memo<JobSummary>) -> impl IntoView {
    let remark = memo(move || {
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
            .into_any()
        })
    };
    view! { {move || notice()} }.into_any()
}
