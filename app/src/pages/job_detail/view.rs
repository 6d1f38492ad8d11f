//! What the address asks for: filters, order, and the device in the drawer. Nothing else decides what the page shows.

use console_wire::{job::ResultOrder, outcome::Outcome};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

use crate::{
    api::job_results::ResultView,
    paths::{self, unknown},
    reactive::memo,
};

/// The words of the address, empty where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asked {
    /// Which devices, in which order.
    pub(super) rows: ResultView,
    /// The device in the drawer.
    pub(super) device: String,
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        let word = |name: &str| query.get(name).unwrap_or_default();
        // What there is not filters and orders nothing, so it is as if it had not been asked for.
        let known = |name: &str| Some(word(name)).filter(|word| is_known(name, word)).unwrap_or_default();
        Self {
            rows: ResultView {
                state: known("state"),
                cause: word("cause"),
                cell: known("cell"),
                find: word("find"),
                order: known("order"),
            },
            device: word("device"),
        }
    }

    /// The address that asks for this.
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

/// Whether a parameter's value means something.
fn is_known(name: &str, value: &str) -> bool {
    match name {
        "state" => Outcome::from_wire(value).is_some(),
        "order" => ResultOrder::from_wire(value).is_some(),
        "cell" => value.parse::<u32>().is_ok(),
        _ => true,
    }
}

/// What in the address means nothing.
fn ignored(query: &ParamsMap) -> Vec<String> {
    ["state", "cell", "order"]
        .into_iter()
        .filter_map(|name| unknown(query, name, |value| is_known(name, value)))
        .collect()
}

/// The address as the page's parts follow it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// The job.
    pub(super) job_id: Memo<String>,
    /// Which devices, in which order, as the address says it.
    pub(super) rows: Memo<ResultView>,
    /// The order that this browser remembers; empty where it is the usual one, and in the first frame.
    pub(super) remembered: RwSignal<String>,
    /// Which devices, in which order: the address's, else the remembered one.
    pub(super) wanted: Memo<ResultView>,
    /// The device in the drawer, or empty.
    pub(super) device: Memo<String>,
    /// Where a page without scripts goes on in the list.
    pub(super) offset: Memo<u64>,
    /// What in the address means nothing.
    pub(super) ignored: Memo<Vec<String>>,
}

impl View {
    /// The address of this page.
    pub(super) fn use_address() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let asked = memo(move || query.with(Asked::of));
        let rows = memo(move || asked.with(|asked| asked.rows.clone()));
        let remembered = RwSignal::new(String::new());
        let wanted = move |_: Option<&ResultView>| {
            let mut rows = rows.get();
            if rows.order.is_empty() {
                rows.order = remembered.get();
            }
            rows
        };
        Self {
            job_id: memo(move || params.with(|params| params.get("id")).unwrap_or_default()),
            rows,
            remembered,
            wanted: Memo::new(wanted),
            device: memo(move || asked.with(|asked| asked.device.clone())),
            ignored: memo(move || query.with(ignored)),
            offset: memo(move || {
                query.with(|query| query.get("at")).and_then(|at| at.parse().ok()).unwrap_or_default()
            }),
        }
    }

    /// The address of this view with something else in it.
    pub(super) fn with(self, change: impl FnOnce(&mut Asked)) -> String {
        let mut asked = Asked { rows: self.rows.get(), device: self.device.get() };
        change(&mut asked);
        asked.address(&self.job_id.get())
    }

    /// The address that opens a device beside the list. It stays the same whichever device is open.
    pub(super) fn opening(self, device: String) -> String {
        Asked { rows: self.rows.get(), device }.address(&self.job_id.get())
    }

    /// The address of this view with something else in it, for a handler: it follows nothing.
    pub(super) fn with_untracked(self, change: impl FnOnce(&mut Asked)) -> String {
        untrack(|| self.with(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert((*name).to_owned(), (*value).to_owned());
        }
        Asked::of(&map)
    }

    #[test]
    fn an_address_says_what_was_asked() {
        let asked = asked(&[
            ("state", "failed"),
            ("cause", "500:BOLT JAMMED"),
            ("device", "door-1"),
            ("order", "latest"),
        ]);
        assert_eq!(
            asked.address("lock-1"),
            "/jobs/lock-1?state=failed&cause=500%3ABOLT%20JAMMED&order=latest&device=door-1"
        );
        assert!(asked.rows.is_filtered());
    }

    #[test]
    fn unknown_words_are_ignored() {
        let asked = asked(&[("state", "broken"), ("cell", "x"), ("order", "odd"), ("nonsense", "1")]);
        assert_eq!(asked, Asked::default());
        assert_eq!(asked.address("lock-1"), "/jobs/lock-1");
        let address: ParamsMap =
            [("state", "broken"), ("order", "latest"), ("find", "x")].into_iter().collect();
        assert_eq!(ignored(&address), ["state=broken"]);
    }
}
