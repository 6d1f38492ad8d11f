//! The table of jobs: in groups, or sorted by one column.

use console_wire::job::{JobSummary, JobTab};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{row::Row, state::Jobs};
use crate::{
    format::{
        job::Groups,
        number::{count_noun, grouped},
        time,
    },
    jobs_query::{JobsQuery, span_label},
    kit::{Icon, clock::use_clock},
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
    /// The job that the cancel dialog is about.
    to_cancel: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let (live, all) = (jobs.live, rows);
    let rows = move |jobs: Vec<JobSummary>| -> Vec<_> {
        jobs.into_iter().map(|job| view! { <Row job as_of live to_cancel /> }).collect()
    };
    let body = if shown.sort.is_empty() {
        let Groups { running, scheduled, finished } = Groups::of(all);
        let has_names = shown.job_tab() == JobTab::All;
        let next = scheduled.first().and_then(|job| job.start_time).filter(|_| shown.after.is_empty());
        let since = shown.value("since").to_owned();
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
                let count = Signal::derive(move || jobs.matching().map_or(listed, |counts| counts.get(tab)));
                // What has finished goes on on the next page; of the others, the group's own list has the rest.
                let whole = (tab != JobTab::Finished).then(|| shown.on_tab(tab).address());
                let note = match tab {
                    JobTab::Scheduled => Note::Next(next),
                    JobTab::Finished => Note::Since(since.clone()),
                    _ => Note::Nothing,
                };
                view! {
                    <tbody>
                        {has_names.then(|| view! { <GroupRow name listed count whole note as_of /> })}
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
                    <SortHead shown=shown.clone() column="name" name="Job" />
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

/// The head of a column that sorts the list: ascending, descending, then back to groups.
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
    // An unsorted column has both arrows, so that it is seen to sort before the pointer is over it.
    let mark = match order {
        Some("ascending") => "arrow-up",
        Some(_) => "arrow-down",
        None => "chevrons-up-down",
    };
    view! {
        <th scope="col" data-drop=drop aria-sort=order>
            <a class="data-table__sort" href=shown.sorted_by(column).address()>
                {name}
                <Icon name=mark />
            </a>
        </th>
    }
    .into_any()
}

/// The text beside a group's count.
#[derive(Debug, Clone)]
enum Note {
    Nothing,
    /// When the first of them starts.
    Next(Option<Timestamp>),
    /// The list goes back so far.
    Since(String),
}

/// The head of a group. Its empty cells are hidden at the same widths as the columns.
#[component]
fn GroupRow(
    name: &'static str,
    /// How many of them are on this page.
    listed: u64,
    /// How many there are.
    count: Signal<u64>,
    /// The list of all of them, where that is another one.
    whole: Option<String>,
    note: Note,
    as_of: Timestamp,
) -> impl IntoView {
    let clock = use_clock();
    let note = move || match &note {
        Note::Next(Some(at)) => {
            format!(", next at {}", time::day_clock(*at, clock.now_or(as_of), clock.offset_minutes(*at)))
        }
        Note::Since(span) if !span.is_empty() => format!(" in the last {}", span_label(span)),
        Note::Since(_) => ", newest first".to_owned(),
        _ => String::new(),
    };
    view! {
        <tr class="data-table__group">
            <th colspan="3" scope="rowgroup">
                <strong>{name}</strong>
                " "
                {move || group_count(listed, count.get())}
                {note}
                {move || {
                    let (whole, count) = (whole.clone()?, count.get());
                    (count > listed)
                        .then(|| {
                            view! {
                                " "
                                <a class="link" href=whole>
                                    {format!("Show all {}", grouped(count))}
                                </a>
                            }
                        })
                }}
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

/// `12 jobs`, or of a group that this page has only a part of `50 of 5,011 jobs`.
fn group_count(listed: u64, count: u64) -> String {
    let all = count_noun(count, "job", "jobs");
    if count > listed { format!("{} of {all}", grouped(listed)) } else { all }
}

/// Six placeholder rows, for the first paint only: a refresh keeps the old rows.
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

#[cfg(test)]
mod tests {
    use super::group_count;

    #[test]
    fn a_group_says_how_many_of_it_are_listed() {
        for (listed, count, text) in [
            (1, 1, "1 job"),
            (12, 12, "12 jobs"),
            (50, 5011, "50 of 5,011 jobs"),
            (3, 2, "2 jobs"),
            (0, 1, "0 of 1 job"),
        ] {
            assert_eq!(group_count(listed, count), text);
        }
    }
}
