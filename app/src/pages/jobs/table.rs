//! The table of jobs: in groups, or by one column.

use console_wire::job::{JobSummary, JobTab};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use super::{row::Row, state::Jobs};
use crate::{
    clock::use_clock,
    jobs_query::{JobsQuery, span_words},
    present::{job::Groups, number::counted, time},
};

/// The table.
#[component]
pub(super) fn JobsTable(
    /// The page's state.
    jobs: Jobs,
    /// The rows, in the view's order.
    rows: Vec<JobSummary>,
    /// The view that they are a page of.
    shown: JobsQuery,
    /// When they were read.
    as_of: Timestamp,
    /// Which job the cancel dialog asks about.
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let (live, all) = (jobs.live, rows);
    let rows = move |jobs: Vec<JobSummary>| -> Vec<_> {
        jobs.into_iter().map(|job| view! { <Row job as_of live asked /> }).collect()
    };
    let body = if shown.sort.is_empty() {
        let Groups { running, scheduled, finished } = Groups::of(all);
        let is_whole = !shown.is_filtered();
        let has_names = shown.job_tab() == JobTab::All;
        let next = scheduled.first().and_then(|job| job.start_time).filter(|_| shown.after.is_empty());
        let since = shown.since.clone();
        let groups = [
            (JobTab::Running, "Running", running),
            (JobTab::Scheduled, "Scheduled", scheduled),
            (JobTab::Finished, "Finished", finished),
        ];
        let groups: Vec<_> = groups
            .into_iter()
            .filter(|(_, _, jobs)| !jobs.is_empty())
            .map(|(tab, name, of_group)| {
                let listed = of_group.len() as u64;
                let count = Signal::derive(move || {
                    let counts = jobs.counts().filter(|_| is_whole);
                    counts.map_or(listed, |counts| counts.get(tab))
                });
                let note = match tab {
                    JobTab::Scheduled => Note::Next(next),
                    JobTab::Finished => Note::Since(since.clone()),
                    _ => Note::Nothing,
                };
                view! {
                    <tbody>
                        {has_names.then(|| view! { <GroupRow name count note as_of /> })}
                        {rows(of_group)}
                    </tbody>
                }
            })
            .collect();
        groups.into_any()
    } else {
        view! { <tbody>{rows(all)}</tbody> }.into_any()
    };
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack data-table--fixed jobs-table">
            <caption class="visually-hidden">
                {if shown.sort.is_empty() {
                    "Jobs: running, longest first; scheduled, soonest first; finished, newest first".to_owned()
                } else {
                    format!("Jobs by {}", shown.sort.trim_start_matches('-'))
                }}
            </caption>
            <Columns />
            <thead>
                <tr>
                    <SortHead shown=shown.clone() column="job" name="Job" />
                    <th scope="col">"Status"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col" data-drop="3">
                        "Target"
                    </th>
                    <th scope="col">"Progress"</th>
                    <SortHead shown=shown.clone() column="start" name="Start" drop="5" />
                    <SortHead shown=shown.clone() column="duration" name="Duration" drop="2" />
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            {body}
        </table>
    }
    .into_any()
}

/// The widths, which rows and their placeholders share.
#[component]
fn Columns() -> impl IntoView {
    view! {
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
    }
    .into_any()
}

/// The head of a column that the list can go by: ascending, descending, and back to groups.
#[component]
fn SortHead(
    shown: JobsQuery,
    column: &'static str,
    name: &'static str,
    #[prop(optional)] drop: Option<&'static str>,
) -> impl IntoView {
    let order = if shown.sort == column {
        Some("ascending")
    } else {
        shown.sort.strip_prefix('-').filter(|sorted| *sorted == column).map(|_| "descending")
    };
    let mark = match order {
        Some("ascending") => " ↑",
        Some(_) => " ↓",
        None => "",
    };
    view! {
        <th scope="col" data-drop=drop aria-sort=order>
            <a class="data-table__sort" href=shown.sorted_by(column).address()>
                {name}
                <span aria-hidden="true">{mark}</span>
            </a>
        </th>
    }
    .into_any()
}

/// What is said beside a group's count.
#[derive(Debug, Clone)]
enum Note {
    Nothing,
    /// When the first of them starts.
    Next(Option<Timestamp>),
    /// Since when they are listed.
    Since(String),
}

/// Says which jobs follow. Its empty cells answer to the same widths as the columns.
#[component]
fn GroupRow(name: &'static str, count: Signal<u64>, note: Note, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let note = move || match &note {
        Note::Next(Some(at)) => {
            format!(", next at {}", time::day_clock(*at, clock.now_or(as_of), clock.offset_minutes(*at)))
        }
        Note::Since(span) if !span.is_empty() => format!(" in the last {}", span_words(span)),
        Note::Since(_) => ", newest first".to_owned(),
        _ => String::new(),
    };
    view! {
        <tr class="data-table__group">
            <th colspan="3" scope="rowgroup">
                <strong>{name}</strong>
                {move || counted(count.get(), "job", "jobs")}
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

/// Six rows to come, for the first paint only: a refresh keeps the old ones.
#[component]
pub(super) fn Skeleton() -> impl IntoView {
    let rows: Vec<_> = [62, 48, 70, 55, 66, 44]
        .into_iter()
        .map(|width: u32| {
            let part = move |width: u32| {
                view! { <span class="skeleton" style:width=format!("{width}%")></span> }
            };
            view! {
                <tr>
                    <td>{part(width)}</td>
                    <td>{part(40)}</td>
                    <td>{part(width + 10)}</td>
                    <td data-drop="3">{part(80)}</td>
                    <td>{part(90)}</td>
                    <td data-drop="5">{part(60)}</td>
                    <td data-drop="2">{part(50)}</td>
                    <td></td>
                </tr>
            }
        })
        .collect();
    view! {
        <table class="data-table data-table--bleed data-table--fixed jobs-table" aria-busy="true">
            <caption class="visually-hidden">"Loading jobs"</caption>
            <Columns />
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Milliseconds that a running job may still take at the pace it has kept, once it has kept one for a while.
pub(super) fn left_millis(job: &JobSummary, elapsed_millis: u64) -> Option<u64> {
    /// Before that a pace says nothing, in milliseconds.
    const SETTLED: u64 = 5_000;

    let (done, all) = (job.outcomes.finished(), job.outcomes.total());
    if job.status != JobStatus::Running || done == 0 || elapsed_millis < SETTLED {
        return None;
    }
    let left = u128::from(elapsed_millis) * u128::from(all - done) / u128::from(done);
    // Whole seconds: a guess to the tenth would be a lie.
    u64::try_from(left / 1000 * 1000).ok().filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;

    use super::*;
    use crate::present::job::tests::job;

    #[test]
    fn time_left() {
        let mut running = job(JobStatus::Running);
        running.outcomes = Outcomes { succeeded: 25, queued: 75, ..Outcomes::default() };
        for (elapsed, left) in [(4_000, None), (10_000, Some(30_000)), (10_100, Some(30_000))] {
            assert_eq!(left_millis(&running, elapsed), left);
        }
        running.outcomes.succeeded = 0;
        assert_eq!(left_millis(&running, 60_000), None);
        assert_eq!(left_millis(&job(JobStatus::Completed), 60_000), None);
    }
}
