//! The rows, or why there are none.

use console_wire::device_table::DeviceRow;
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{
    cells::cell,
    columns::{self, Columns},
    row_selection::RowSelection,
    state::Devices,
};
use crate::{
    api::device_list::DevicesView,
    format::number::count_noun,
    kit::{Column, ColumnHeads, ColumnWidths, SortOrder},
    paths,
};

/// A table's columns, each with the width of window that it needs.
type Shown = Vec<(columns::Column, Option<u32>)>;

/// The rows, or why there are none.
#[component]
pub(super) fn DevicesTable(
    devices: Devices,
    /// The rows.
    view: DevicesView,
    /// The columns to show.
    columns: Columns,
    /// Their condition.
    condition: String,
    /// The selection; outdated rows have none.
    selection: Option<RowSelection>,
) -> impl IntoView {
    let DevicesView { table, as_of, .. } = view;
    let is_first_page = devices.url.with_untracked(|url| url.after.is_empty());
    let page = table.rows;
    if page.items.is_empty() {
        return view! { <Nothing condition is_first_page /> }.into_any();
    }
    // A hub guarantees no order, so it is shown where the rows prove it.
    let is_by_id = page.items.is_sorted_by(|one, next| one.device.device_id <= next.device.device_id);
    let shown = count_noun(page.items.len() as u64, "device", "devices");
    let order = if is_by_id { "by device id" } else { "in the hub's order" };
    let id_class = columns.id_class();
    let columns = columns.with_widths();
    let rows = page.items.iter();
    let rows: Vec<_> = rows.map(|row| row_of(row, &columns, &table.columns, as_of, selection)).collect();
    let link = |cursor: String, words: &'static str| {
        let href = move || devices.url.with(|url| url.after(&cursor).address());
        view! {
            <a class="button button--small" href=href>
                {words}
            </a>
        }
    };
    let first = (!is_first_page).then(|| link(String::new(), "First devices"));
    let next = page.next_cursor.map(|cursor| link(cursor, "Next devices"));
    let choose_page = selection.map(|selection| {
        view! {
            <input
                class="checkbox needs-scripts"
                type="checkbox"
                aria-label="Select all on this page"
                prop:checked=move || selection.holds_page()
                on:change:target=move |event| selection.set_page(event.target().checked())
            />
        }
    });
    let check = Column {
        has_hidden_name: true,
        head_class: "devices__check",
        control: choose_page.map(IntoAny::into_any),
        ..Column::new("Selected", "devices-table__check")
    };
    let id = Column {
        order: Signal::stored(is_by_id.then_some(SortOrder::Ascending)),
        ..Column::new("Device", id_class)
    };
    let others = columns
        .iter()
        .map(|(column, from)| Column { from: *from, ..Column::new(&column.name(), column.class()) });
    let heads: Vec<_> = [check, id].into_iter().chain(others).collect();
    view! {
        <table class="data-table data-table--bleed data-table--compact data-table--sticky data-table--stack data-table--fixed devices-table device-grid">
            <caption class="visually-hidden">{format!("Devices, {order}")}</caption>
            <ColumnWidths columns=&heads />
            <ColumnHeads columns=heads />
            <tbody>{rows}</tbody>
        </table>
        <nav class="data-table__foot" aria-label="Pages of devices">
            <span>{format!("{shown} on this page, {order}")}</span>
            <span class="cluster">{first} {next}</span>
        </nav>
    }
    .into_any()
}

/// Nothing to list.
#[component]
fn Nothing(condition: String, is_first_page: bool) -> impl IntoView {
    let is_every = condition.trim().is_empty();
    let text = match (is_first_page, is_every) {
        (false, _) => "No more devices.",
        (true, true) => "This hub has no devices yet.",
        (true, false) => "No device matches this query.",
    };
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{text}</h2>
            {(!is_every)
                .then(|| {
                    view! {
                        <a class="button button--small" href=paths::DEVICES data-key="Escape">
                            "Show every device"
                        </a>
                    }
                })}
        </section>
    }
    .into_any()
}

/// One device; `values_of` are the attributes that its values are of.
fn row_of(
    row: &DeviceRow,
    columns: &Shown,
    values_of: &[String],
    as_of: Timestamp,
    selection: Option<RowSelection>,
) -> AnyView {
    let id = row.device.device_id.to_string();
    let choice = selection.map(|selection| {
        let (holds, sets) = (id.clone(), id.clone());
        view! {
            <input
                class="checkbox needs-scripts"
                type="checkbox"
                aria-label=format!("Select {id}")
                prop:checked=move || selection.holds(&holds)
                on:change:target=move |event| selection.set(&sets, event.target().checked())
            />
        }
    });
    let chosen = id.clone();
    let is_chosen = move || selection.is_some_and(|selection| selection.holds(&chosen)).then_some("true");
    let cells: Vec<_> = columns
        .iter()
        .map(|(column, from)| {
            let (class, content) = cell(column, row, values_of, as_of);
            view! {
                <td class=class data-from=*from>
                    {content}
                </td>
            }
        })
        .collect();
    view! {
        <tr aria-selected=is_chosen>
            <td class="devices__check">{choice}</td>
            <th scope="row" class="data-table__clip">
                <a href=paths::device(&id) title=id.clone()>
                    <code>{id.clone()}</code>
                </a>
            </th>
            {cells}
        </tr>
    }
    .into_any()
}
