//! A small table of things with tools: accounts, sessions, tokens, webhooks. Its rows are stacked in narrow windows.

use leptos::prelude::*;

use super::table::{Column, ColumnHeads};

/// The table. Each row is a `<tr>` with as many cells as `heads` and one for its tools.
#[component]
pub(crate) fn ToolTable(
    /// Element id of its heading.
    labelled_by: &'static str,
    /// The texts of the heads. That of the tools, for screen readers only, is added.
    heads: Vec<&'static str>,
    /// It has no rows, so it is hidden.
    #[prop(optional, into)]
    is_empty: Signal<bool>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let mut columns: Vec<_> = heads.into_iter().map(|head| Column::new(head, "")).collect();
    columns.push(Column { has_hidden_name: true, ..Column::new("Tools", "") });
    view! {
        <div class="table-scroll" hidden=move || is_empty.get()>
            <table class="data-table data-table--outset data-table--stack tool-table" aria-labelledby=labelled_by>
                <ColumnHeads columns />
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
