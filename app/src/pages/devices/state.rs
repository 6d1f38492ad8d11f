//! What the devices page shows: the newest answer, the last good rows, and how many devices match.

use leptos::prelude::*;

use super::address::UrlState;
use crate::{
    api::device_list::{DevicesView, Matching, count_devices, list_devices},
    data::read::{Good, ReadOptions, Reading, use_read, use_read_from},
    error::ApiError,
    pages::devices::selection::Selection,
};

/// The last good rows and the address that they answer.
pub(super) type GoodRows = Good<UrlState, DevicesView>;

/// The page's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Devices {
    /// The address.
    pub(super) url: Memo<UrlState>,
    /// Pages of rows. A refused query leaves the last good rows on the page.
    pub(super) rows: Reading<UrlState, DevicesView>,
    /// How many devices match the last good query.
    counts: Reading<String, Matching>,
    /// Which devices are selected.
    pub(super) selection: RwSignal<Selection>,
}

/// Reads the rows that an address names.
pub(super) async fn read(url: UrlState) -> Result<DevicesView, ApiError> {
    let columns: Vec<_> = url.columns.attributes().map(String::as_str).collect();
    let columns = columns.join(",");
    list_devices(url.condition, url.after, columns, url.is_refused).await.flatten()
}

/// Whether the query itself is wrong, rather than the connection to the hub.
pub(super) fn is_about_the_query(error: &ApiError) -> bool {
    !error.0.errors.is_empty() || matches!(error.0.kind.as_str(), "hub-refused" | "invalid-input")
}

impl Devices {
    /// Follows the address. Each good query is counted once, not once per page of it.
    pub(super) fn follow(url: Memo<UrlState>, selection: Selection) -> Self {
        let key = Signal::derive(move || Some(url.get()));
        let options = ReadOptions::once().covers(|read: &UrlState, url| url.is_served_by(read));
        let rows = use_read(key, options, read);
        let counts = use_read_from(listed_condition(rows), None, ReadOptions::once(), count_devices);
        let selection = RwSignal::new(selection);
        Effect::new(move |before: Option<(String, bool)>| {
            let listed = url.with(|url| (url.condition.clone(), url.is_refused));
            if before.is_some_and(|before| before != listed) {
                selection.set(Selection::default());
            }
            listed
        });
        Self { url, rows, counts, selection }
    }

    /// The condition that a plain text in the address means; `None` for a condition, and while that is unknown.
    pub(super) fn searched(self) -> Memo<Option<String>> {
        let good = self.rows.good();
        Memo::new(move |_| {
            self.url.with(|url| {
                good.with(|good| {
                    let current = good.as_ref().filter(|good| good.key.condition == url.condition)?;
                    current.value.searched.clone()
                })
            })
        })
    }

    /// How many devices match the last good query; `None` until the hub has counted them.
    pub(super) fn matching(self) -> Memo<Option<Matching>> {
        Memo::new(move |_| self.counts.current()?.ok())
    }

    /// The last good condition, which links narrow or widen.
    pub(super) fn good_condition(self) -> Memo<Option<String>> {
        let good = self.rows.good();
        Memo::new(move |_| good.with(|good| good.as_ref().map(condition_of)))
    }

    /// The condition that selects exactly the good rows, also where the address selects devices by more than a condition.
    pub(super) fn listed_condition(self) -> Memo<Option<String>> {
        listed_condition(self.rows)
    }

    /// What the address selects devices by beside its condition.
    pub(super) fn test(self) -> Memo<Option<String>> {
        self.known(|good| good.value.refused.clone())
    }

    /// Why there are no rows for the address as it is.
    pub(super) fn error(self) -> Memo<Option<ApiError>> {
        Memo::new(move |_| self.rows.error())
    }

    /// A part of the good rows; its default while there are none.
    pub(super) fn known<T: Default + PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&GoodRows) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        let good = self.rows.good();
        Memo::new(move |_| good.with(|good| good.as_ref().map(&part).unwrap_or_default()))
    }
}

fn listed_condition(rows: Reading<UrlState, DevicesView>) -> Memo<Option<String>> {
    let good = rows.good();
    Memo::new(move |_| {
        good.with(|good| {
            good.as_ref().map(|good| with_test(condition_of(good), good.value.refused.as_deref()))
        })
    })
}

/// A condition with what the address selects devices by beside it.
pub(super) fn with_test(condition: String, test: Option<&str>) -> String {
    match test {
        Some(test) => hub_query::filter::and(&condition, test),
        None => condition,
    }
}

/// The condition of good rows: that of their address, or what a plain text in it means.
pub(super) fn condition_of(good: &GoodRows) -> String {
    good.value.searched.clone().unwrap_or_else(|| good.key.condition.clone())
}
