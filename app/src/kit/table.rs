//! A table's columns as data: widths, heads, sort links and what a narrow window hides come from one list.

use leptos::prelude::*;

use super::icon::icon_href;

/// A column of a table.
#[derive(Default)]
pub(crate) struct Column {
    /// The text of its head.
    pub(crate) name: String,
    /// Its head is for screen readers only.
    pub(crate) has_hidden_name: bool,
    /// The class that gives it its width; empty for a share of what is left.
    pub(crate) class: &'static str,
    /// The step at which narrow windows hide it, `data-drop` in the style sheet. A body's cells have it too.
    pub(crate) drop: Option<&'static str>,
    /// The least width of the window, in rem, in which it is shown, `data-from` in the style sheet.
    pub(crate) from: Option<u32>,
    /// The class of its head, such as `is-number`; empty for none.
    pub(crate) head_class: &'static str,
    /// A control in its head, before the name.
    pub(crate) control: Option<AnyView>,
    /// How its values are sorted now.
    pub(crate) order: Signal<Option<SortOrder>>,
    /// The address at which the table is sorted by it; its head is the link.
    pub(crate) sort_href: Option<Signal<String>>,
    /// The link of its head keeps the page's scroll position.
    pub(crate) keeps_scroll: bool,
}

/// The order of the values of a sorted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortOrder {
    Ascending,
    Descending,
}

impl SortOrder {
    /// The value of `aria-sort`.
    const fn aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// An unsorted column has both arrows, so that it is seen to sort before the pointer is over it.
const fn sort_icon(order: Option<SortOrder>) -> &'static str {
    match order {
        Some(SortOrder::Ascending) => "arrow-up",
        Some(SortOrder::Descending) => "arrow-down",
        None => "chevrons-up-down",
    }
}

impl Column {
    /// A column with a name and a class for its width, and nothing else.
    pub(crate) fn new(name: &str, class: &'static str) -> Self {
        Self { name: name.to_owned(), class, ..Self::default() }
    }
}

/// The widths of the columns, which a table and its placeholder share.
#[component]
pub(crate) fn ColumnWidths<'a>(columns: &'a [Column]) -> impl IntoView {
    let columns = columns.iter();
    let widths: Vec<_> = columns
        .map(|column| {
            view! { <col class=attribute(column.class) data-drop=column.drop data-from=column.from /> }
        })
        .collect();
    view! { <colgroup>{widths}</colgroup> }
}

/// The heads of the columns.
#[component]
pub(crate) fn ColumnHeads(
    /// The columns.
    columns: Vec<Column>,
    /// The number of the row of heads, in a table whose rows have numbers.
    #[prop(optional)]
    row_index: Option<u64>,
    /// All of them are for screen readers only.
    #[prop(optional)]
    are_hidden: bool,
) -> impl IntoView {
    let heads: Vec<_> = columns.into_iter().map(head).collect();
    view! {
        <thead class=are_hidden.then_some("visually-hidden")>
            <tr aria-rowindex=row_index>{heads}</tr>
        </thead>
    }
}

/// An attribute that is left out when it is empty.
fn attribute(class: &'static str) -> Option<&'static str> {
    (!class.is_empty()).then_some(class)
}

/// One head.
fn head(column: Column) -> AnyView {
    let Column {
        name, has_hidden_name, drop, from, head_class, control, order, sort_href, keeps_scroll, ..
    } = column;
    let content = match sort_href {
        None if has_hidden_name => view! { <span class="visually-hidden">{name}</span> }.into_any(),
        None => name.into_any(),
        Some(href) => view! {
            <a class="data-table__sort" href=href data-noscroll=keeps_scroll>
                {name}
                <svg class="icon icon--small" aria-hidden="true">
                    <use href=move || icon_href(sort_icon(order.get()))></use>
                </svg>
            </a>
        }
        .into_any(),
    };
    view! {
        <th
            scope="col"
            class=attribute(head_class)
            data-drop=drop
            data-from=from
            aria-sort=move || order.get().map(SortOrder::aria)
        >
            {control}
            {content}
        </th>
    }
    .into_any()
}
