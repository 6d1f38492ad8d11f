//! The jobs that run now, longest first.

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{Nothing, PanelHeader};
use crate::{
    api::overview::OverviewView,
    format::{
        job::{
            self, sentence,
            time_left::{TimeLeft, time_left},
        },
        number::grouped,
        origin,
    },
    kit::{Icon, JobLink, Progress, TimeFormat, TimeText, clock::use_clock},
    paths,
};

#[component]
pub(super) fn RunningNow(view: Memo<OverviewView>) -> impl IntoView {
    let count = Memo::new(move |_| view.with(|view| view.overview.jobs.running));
    let listed = Memo::new(move |_| view.with(|view| view.overview.running.len()));
    let note = Signal::derive(move || match (count.get(), listed.get() as u64) {
        (0, _) => String::new(),
        (count, listed) if count > listed => {
            format!("longest first, {} of {}", grouped(listed), grouped(count))
        }
        _ => "longest first".to_owned(),
    });
    let all = (paths::with_query(paths::JOBS, &[("tab", "running")]), "All running jobs");
    // A row stays as long as its place: what it shows changes within it.
    let row = move |place: usize| {
        let job = Memo::new(move |before: Option<&Option<JobSummary>>| {
            let now = view.with(|view| view.overview.running.get(place).cloned());
            now.or_else(|| before.cloned().flatten())
        });
        view! { <Row job view /> }
    };
    let rows = move || (0..listed.get()).map(row).collect::<Vec<_>>();
    view! {
        <section class="panel overview__running" aria-labelledby="run-title">
            <PanelHeader id="run-title" title="Running now" note link=all />
            {move || match listed.get() {
                0 => view! { <NothingRuns view /> }.into_any(),
                _ => {
                    view! {
                        <table class="data-table data-table--stack data-table--outset data-table--fixed running">
                            <caption class="visually-hidden">"Jobs running now, longest first"</caption>
                            <colgroup>
                                <col class="running__job" />
                                <col />
                                <col class="running__left" />
                            </colgroup>
                            <thead class="visually-hidden">
                                <tr>
                                    <th scope="col">"Job"</th>
                                    <th scope="col">"Progress"</th>
                                    <th scope="col">"Time left and who"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    }
                        .into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Row(job: Memo<Option<JobSummary>>, view: Memo<OverviewView>) -> impl IntoView {
    let clock = use_clock();
    let of = move |part: fn(&JobSummary) -> String| {
        Memo::new(move |_| job.with(|job| job.as_ref().map(part).unwrap_or_default()))
    };
    let identity =
        Memo::new(move |_| job.with(|job| job.as_ref().map(|job| (job.job_id.clone(), job.name.clone()))));
    let icon =
        Signal::derive(move || job.with(|job| job.as_ref().map_or("zap", |job| job::action_kind(job).0)));
    let action = of(JobSummary::action);
    let whom = of(|job| format!(" on {}", job::target_count(job)));
    let outcomes =
        Signal::derive(move || job.with(|job| job.as_ref().map(|job| job.outcomes).unwrap_or_default()));
    let bold = Signal::derive(move || job.with(|job| job.as_ref().map_or(0, sentence::bold_count)));
    let words = of(|job| match job.outcomes.total() {
        0 => sentence::instead_of_progress(job),
        _ => String::new(),
    });
    let left = move || {
        let now = clock.now_or(view.with(|view| view.overview.as_of));
        job.with(|job| {
            job.as_ref().and_then(|job| time_left(job, now)).map_or("-".to_owned(), TimeLeft::short)
        })
    };
    let who = of(|job| origin::short(job.origin, job.created_by.as_ref()));
    view! {
        <tr>
            <th scope="row">
                {move || {
                    identity.get().map(|(job_id, name)| view! { <JobLink job_id name class="data-table__main" /> })
                }}
                <span class="data-table__sub with-icon">
                    <Icon name=icon />
                    <span class="overview__ellipsis">
                        <code>{move || action.get()}</code>
                        {move || whom.get()}
                    </span>
                </span>
            </th>
            <td class="on-line">
                {move || {
                    if words.with(String::is_empty) {
                        view! { <Progress outcomes bold /> }.into_any()
                    } else {
                        view! { <span class="data-table__sub">{words.get()}</span> }.into_any()
                    }
                }}
            </td>
            <td class="running__end">
                <span class="data-table__main">{left}</span>
                <span class="data-table__sub">{move || who.get()}</span>
            </td>
        </tr>
    }
    .into_any()
}

/// Says that nothing runs, and names the job that ended last.
#[component]
fn NothingRuns(view: Memo<OverviewView>) -> impl IntoView {
    let last = Memo::new(move |_| view.with(|view| view.overview.ended.first().cloned()));
    move || {
        match last.get() {
        None => view! { <Nothing text="Nothing runs. A running job has a bar here, with the devices that failed." /> }.into_any(),
        Some(job) => {
            let ended = |at: Timestamp| {
                let as_of = view.with_untracked(|view| view.overview.as_of);
                view! {
                    " ended "
                    <TimeText at as_of style=TimeFormat::Relative />
                    ": "
                }
            };
            view! {
                <p class="overview__nothing">
                    "Nothing runs. "
                    <JobLink job_id=job.job_id.clone() name=job.name.clone() />
                    {job.end_time.map(ended)}
                    {format!(
                        "{} of {} succeeded.",
                        grouped(job.outcomes.succeeded),
                        crate::format::number::devices(job.outcomes.total()),
                    )}
                </p>
            }
            .into_any()
        }
    }
    }
}
