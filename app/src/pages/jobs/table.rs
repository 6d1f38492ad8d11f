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
    kit::{Column, ColumnHeads, ColumnWidths, SortOrder, clock::use_clock},
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
    let columns = columns(&shown);
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack data-table--fixed jobs-table">
            <caption class="visually-hidden">
                {if shown.sort.is_empty() {
                    "Jobs: running, longest first; scheduled, soonest first; finished, newest first".to_owned()
                } else {
                    format!("Jobs by {}", shown.sort.trim_start_matches('-'))
                }}
            </caption>
            <ColumnWidths columns=&columns />
            <ColumnHeads columns />
            {body}
        </table>
    }
    .into_any()
}

/// The columns of a view.
fn columns(shown: &JobsQuery) -> Vec<Column> {
    let sorted = |name: &str, class, by: &str| Column {
        order: Signal::stored(order(&shown.sort, by)),
        sort_href: Some(Signal::stored(shown.sorted_by(by).address())),
        ..Column::new(name, class)
    };
    vec![
        sorted("Job", "", "name"),
        Column::new("Status", "jobs-table__status"),
        Column::new("Action", "jobs-table__action"),
        Column { drop: Some("3"), ..Column::new("Target", "jobs-table__target") },
        Column::new("Progress", "jobs-table__progress"),
        Column { drop: Some("5"), ..sorted("Start", "jobs-table__start", "start") },
        Column { drop: Some("2"), ..sorted("Duration", "jobs-table__duration", "duration") },
        Column { has_hidden_name: true, ..Column::new("Actions", "jobs-table__tools") },
    ]
}

/// How the list is sorted by a column: its heads sort ascending, descending, then back to groups.
fn order(sort: &str, column: &str) -> Option<SortOrder> {
    match sort.strip_prefix('-') {
        Some(descending) => (descending == column).then_some(SortOrder::Descending),
        None => (sort == column).then_some(SortOrder::Ascending),
    }
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
    let columns = columns(&JobsQuery::default());
    view! {
        <table class="data-table data-table--bleed data-table--fixed jobs-table" aria-busy="true">
            <caption class="visually-hidden">"Loading jobs"</caption>
            <ColumnWidths columns=&columns />
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_knows_its_order() {
        for (sort, column, expected) in [
            ("", "name", None),
            ("name", "name", Some(SortOrder::Ascending)),
            ("-name", "name", Some(SortOrder::Descending)),
            ("-name", "start", None),
        ] {
            assert_eq!(order(sort, column), expected, "{sort}, {column}");
        }
    }

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
