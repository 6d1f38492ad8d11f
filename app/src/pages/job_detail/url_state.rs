//! The page's state in the address: filters, order, and the device in the drawer.

use console_wire::{job::ResultOrder, outcome::Outcome};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

use crate::{
    api::job_results::ResultView,
    paths::{self, unknown, unknown_names},
};

/// All parameters of the page. `cancel`, `ask` and `rerun` open a dialog; `at` is the first row of a page without scripts.
const PARAMETERS: [&str; 10] =
    ["state", "cause", "cell", "find", "order", "device", "cancel", "ask", "rerun", "at"];

/// The parameters of the address; empty where they are missing or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct UrlState {
    /// Which devices, in which order.
    pub(super) rows: ResultView,
    /// The device in the drawer.
    pub(super) device: String,
}

impl UrlState {
    fn from_params(query: &ParamsMap) -> Self {
        let value = |name: &str| query.get(name).unwrap_or_default();
        let known = |name: &str| Some(value(name)).filter(|value| is_known(name, value)).unwrap_or_default();
        Self {
            rows: ResultView {
                state: known("state"),
                cause: value("cause"),
                cell: known("cell"),
                find: value("find"),
                order: known("order"),
            },
            device: value("device"),
        }
    }

    /// Its address.
    pub(super) fn address(&self, job_id: &str) -> String {
        let ResultView { state, cause, cell, find, order } = &self.rows;
        paths::with_query(
            &paths::job(job_id),
            &[
                ("state", state),
                ("cause", cause),
                ("cell", cell),
                ("find", find),
                ("order", order),
                ("device", &self.device),
            ],
        )
    }
}

/// Whether a parameter's value is known.
fn is_known(name: &str, value: &str) -> bool {
    match name {
        "state" => Outcome::from_wire(value).is_some(),
        "order" => ResultOrder::from_wire(value).is_some(),
        "cell" => value.parse::<u32>().is_ok(),
        _ => true,
    }
}

/// Parameters with unknown values or names.
fn unknown_params(query: &ParamsMap) -> Vec<String> {
    let values = ["state", "cell", "order"].into_iter();
    let values = values.filter_map(|name| unknown(query, name, |value| is_known(name, value)));
    values.chain(unknown_names(query, &PARAMETERS)).collect()
}

/// The address as signals.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobUrl {
    /// The job.
    pub(super) job_id: Memo<String>,
    /// Which devices, in which order, as the address says.
    pub(super) rows: Memo<ResultView>,
    /// The order that this browser remembers; empty where it is the default, and in the first frame.
    pub(super) remembered: RwSignal<String>,
    /// Which devices, in which order: the address's, else the remembered one.
    pub(super) wanted: Memo<ResultView>,
    /// The device in the drawer, or empty.
    pub(super) device: Memo<String>,
    /// The first row of a page without scripts.
    pub(super) offset: Memo<u64>,
    /// Parameters with unknown values.
    pub(super) unknown: Memo<Vec<String>>,
}

impl JobUrl {
    /// The address of this page.
    pub(super) fn use_address() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let state = Memo::new(move |_| query.with(UrlState::from_params));
        let rows = Memo::new(move |_| state.with(|state| state.rows.clone()));
        let remembered = RwSignal::new(String::new());
        let wanted = move |_: Option<&ResultView>| {
            let mut rows = rows.get();
            if rows.order.is_empty() {
                rows.order = remembered.get();
            }
            rows
        };
        Self {
            job_id: Memo::new(move |_| {
                params.with(|params| params.get("id").map(|id| paths::id(&id).to_owned())).unwrap_or_default()
            }),
            rows,
            remembered,
            wanted: Memo::new(wanted),
            device: Memo::new(move |_| state.with(|state| state.device.clone())),
            unknown: Memo::new(move |_| query.with(unknown_params)),
            offset: Memo::new(move |_| {
                query.with(|query| query.get("at")).and_then(|at| at.parse().ok()).unwrap_or_default()
            }),
        }
    }

    /// The address of this view with something else in it.
    pub(super) fn with(self, change: impl FnOnce(&mut UrlState)) -> String {
        let mut state = UrlState { rows: self.rows.get(), device: self.device.get() };
        change(&mut state);
        state.address(&self.job_id.get())
    }

    /// The address that opens a device in the drawer. It does not depend on which device is open.
    pub(super) fn opening(self, device: String) -> String {
        UrlState { rows: self.rows.get(), device }.address(&self.job_id.get())
    }

    /// The address of this view with something else in it, for an event handler: without tracking.
    pub(super) fn with_untracked(self, change: impl FnOnce(&mut UrlState)) -> String {
        untrack(|| self.with(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(pairs: &[(&str, &str)]) -> UrlState {
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert((*name).to_owned(), (*value).to_owned());
        }
        UrlState::from_params(&map)
    }

    #[test]
    fn the_address_is_the_state() {
        let state = state(&[
            ("state", "failed"),
            ("cause", "500:BOLT JAMMED"),
            ("device", "door-1"),
            ("order", "latest"),
        ]);
        assert_eq!(
            state.address("lock-1"),
            "/jobs/lock-1?state=failed&cause=500%3ABOLT%20JAMMED&order=latest&device=door-1"
        );
        assert!(state.rows.is_filtered());
    }

    #[test]
    fn unknown_values_are_ignored() {
        let state = state(&[("state", "broken"), ("cell", "x"), ("order", "odd"), ("nonsense", "1")]);
        assert_eq!(state, UrlState::default());
        assert_eq!(state.address("lock-1"), "/jobs/lock-1");
        let address: ParamsMap =
            [("state", "broken"), ("order", "latest"), ("find", "x")].into_iter().collect();
        assert_eq!(unknown_params(&address), ["state=broken"]);
        let address: ParamsMap =
            [("device", "door-1"), ("cancel", "ask"), ("at", "50"), ("foo", "bar")].into_iter().collect();
        assert_eq!(unknown_params(&address), ["foo=bar"]);
    }
}
