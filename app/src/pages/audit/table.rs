//! The table of entries, newest first. A row opens to its details by a link.

use console_wire::{audit::AuditEntry, number::grouped};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::details::Details;
use crate::{
    audit_query::AuditQuery,
    format::audit,
    kit::{BadgeView, Column, ColumnHeads, ColumnWidths, JobLink, TimeFormat, TimeText},
    paths,
};

/// How many columns a row of details spans.
const COLUMNS: &str = "7";

fn columns() -> Vec<Column> {
    vec![
        Column::new("Time", "audit__time"),
        Column::new("Who, by what", "audit__who"),
        Column { drop: Some("1"), ..Column::new("From", "audit__from") },
        Column::new("Action", "audit__action"),
        Column::new("Subject", ""),
        Column::new("Result", "audit__result"),
        Column { head_class: "is-number", ..Column::new("Row", "audit__number") },
    ]
}

/// The table.
#[component]
pub(super) fn Entries(
    entries: Vec<AuditEntry>,
    as_of: Timestamp,
    query: Memo<AuditQuery>,
    open_row: Memo<Option<u64>>,
) -> impl IntoView {
    let rows = entries.into_iter().map(|entry| view! { <Row entry as_of query open_row /> }).collect_view();
    let columns = columns();
    view! {
        <table class="data-table data-table--stack data-table--outset data-table--fixed audit">
            <caption class="visually-hidden">"Entries of the audit log, newest first"</caption>
            <ColumnWidths columns=&columns />
            <ColumnHeads columns />
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(
    entry: AuditEntry,
    as_of: Timestamp,
    query: Memo<AuditQuery>,
    open_row: Memo<Option<u64>>,
) -> impl IntoView {
    let number = entry.last_row();
    let is_open = Memo::new(move |_| open_row.get() == Some(number));
    let label = move || {
        let verb = if is_open.get() { "hide" } else { "show" };
        format!("Row {}, {verb} details", grouped(number))
    };
    let href =
        move || query.with(|query| if is_open.get() { query.address() } else { query.with_row(number) });
    let error = entry
        .error
        .as_deref()
        .map(|kind| view! { <span class="data-table__sub">{audit::error(kind)}</span> });
    let details = entry.clone();
    view! {
        <tr aria-selected=move || is_open.get().then_some("true")>
            <th scope="row">
                <TimeText at=entry.time as_of style=TimeFormat::Clock />
            </th>
            <td class="data-table__clip on-line">
                <span class="data-table__main">{audit::who(&entry)}</span>
                <span class="data-table__sub">{audit::credential(&entry)}</span>
            </td>
            <td class="on-wide" data-drop="1">
                <code>{entry.address.clone()}</code>
            </td>
            <td>
                <code>{entry.action.clone()}</code>
            </td>
            <td class="data-table__clip">
                <SubjectLink entry=entry.clone() />
            </td>
            <td>
                <BadgeView badge=Signal::stored(audit::badge(entry.outcome)) />
                {error}
            </td>
            <td class="is-number">
                <a
                    class="link audit__row"
                    href=href
                    data-noscroll=true
                    aria-expanded=move || is_open.get().to_string()
                    aria-label=label
                >
                    {grouped(number)}
                </a>
            </td>
        </tr>
        {move || {
            is_open
                .get()
                .then(|| {
                    view! {
                        <tr class="audit__detail">
                            <td colspan=COLUMNS>
                                <Details entry=details.clone() as_of />
                            </td>
                        </tr>
                    }
                })
        }}
    }
    .into_any()
}

/// What it was done to; a link where that has a page.
#[component]
fn SubjectLink(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { action, subject, subject_name, .. } = entry;
    let Some(id) = subject else { return ().into_any() };
    match action.split(':').next() {
        Some("job") => {
            let name = subject_name.unwrap_or_else(|| id.clone());
            view! { <JobLink job_id=id name /> }.into_any()
        }
        Some("device") => {
            let href = paths::device(&id);
            view! {
                <a class="link" href=href>
                    {id}
                </a>
            }
            .into_any()
        }
        _ => view! { <span title=id.clone()>{subject_name.unwrap_or_else(|| id.clone())}</span> }.into_any(),
    }
}
