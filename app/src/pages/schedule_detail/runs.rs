//! The next runs of a schedule, and what became of those before.

use console_wire::schedule::{NextRun, NextRuns, ScheduleRun};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::schedules::ScheduleView,
    format::{
        job,
        schedule::{city, date, run as run_badge, time_of_day},
        time,
    },
    kit::{BadgeView, Column, ColumnHeads, Progress, TimeFormat, TimeText},
    pages::schedules::ClockMark,
    paths,
};

/// The next runs on the schedule's page.
#[component]
pub(super) fn NextTable(view: ScheduleView) -> impl IntoView {
    let is_none = view.next.items.is_empty();
    view! {
        <section aria-labelledby="next-title">
            <div class="panel__header">
                <h2 class="panel__title" id="next-title">
                    "Next ten runs"
                </h2>
            </div>
            {if is_none {
                view! { <p class="field__hint">"Nothing comes any more."</p> }.into_any()
            } else {
                view! { <NextRunsTable next=view.next as_of=view.as_of labelled_by="next-title" /> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// Next runs: in the schedule's zone, in UTC, and what clock changes do to them.
#[component]
pub(crate) fn NextRunsTable(
    next: NextRuns,
    /// When they were read; the distance from then is shown. Absent: it is not.
    #[prop(optional)]
    as_of: Option<Timestamp>,
    /// Element id of the heading.
    labelled_by: &'static str,
) -> impl IntoView {
    let mut columns =
        vec![Column::new("Date", ""), Column::new(&city(&next.zone), ""), Column::new("UTC", "")];
    columns.extend(as_of.map(|_| Column::new("In", "")));
    columns.push(Column { has_hidden_name: true, ..Column::new("Clock change", "") });
    let rows: Vec<_> = next.items.into_iter().map(|run| next_row(run, as_of)).collect();
    view! {
        <div class="table-scroll">
            <table class="data-table data-table--outset next-runs" aria-labelledby=labelled_by>
                <ColumnHeads columns />
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn next_row(run: NextRun, as_of: Option<Timestamp>) -> AnyView {
    let utc = time::absolute(run.due, 0);
    view! {
        <tr>
            <th scope="row">{date(&run.local)}</th>
            <td>
                <code>{time_of_day(&run.local)}</code>
            </td>
            <td>
                <code title=utc>{time::clock(run.due, 0).get(..5).unwrap_or_default().to_owned()}</code>
            </td>
            {as_of
                .map(|as_of| {
                    view! {
                        <td>
                            <TimeText at=run.due as_of style=TimeFormat::Relative />
                        </td>
                    }
                })}
            <td>{run.clock_change.map(|change| view! { <ClockMark change /> })}</td>
        </tr>
    }
    .into_any()
}

/// What became of each occurrence, latest first.
#[component]
pub(super) fn Runs(view: ScheduleView) -> impl IntoView {
    let ScheduleView { schedule, runs, next_cursor, as_of, .. } = view;
    let is_none = runs.is_empty();
    let more = next_cursor.map(|cursor| paths::schedule_after(&schedule.schedule_id, &cursor));
    let waiting = schedule.waiting_since.map(|since| {
        view! {
            <p class="field__hint">
                "A run waits for the end of the one before since " <TimeText at=since as_of style=TimeFormat::Clock /> "."
            </p>
        }
    });
    let rows: Vec<AnyView> = runs.into_iter().map(|run| view! { <Run run as_of /> }.into_any()).collect();
    let columns = vec![
        Column::new("Due", ""),
        Column::new("What", ""),
        Column::new("Result", ""),
        Column::new("Devices", ""),
        Column::new("Duration", ""),
        Column::new("Reason", ""),
    ];
    view! {
        <section class="schedule__runs" aria-labelledby="runs-title">
            <div class="panel__header">
                <h2 class="panel__title" id="runs-title">
                    "Runs"
                </h2>
            </div>
            {waiting}
            {if is_none {
                view! { <p class="field__hint">"It has not run yet."</p> }.into_any()
            } else {
                view! {
                    <table class="data-table data-table--bleed data-table--stack runs-table" aria-labelledby="runs-title">
                        <ColumnHeads columns />
                        <tbody>{rows}</tbody>
                    </table>
                }
                    .into_any()
            }}
            {more
                .map(|href| {
                    view! {
                        <a class="button" href=href>
                            "Show earlier runs"
                        </a>
                    }
                })}
        </section>
    }
    .into_any()
}

#[component]
fn Run(run: ScheduleRun, as_of: Timestamp) -> impl IntoView {
    let several = (run.count > 1).then(|| format!(" and {} more", run.count - 1));
    let badge = run_badge(&run);
    let result = match (&run.job, &run.job_id) {
        (Some(found), _) => {
            let badge = job::state::State::of(found).short_badge();
            view! {
                <a class="link" href=paths::job(&found.job_id)>
                    <BadgeView badge=Signal::stored(badge) />
                </a>
            }
            .into_any()
        }
        (None, Some(job_id)) => view! { <code>{job_id.clone()}</code> }.into_any(),
        (None, None) => ().into_any(),
    };
    let devices = run.job.as_ref().filter(|job| job.outcomes.total() > 0).map(|job| {
        let bold = job.outcomes.succeeded;
        view! { <Progress outcomes=Signal::stored(job.outcomes) bold=Signal::stored(bold) /> }
    });
    let duration = run.job.as_ref().and_then(|job| {
        let (start, end) = (job.start_time?, job.end_time?);
        Some(time::duration(u64::try_from(end.since(start).as_millis()).unwrap_or(u64::MAX)))
    });
    view! {
        <tr>
            <th scope="row">
                <TimeText at=run.due as_of style=TimeFormat::Clock />
                {several}
            </th>
            <td>
                <BadgeView badge=Signal::stored(badge) />
            </td>
            <td>{result}</td>
            <td>{devices}</td>
            <td>{duration}</td>
            <td>{run.reason.clone()}</td>
        </tr>
    }
    .into_any()
}
