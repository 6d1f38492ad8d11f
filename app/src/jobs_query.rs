//! The filters of the jobs list: reads them from an address or from the filter bar, and builds the address for them.
//!
//! Pure, and the same on both sides. The user types words and `key=value` tokens. A plain form sends all of them as `q`, so
//! tokens are read from that parameter too. Tokens with an unknown value are ignored and returned apart.

mod key;
mod text;

use std::collections::BTreeMap;

use console_wire::job::{JobFilter, JobSort, JobSummary, JobTab};
use hub_wire::Timestamp;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::{
    key::KEYS,
    text::{span_label, token},
};
use self::{key::Key, text::tokens};
use crate::paths;

/// The orders that the list offers: the value in the address, and its label.
pub(crate) const ORDERS: [(&str, &str); 7] = [
    ("", "In groups"),
    ("name", "Name, A to Z"),
    ("-name", "Name, Z to A"),
    ("start", "Start, earliest first"),
    ("-start", "Start, latest first"),
    ("duration", "Duration, shortest first"),
    ("-duration", "Duration, longest first"),
];

/// A view of the jobs list; empty texts mean the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobsQuery {
    /// The values of [`KEYS`] that are not the default, by name.
    filters: BTreeMap<String, String>,
    /// Words of name, id, action or condition.
    pub(crate) q: String,
    /// A [`JobSort`].
    pub(crate) sort: String,
    /// The cursor of the page.
    pub(crate) after: String,
}

impl JobsQuery {
    /// Reads the view from an address, and returns its unknown tokens and parameters.
    pub(crate) fn from_params(params: &ParamsMap) -> (Self, Vec<String>) {
        let get = |name| params.get(name).unwrap_or_default();
        let mut view = Self { after: get("after"), ..Self::default() };
        let mut unknown = Vec::new();
        for key in KEYS {
            view.accept(key, &get(key.name), &mut unknown);
        }
        let sort = get("sort");
        match JobSort::from_wire(&sort) {
            Some(JobSort::Groups) => {}
            Some(_) => view.sort = sort,
            None if sort.is_empty() => {}
            None => unknown.push(paths::shown("sort", &sort)),
        }
        view.apply_search(&get("q"), &mut unknown);
        let known: Vec<_> = KEYS.iter().map(|key| key.name).chain(["q", "sort", "after"]).collect();
        unknown.extend(paths::unknown_names(params, &known));
        (view, unknown)
    }

    /// The view for a text in the filter bar: tokens replace those of the same key, words replace all words.
    pub(crate) fn with_search(&self, text: &str) -> (Self, Vec<String>) {
        let mut view = Self { after: String::new(), ..self.clone() };
        let mut unknown = Vec::new();
        view.apply_search(text, &mut unknown);
        (view, unknown)
    }

    fn apply_search(&mut self, text: &str, unknown: &mut Vec<String>) {
        let mut words = Vec::new();
        for token in tokens(text) {
            match token.split_once('=') {
                Some((name, value)) if let Some(key) = KEYS.iter().find(|key| key.name == name) => {
                    self.accept(key, value, unknown);
                }
                _ => words.push(token),
            }
        }
        self.q = words.join(" ");
    }

