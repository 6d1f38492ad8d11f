//! What the page knows, and how it learns more: rows, the last good ones, counts.
//!
//! The first frame comes with its rows. From then on each new address is read on the side, and what comes after another
//! question is dropped.

use leptos::{prelude::*, task::spawn_local};

use super::address::Asked;
use crate::{
    api::{
        ApiError,
        device_list::{DevicesView, Matching, count_devices, list_devices},
    },
    browser,
    reactive::{effect, memo},
    selection::Selection,
};

/// What was asked and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) asked: Asked,
    pub(super) read: Result<DevicesView, ApiError>,
}

/// The last good rows and what they answer.
#[derive(Debug, Clone)]
pub(super) struct Good {
    pub(super) asked: Asked,
    pub(super) view: DevicesView,
}

/// The page's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Devices {
    /// The address.
    pub(super) asked: Memo<Asked>,
    /// The newest answer.
    pub(super) told: RwSignal<Told>,
    /// What a refused query leaves in sight.
    pub(super) good: RwSignal<Option<Good>>,
    /// How many devices match the good query, once the hub has counted.
    pub(super) matching: RwSignal<Option<Matching>>,
    /// Which devices are chosen.
    pub(super) selection: RwSignal<Selection>,
}

/// Reads what an address asks for.
pub(super) async fn read(asked: &Asked) -> Result<DevicesView, ApiError> {
    let columns: Vec<_> = asked.columns.attributes().map(String::as_str).collect();
    list_devices(asked.condition.clone(), asked.after.clone(), columns.join(",")).await.flatten()
}

/// Whether the query itself is at fault, not the way to the hub.
pub(super) fn is_about_the_query(error: &ApiError) -> bool {
    !error.0.errors.is_empty() || matches!(error.0.kind.as_str(), "hub-refused" | "invalid-input")
}

impl Devices {
    /// The state after the first answer, which follows the address from now on.
    pub(super) fn follow(
        asked: Memo<Asked>,
        first: Result<DevicesView, ApiError>,
        before: Option<DevicesView>,
        selection: Selection,
    ) -> Self {
        let now = asked.get_untracked();
        let good = match (&first, before, now.good_before()) {
            (Ok(view), ..) => Some(Good { asked: now.clone(), view: view.clone() }),
            (Err(_), Some(view), Some(asked)) => Some(Good { asked, view }),
            _ => None,
        };
        let devices = Self {
            asked,
            told: RwSignal::new(Told { asked: now, read: first }),
            good: RwSignal::new(good),
            matching: RwSignal::new(None),
            selection: RwSignal::new(selection),
        };
        Effect::new(move |previous: Option<Asked>| {
            let now = asked.get();
            if let Some(previous) = previous.filter(|previous| *previous != now) {
                if previous.condition != now.condition {
                    devices.selection.set(Selection::default());
                }
                if !devices.told.with_untracked(|told| told.read.is_ok() && now.is_served_by(&told.asked)) {
                    devices.read_rows(now.clone());
                }
            }
            now
        });
        devices.count();
        devices
    }

    fn read_rows(self, wanted: Asked) {
        spawn_local(async move {
            let read = read(&wanted).await;
            if self.asked.try_get_untracked().is_none_or(|now| !now.is_served_by(&wanted)) {
                return;
            }
            if let Ok(view) = &read {
                self.good.try_set(Some(Good { asked: wanted.clone(), view: view.clone() }));
            }
            self.told.try_set(Told { asked: wanted, read });
        });
    }

    /// Has each good query counted: once, not once a page of it.
    fn count(self) {
        let condition = self.good_condition();
        effect(move || {
            let Some(counted) = condition.get().filter(|_| browser::is_alive()) else { return };
            self.matching.set(None);
            spawn_local(async move {
                let matching = count_devices(counted.clone()).await;
                let is_wanted = condition.try_get_untracked().flatten() == Some(counted);
                if let (Ok(matching), true) = (matching, is_wanted) {
                    self.matching.try_set(Some(matching));
                }
            });
        });
    }

    /// The last query that was good.
    pub(super) fn good_condition(self) -> Memo<Option<String>> {
        let good = self.good;
        memo(move || good.with(|good| good.as_ref().map(|good| good.asked.condition.clone())))
    }

    /// Why there are no rows for the address as it is.
    pub(super) fn error(self) -> Memo<Option<ApiError>> {
        let told = self.told;
        memo(move || told.with(|told| told.read.as_ref().err().cloned()))
    }

    /// Something of the good rows; its default while there are none.
    pub(super) fn known<T: Default + PartialEq + Send + Sync + 'static>(
        self,
        of: impl Fn(&Good) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        let good = self.good;
        memo(move || good.with(|good| good.as_ref().map(&of).unwrap_or_default()))
    }
}
