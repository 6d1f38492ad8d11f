//! The filters of the jobs list: reads them from an address or from the filter bar, and builds the address for them.
//!
//! Pure, and the same on both sides. The user types words and `key=value` tokens. A plain form sends all of them as `q`, so
//! tokens are read from that parameter too. Tokens with an unknown value are ignored and returned apart.

use std::collections::BTreeMap;

use console_wire::job::{JobFilter, JobSort, JobSummary, JobTab};
use hub_wire::{DeviceId, Timestamp, job::JobStatus, time::TICKS_PER_SECOND};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::paths;

/// A filter of the bar and the address.
pub(crate) struct Key {
    /// Its name before the `=`.
    pub(crate) name: &'static str,
    /// Values to suggest.
    pub(crate) values: &'static [&'static str],
    /// Sets the filter to a value at a time; `None` for an unknown value.
    set: fn(&mut JobFilter, &str, Timestamp) -> Option<()>,
}

/// All filters, in the order of the bar.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "tab",
        values: &["running", "scheduled", "finished"],
        set: |filter, value, _| {
            filter.tab = JobTab::from_wire(value)?;
            Some(())
        },
    },
    Key {
        name: "since",
        values: &["24h", "7d", "30d"],
        set: |filter, value, now| {
            filter.since = if value == "all" { None } else { Some(before(now, span(value)?)) };
            Some(())
        },
    },
    Key {
        name: "status",
        values: &["running", "queued", "scheduled", "completed", "failed", "with-failures", "cancelled"],
        set: |filter, value, _| {
            (filter.status, filter.problems) = status(value)?;
            Some(())
        },
    },
    Key {
        name: "action",
        values: &[],
        set: |filter, value, _| {
            filter.action = Some(value.to_owned());
            Some(())
        },
    },
    Key {
        name: "target",
        values: &[],
        set: |filter, value, _| {
            filter.target = Some(value.to_owned());
            Some(())
        },
    },
    Key {
        name: "device",
        values: &[],
        set: |filter, value, _| {
            filter.device = Some(DeviceId::new(value).ok()?);
            Some(())
        },
    },
    Key {
        name: "longer",
        values: &["1min", "10min", "1h", "2h"],
        set: |filter, value, _| {
            filter.longer_secs = Some(span(value)?);
            Some(())
        },
    },
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
        Self { sort, after: String::new(), ..self.clone() }
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

/// The time that many seconds earlier.
fn before(now: Timestamp, seconds: u64) -> Timestamp {
    let back = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND);
    Timestamp::from_ticks(now.ticks().saturating_sub(back).max(0))
}

/// A token as it is typed: quoted when it holds a space.
pub(crate) fn token(key: &str, value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("{key}=\"{value}\"") } else { format!("{key}={value}") }
}

/// Seconds of a span such as `90s`, `30min`, `24h`, `7d`.
pub(crate) fn span(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

/// A span as text: `2 h`, `30 days`.
pub(crate) fn span_label(text: &str) -> String {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = match (unit, number) {
        ("m", _) => "min",
        ("d", "1") => "day",
        ("d", _) => "days",
        (unit, _) => unit,
    };
    format!("{number} {unit}")
}

/// Reads `status` as the hub's status and whether devices had problems. `failed` is every job that something failed in,
/// whether the job itself or a device: who looks for failures finds them all.
fn status(text: &str) -> Option<(Option<JobStatus>, Option<bool>)> {
    match text {
        "failed" => Some((None, Some(true))),
        "with-failures" => Some((Some(JobStatus::Completed), Some(true))),
        "completed" => Some((Some(JobStatus::Completed), Some(false))),
        "canceled" => Some((Some(JobStatus::Cancelled), None)),
        text => {
            let status = JobStatus::from_wire(text);
            (status != JobStatus::Unknown).then_some((Some(status), None))
        }
    }
}

/// Splits typed text at white space outside of double quotes, and removes the quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => tokens.push(String::new()),
            c => tokens.last_mut().expect("never empty").push(c),
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

#[cfg(test)]
mod tests {
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
            (&[("q", "device=door-1 lock")], "/jobs?device=door-1&q=lock"),
        ] {
            let (view, unknown) = read(given);
            assert_eq!((view.address().as_str(), unknown.len()), (address, 0), "{given:?}");
        }
    }

    #[test]
    fn unknown_tokens_are_returned() {
        for (given, told) in [
            (&[("tab", "running2")][..], "tab=running2"),
            (&[("since", "soon")], "since=soon"),
            (&[("q", "status=odd lock")], "status=odd"),
            (&[("sort", "colour")], "sort=colour"),
            (&[("longer", "0s")], "longer=0s"),
            (&[("device", "no id")], "device=…"),
            (&[("foo", "bar"), ("tab", "running")], "foo=bar"),
            (&[("foo", "")], "foo="),
        ] {
            assert_eq!(read(given).1, [told]);
        }
    }

    #[test]
    fn a_search_replaces_tokens_and_words() {
        let (view, _) = read(&[("status", "failed"), ("q", "lock"), ("after", "x"), ("sort", "job")]);
        let (view, _) = view.with_search("status=completed action=unlock west wing");
        assert_eq!(view.address(), "/jobs?status=completed&action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.without("status").address(), "/jobs?action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.with_search("").0.without("action").without("status").address(), "/jobs?sort=job");
        assert_eq!(token("target", "a = b"), "target=\"a = b\"");
    }

    #[test]
    fn sorting_toggles() {
        let first = JobsQuery::default().sorted_by("start");
        let second = first.sorted_by("start");
        assert_eq!((first.sort.as_str(), second.sort.as_str()), ("start", "-start"));
        assert_eq!(second.sorted_by("start").sort, "");
        assert_eq!(second.sorted_by("job").sort, "job");
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
        assert_eq!(span_label("2h"), "2 h");
        assert_eq!(span_label("30d"), "30 days");
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
