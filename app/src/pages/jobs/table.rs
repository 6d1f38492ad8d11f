//! The table of jobs, in groups. A row takes its news from the stream and keeps its place until the page is read again.

use console_wire::job::{JobSummary, JobTab};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use crate::{
    clock::use_clock,
    components::{BadgeView, Condition, Icon, Moment, Progress, TimeText},
    live::Live,
    paths,
    present::{
        job::{self, Groups},
        number::counted,
    },
};

/// The table.
#[component]
pub(super) fn JobsTable(
    jobs: Vec<JobSummary>,
    tab: JobTab,
    as_of: Timestamp,
    live: Live,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let Groups { running, scheduled, finished } = Groups::of(jobs);
    let group = move |name: &'static str, jobs: Vec<JobSummary>| {
        let count = counted(jobs.len() as u64, "job", "jobs");
        let note = if name == "Finished" { "newest first".to_owned() } else { count };
        (!jobs.is_empty()).then(|| {
            let rows: Vec<_> = jobs.into_iter().map(|job| view! { <Row job as_of live asked /> }).collect();
            view! {
                <tbody>
                    {(tab == JobTab::All).then(|| view! { <GroupRow name note /> })}
                    {rows}
                </tbody>
            }
        })
    };
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack data-table--fixed jobs-table">
            <caption class="visually-hidden">
                "Jobs: running, longest first; scheduled, soonest first; finished, newest first"
            </caption>
            <colgroup>
                <col />
                <col class="jobs-table__status" />
                <col class="jobs-table__action" />
                <col class="jobs-table__target" data-drop="3" />
                <col class="jobs-table__progress" />
                <col class="jobs-table__start" data-drop="5" />
                <col class="jobs-table__duration" data-drop="2" />
                <col class="jobs-table__tools" />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col">"Job"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col" data-drop="3">
                        "Target"
                    </th>
                    <th scope="col">"Progress"</th>
                    <th scope="col" data-drop="5">
                        "Start"
                    </th>
                    <th scope="col" data-drop="2">
                        "Duration"
                    </th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            {group("Running", running)}
            {group("Scheduled", scheduled)}
            {group("Finished", finished)}
        </table>
    }
    .into_any()
}

/// Says which jobs follow. Its empty cells answer to the same widths as the columns.
#[component]
fn GroupRow(name: &'static str, note: String) -> impl IntoView {
    view! {
        <tr class="data-table__group">
            <th colspan="3" scope="rowgroup">
                <strong>{name}</strong>
                {note}
            </th>
            <td data-drop="3"></td>
            <td></td>
            <td data-drop="5"></td>
            <td data-drop="2"></td>
            <td></td>
        </tr>
    }
    .into_any()
}

/// One job.
#[component]
fn Row(job: JobSummary, as_of: Timestamp, live: Live, asked: RwSignal<Option<JobSummary>>) -> impl IntoView {
    let clock = use_clock();
    let read = job.clone();
    let newest = Memo::new(move |_| live.newest(&read));
    let outcomes = Signal::derive(move || newest.with(|job| job.outcomes));
    let (icon, kind) = job::action_kind(&job);
    let payload = job::payload(&job);
    let action = job.action();
    let is_every_device = job::is_every_device(&job.query_condition);
    let job_id = job.job_id.clone();
    let origin = match job.origin {
        console_wire::job::Origin::Console => "from this console",
        console_wire::job::Origin::Hub => "from another client",
    };
    let progress = move || {
        let (total, status, reason) =
            newest.with(|job| (job.outcomes.total(), job.status, job.failure_reason.clone()));
        if total > 0 {
            view! { <Progress outcomes /> }.into_any()
        } else {
            let words = match status {
                JobStatus::Scheduled => "Counted at the start".to_owned(),
                JobStatus::Failed => {
                    reason.map_or_else(|| "Not started".into(), |why| format!("Not started: {why}"))
                }
                JobStatus::Completed => "No device matched".to_owned(),
                JobStatus::Cancelled => "Never sent".to_owned(),
                _ => "Counting devices".to_owned(),
            };
            view! { <span class="data-table__sub">{words}</span> }.into_any()
        }
    };
    let has_devices = Memo::new(move |_| newest.with(|job| (job.outcomes.total() > 0, job.status)));
    let progress = move || {
        has_devices.track();
        untrack(progress)
    };
    let start = Memo::new(move |_| newest.with(|job| job.start_time.unwrap_or(job.created_time)));
    let cancel = move || {
        newest.with(job::can_cancel).then(|| {
            let job = newest.get();
            let label = format!("Cancel {}", job.job_id);
            view! {
                <a
                    class="button button--small button--quiet"
                    href=paths::job_cancel(&job.job_id)
                    aria-label=label
                    on:click=move |event| {
                        event.prevent_default();
                        asked.set(Some(newest.get_untracked()));
                    }
                >
                    "Cancel…"
                </a>
            }
        })
    };
    view! {
        <tr>
            <th scope="row" class="data-table__clip">
                <a class="data-table__main" href=paths::job(&job_id)>
                    {job_id.clone()}
                </a>
                <span class="data-table__sub">{origin}</span>
            </th>
            <td class="to-end">
                <BadgeView badge=Signal::derive(move || newest.with(job::badge)) />
            </td>
            <td class="data-table__clip">
                <span class="with-icon data-table__main">
                    <Icon name=icon />
                    <code>{action}</code>
                </span>
                <span class="data-table__sub">
                    {kind}
                    " "
                    <code>{payload}</code>
                </span>
            </td>
            <td class="data-table__clip" data-drop="3">
                <span class="data-table__main" title=job.query_condition.clone()>
                    {if is_every_device {
                        "Every device".into_any()
                    } else {
                        view! { <Condition text=job.query_condition.clone() /> }.into_any()
                    }}
                </span>
                <span class="data-table__sub">{move || newest.with(job::target_count)}</span>
            </td>
            <td class="on-line">{progress}</td>
            <td class="on-one-line" data-drop="5">
                <span class="data-table__main">
                    {move || view! { <TimeText at=start.get() as_of style=Moment::Relative /> }}
                </span>
                <span class="data-table__sub">
                    {move || view! { <TimeText at=start.get() as_of style=Moment::Clock /> }}
                </span>
            </td>
            <td class="on-wide" data-drop="2">
                {move || newest.with(|job| job::elapsed(job, clock.now_or(as_of)))}
            </td>
            <td class="to-end">
                <div class="data-table__tools">{cancel}</div>
            </td>
        </tr>
    }
    .into_any()
}
