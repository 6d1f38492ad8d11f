//! Attributes that narrow the list. An open one shows its values, an applied one can be removed; all of them are links.

use console_wire::device_table::Facet;
use leptos::prelude::*;

use super::{
    facet_values::{FacetValues, use_facet_counts},
    state::Devices,
};
use crate::{
    error::ApiError,
    format::{
        condition::{self, Applied},
        device,
    },
    kit::{Icon, Menu},
};

/// Names in the row; the others are in a menu.
const IN_ROW: usize = 8;

/// An attribute to narrow by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    path: String,
    /// What the query already says of it.
    applied: Option<Applied>,
    is_open: bool,
}

/// The row of attributes and, below it, the values of the open one.
#[component]
pub(super) fn Facets(
    devices: Devices,
    /// The values of the open one, if they were counted for the first frame.
    first: Option<Result<Facet, ApiError>>,
    /// Whether the query was refused, so that there is nothing to narrow.
    is_old: Memo<bool>,
) -> impl IntoView {
    let condition = devices.good_condition();
    let known = devices.known(|good| good.value.table.facets.clone());
    let open = Memo::new(move |_| devices.url.with(|url| url.facet.clone()));
    let items = Memo::new(move |_| {
        let condition = condition.get().filter(|condition| !is_old.get() && condition::can_narrow(condition));
        condition
            .map(|condition| known.with(|known| open.with(|open| items(&condition, known, open))))
            .unwrap_or_default()
    });
    let counts = use_facet_counts(devices, open, first);
    let is_shown = Memo::new(move |_| items.with(|items| !items.is_empty()));
    let has_more = Memo::new(move |_| items.with(|items| items.len() > IN_ROW));
    let link = move |item: Item| view! { <Name devices item /> };
    let row = move || {
        items.get().into_iter().take(IN_ROW).map(|item| view! { <li>{link(item)}</li> }).collect_view()
    };
    let more = move || {
        has_more.get().then(|| {
            let rest = move || {
                let rest = items.get().into_iter().skip(IN_ROW);
                rest.map(|item| view! { <li>{link(item)}</li> }).collect_view()
            };
            let words = view! { "More" <Icon name="chevron-down" /> }.into_any();
            view! {
                <Menu summary=words label="More names to narrow by" button="button button--small button--quiet">
                    {move || rest()}
                </Menu>
            }
        })
    };
    view! {
        <div class="facets" hidden=move || !is_shown.get()>
            <span class="facets__label" id="facets-label">
                "Narrow by"
            </span>
            <ul class="facets__strip" aria-labelledby="facets-label">
                {move || row()}
            </ul>
            {move || more()}
        </div>
        <FacetValues devices counts open is_shown />
    }
    .into_any()
}

/// The attributes of these devices, after those that only the query or the address names.
fn items(condition: &str, known: &[String], open: &str) -> Vec<Item> {
    let applied = condition::applied(condition);
    let open_path = open.to_owned();
    let item = |path: &String| Item {
        path: path.clone(),
        applied: applied.iter().find(|applied| applied.path == *path).cloned(),
        is_open: path == open,
    };
    let mut unknown: Vec<_> = applied.iter().map(|applied| &applied.path).collect();
    if !open.is_empty() && !unknown.contains(&&open_path) {
        unknown.push(&open_path);
    }
    unknown.retain(|path| !known.contains(path));
    unknown.into_iter().chain(known).map(item).collect()
}

/// A link that opens or closes an attribute; if it is applied, with a link that removes it.
#[component]
fn Name(devices: Devices, item: Item) -> impl IntoView {
    let url = devices.url;
    let Item { path, applied, is_open } = item;
    let name = device::attribute(&path);
    let opened = if is_open { String::new() } else { path.clone() };
    let href = move || url.with(|url| url.by(&opened).address());
    let current = is_open.then_some("true");
    let Some(applied) = applied else {
        return view! {
            <a class="filter-chip" href=href.clone() aria-current=current>
                {name}
            </a>
        }
        .into_any();
    };
    let condition = devices.good_condition();
    let without_it = move || {
        let rest = condition::without(&condition.get().unwrap_or_default(), &path);
        url.with(|url| url.matching(rest).address())
    };
    let remove = format!("Remove {name} {}", applied.words);
    view! {
        <span class="filter-token facets__applied">
            <a class="facets__name" href=href aria-current=current>
                <span class="filter-token__key">{name}</span>
                " "
                <span class="filter-token__value">{applied.words}</span>
            </a>
            <a class="filter-token__remove" href=without_it aria-label=remove>
                <Icon name="x" />
            </a>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applied_and_open_attributes() {
        let known = ["tags.a", "tags.b"].map(String::from);
        let read = |condition: &str| -> Vec<_> {
            let read = items(condition, &known, "tags.b").into_iter();
            read.map(|item| (item.path, item.applied.map(|applied| applied.words), item.is_open)).collect()
        };
        let plain = |path: &str, is_open| (path.to_owned(), None, is_open);
        let applied = |path: &str, words: &str, is_open| (path.to_owned(), Some(words.to_owned()), is_open);
        assert_eq!(read(""), [plain("tags.a", false), plain("tags.b", true)]);
        let alone: Vec<_> = items("", &[], "tags.c").into_iter().map(|item| item.is_open).collect();
        assert_eq!(alone, [true], "one that only the address names can be closed");
        assert_eq!(
            read("tags.b = 1 AND connectionState = 'Connected'"),
            [
                applied("connectionState", "= Connected", false),
                plain("tags.a", false),
                applied("tags.b", "= 1", true)
            ]
        );
    }
}