    fn accept(&mut self, key: &Key, value: &str, unknown: &mut Vec<String>) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let mut filter = JobFilter::default();
        if (key.set)(&mut filter, value, Timestamp::FAR_FUTURE).is_none() {
            unknown.push(paths::shown(key.name, value));
        } else if filter == JobFilter::default() {
            self.filters.remove(key.name);
        } else {
            self.filters.insert(key.name.to_owned(), value.to_owned());
        }
    }

    /// The value of a token, empty when there is none.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.filters.get(name).map_or("", String::as_str)
    }

    /// The tokens that are set, as key and value.
    pub(crate) fn tokens(&self) -> Vec<(&'static str, String)> {
        KEYS.iter().filter_map(|key| Some((key.name, self.filters.get(key.name)?.clone()))).collect()
    }

    /// The same view without one token.
    pub(crate) fn without(&self, key: &str) -> Self {
        let mut view = Self { after: String::new(), ..self.clone() };
        view.filters.remove(key);
        view
    }

    /// The same view without words.
    pub(crate) fn without_text(&self) -> Self {
        Self { after: String::new(), q: String::new(), ..self.clone() }
    }

    /// The same filters on another tab.
    pub(crate) fn on_tab(&self, tab: JobTab) -> Self {
        let mut view = self.without("tab");
        if tab != JobTab::All {
            view.filters.insert("tab".to_owned(), tab.as_str().to_owned());
        }
        view
    }

    /// Another page of the same view; empty means the first.
    pub(crate) fn after(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    /// The view after a click on a column's head: ascending, then descending, then the default.
    pub(crate) fn sorted_by(&self, column: &str) -> Self {
        let sort = match self.sort.strip_prefix('-') {
            None if self.sort == column => format!("-{column}"),
            Some(sorted) if sorted == column => String::new(),
            _ => column.to_owned(),
        };
        self.in_order(&sort)
    }

    /// The first page of the same list in one of the [`ORDERS`].
    pub(crate) fn in_order(&self, sort: &str) -> Self {
        Self { sort: sort.to_owned(), after: String::new(), ..self.clone() }
    }

    /// Whether the list has a filter besides the tab.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.tokens().iter().any(|(key, _)| *key != "tab")
    }

    /// The tab.
    pub(crate) fn job_tab(&self) -> JobTab {
        JobTab::from_wire(self.value("tab")).unwrap_or_default()
    }

    /// The order; groups by default.
    pub(crate) fn job_sort(&self) -> JobSort {
        JobSort::from_wire(&self.sort).unwrap_or(JobSort::Groups)
    }

    /// The address of this view.
    pub(crate) fn address(&self) -> String {
        let mut parameters: Vec<(&str, &str)> =
            KEYS.iter().map(|key| (key.name, self.value(key.name))).collect();
        parameters.extend([("q", self.q.as_str()), ("sort", &self.sort), ("after", &self.after)]);
        paths::with_query(paths::JOBS, &parameters)
    }

    /// The address of a file with all jobs of this view, in its order: `csv` or `json`.
    pub(crate) fn file(&self, ending: &str, now: Timestamp) -> String {
        let filter = JobFilter { cursor: None, limit: None, ..self.filter(now) };
        let Ok(Value::Object(members)) = serde_json::to_value(filter) else { return String::new() };
        let parameters: Vec<_> = members
            .into_iter()
            .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        paths::with_query(&format!("{}.{ending}", paths::API_JOBS), &parameters)
    }

    /// The filter for the console.
    pub(crate) fn filter(&self, now: Timestamp) -> JobFilter {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut filter = JobFilter {
            q: some(&self.q),
            sort: self.job_sort(),
            cursor: some(&self.after),
            ..JobFilter::default()
        };
        for key in KEYS {
            // Unknown values in a request that is not from an address are ignored.
            let _ = self.filters.get(key.name).and_then(|value| (key.set)(&mut filter, value, now));
        }
        filter
    }

    /// Whether a job that has just started belongs to this view.
    pub(crate) fn matches(&self, job: &JobSummary) -> bool {
        self.filter(job.as_of).holds_new(job)
    }
}

#[cfg(test)]
mod tests {
    use console_wire::group::GroupRef;
    use hub_wire::job::JobStatus;

    use super::*;
    use crate::format::job::tests::job;

    fn read(address: &[(&str, &str)]) -> (JobsQuery, Vec<String>) {
        let params: ParamsMap =
            address.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        JobsQuery::from_params(&params)
    }

    #[test]
    fn an_address_holds_the_view() {
        for (given, address) in [
            (&[][..], "/jobs"),
            (&[("tab", "all"), ("since", "all"), ("sort", "groups")], "/jobs"),
            (&[("tab", "running"), ("q", "lock door")], "/jobs?tab=running&q=lock%20door"),
            (&[("q", "status=failed lock since=7d")], "/jobs?since=7d&status=failed&q=lock"),
            (&[("q", "target=\"tags.a = 'b'\"")], "/jobs?target=tags.a%20%3D%20%27b%27"),
            (&[("q", "a=b")], "/jobs?q=a%3Db"),
            (&[("sort", "-start"), ("after", "x")], "/jobs?sort=-start&after=x"),
            (&[("device", "door-1")], "/jobs?device=door-1"),
            (&[("q", "day=2026-11-30")], "/jobs?day=2026-11-30"),
            (&[("q", "device=door-1 lock")], "/jobs?device=door-1&q=lock"),
        ] {
            let (view, unknown) = read(given);
            assert_eq!((view.address().as_str(), unknown.len()), (address, 0), "{given:?}");
        }
    }

    #[test]
    fn unknown_tokens_are_returned() {
        for (given, unknown) in [
            (&[("tab", "running2")][..], "tab=running2"),
            (&[("since", "soon")], "since=soon"),
            (&[("q", "status=odd lock")], "status=odd"),
            (&[("sort", "colour")], "sort=colour"),
            (&[("longer", "0s")], "longer=0s"),
            (&[("device", "no id")], "device=…"),
            (&[("foo", "bar"), ("tab", "running")], "foo=bar"),
            (&[("foo", "")], "foo="),
        ] {
            assert_eq!(read(given).1, [unknown]);
        }
    }

    #[test]
    fn a_search_replaces_tokens_and_words() {
        let (view, _) = read(&[("status", "failed"), ("q", "lock"), ("after", "x"), ("sort", "job")]);
        let (view, _) = view.with_search("status=completed action=unlock west wing");
        assert_eq!(view.address(), "/jobs?status=completed&action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.without("status").address(), "/jobs?action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.with_search("").0.without("action").without("status").address(), "/jobs?sort=job");
    }

    #[test]
    fn sorting_toggles() {
        let first = JobsQuery::default().sorted_by("start");
        let second = first.sorted_by("start");
        assert_eq!((first.sort.as_str(), second.sort.as_str()), ("start", "-start"));
        assert_eq!(second.sorted_by("start").sort, "");
        assert_eq!(second.sorted_by("job").sort, "job");
        for (sort, label) in ORDERS {
            let (view, unknown) = read(&[("sort", sort), ("after", "x")]);
            let ordered = JobsQuery::default().in_order(sort);
            assert_eq!((view.in_order(sort), unknown.len()), (ordered, 0), "{label}");
        }
    }

    #[test]
    fn filters() {
        let now = Timestamp::parse("2026-09-17T18:00:00Z").unwrap();
        let (view, _) = read(&[("since", "24h"), ("status", "with-failures"), ("longer", "2h")]);
        let filter = view.filter(now);
        assert_eq!(filter.since, Some(Timestamp::parse("2026-09-16T18:00:00Z").unwrap()));
        assert_eq!((filter.status, filter.problems), (Some(JobStatus::Completed), Some(true)));
        assert_eq!((filter.longer_secs, filter.sort), (Some(7200), JobSort::Groups));
        for (status, of_hub, has_failures) in [
            // Jobs in which devices failed, not only those that could not run.
            ("failed", None, Some(true)),
            ("completed", Some(JobStatus::Completed), Some(false)),
            ("cancelled", Some(JobStatus::Cancelled), None),
        ] {
            let filter = read(&[("status", status)]).0.filter(now);
            assert_eq!((filter.status, filter.problems), (of_hub, has_failures), "{status}");
        }
    }

    #[test]
    fn a_file_has_the_same_jobs_in_the_same_order() {
        let now = Timestamp::parse("2026-09-17T18:00:00Z").unwrap();
        for (given, file) in [
            (&[][..], "/api/v1/jobs.csv?sort=groups&tab=all"),
            (
                &[("tab", "finished"), ("since", "24h"), ("q", "status=failed lock door"), ("after", "x")],
                "/api/v1/jobs.csv?problems=true&q=lock%20door&since=2026-09-16T18%3A00%3A00.0000000Z&sort=groups&tab=finished",
            ),
            (
                &[("device", "door-1"), ("longer", "2h"), ("sort", "-name")],
                "/api/v1/jobs.csv?device=door-1&longerThanSeconds=7200&sort=-name&tab=all",
            ),
        ] {
            assert_eq!(read(given).0.file("csv", now), file);
        }
    }

    #[test]
    fn a_failed_status_is_anything_that_failed() {
        let failed = read(&[("status", "failed")]).0.filter(Timestamp::from_unix_millis(0));
        assert_eq!((failed.status, failed.problems), (None, Some(true)));
        let mut job = job(JobStatus::Completed);
        assert!(!failed.holds_new(&job));
        job.outcomes.timed_out = 1;
        assert!(failed.holds_new(&job));
        assert!(failed.holds_new(&crate::format::job::tests::job(JobStatus::Failed)));
    }

    #[test]
    fn a_new_job_belongs_to_the_days_of_its_start() {
        let at = |text| Some(Timestamp::parse(text).unwrap());
        let mut planned = job(JobStatus::Scheduled);
        planned.start_time = at("2026-09-18T08:00:00Z");
        for (since, until, holds) in [
            (None, at("2026-09-18T00:00:00Z"), false),
            (None, at("2026-09-19T00:00:00Z"), true),
            (at("2026-09-18T00:00:00Z"), at("2026-09-19T00:00:00Z"), true),
            (at("2026-09-19T00:00:00Z"), None, false),
        ] {
            let filter = JobFilter { since, until, ..JobFilter::default() };
            assert_eq!(filter.holds_new(&planned), holds, "{since:?} {until:?}");
        }
    }

    #[test]
    fn a_new_job_of_another_group_is_not_in_the_list() {
        let mut of_group = job(JobStatus::Running);
        of_group.group = Some(GroupRef { group_id: "doors".into(), name: "Doors".into() });
        for (group, holds) in [(None, true), (Some("doors"), true), (Some("lifts"), false)] {
            let filter = JobFilter { group: group.map(str::to_owned), ..JobFilter::default() };
            assert_eq!(filter.holds_new(&of_group), holds, "{group:?}");
        }
    }

    #[test]
    fn a_new_job_matches_the_view_or_not() {
        let mut running = job(JobStatus::Running);
        running.query_condition.push_str(" AND tags.site = 'Århus Юг'");
        running.name = "Doors of the Harbour".into();
        for (given, holds) in [
            (&[][..], true),
            (&[("tab", "scheduled")], false),
            (&[("q", "LOCK-1 simulated")], true),
            (&[("q", "unlock")], false),
            (&[("action", "door")], true),
            (&[("target", "kind")], false),
            (&[("target", "århus юг")], true),
            (&[("q", "ÅRHUS ЮГ")], true),
            (&[("status", "running")], true),
            (&[("status", "failed")], false),
            (&[("q", "doors of the harbour")], true),
            (&[("device", "door-1")], false),
            (&[("longer", "1s")], false),
        ] {
            assert_eq!(read(given).0.matches(&running), holds, "{given:?}");
        }
        let failed = read(&[("status", "failed")]).0;
        assert!(failed.matches(&job(JobStatus::Failed)), "it could not run");
        running.outcomes.failed = 1;
        assert!(failed.matches(&running), "a device failed");
    }
}
