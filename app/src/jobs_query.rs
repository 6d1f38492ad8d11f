//! The filter bar of the jobs page as data: what the address says, what somebody typed, and the address for that.
//!
//! Pure, and the same on both sides. What is typed are words and `key=value` tokens; a plain form sends them all as
//! `q`, so reading an address takes the tokens out of it. A value that means nothing is passed over and told.

use console_wire::job::{JobFilter, JobSort, JobSummary, JobTab};
use hub_wire::{Timestamp, job::JobStatus, time::TICKS_PER_SECOND};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::{browser::lowered, paths};

/// Keys that a token may have, in the order of the bar, with values to suggest.
pub(crate) const KEYS: [(&str, &[&str]); 6] = [
    ("tab", &["running", "scheduled", "finished"]),
    ("since", &["24h", "7d", "30d"]),
    ("status", &["running", "queued", "scheduled", "completed", "with-failures", "failed", "cancelled"]),
    ("action", &[]),
    ("target", &[]),
    ("longer", &["1min", "10min", "1h", "2h"]),
];

/// A view of the jobs list; empty texts mean the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobsQuery {
    /// A word of [`JobTab`].
    pub(crate) tab: String,
    /// A span such as `7d`.
    pub(crate) since: String,
    /// A status, or `with-failures`.
    pub(crate) status: String,
    /// A part of the action.
    pub(crate) action: String,
    /// A part of the condition.
    pub(crate) target: String,
    /// A span such as `2h`.
    pub(crate) longer: String,
    /// Words of id, action or condition.
    pub(crate) q: String,
    /// A word of [`JobSort`].
    pub(crate) sort: String,
    /// Where the page before ended.
    pub(crate) after: String,
}

impl JobsQuery {
    /// The view that an address asks for, and the tokens in it that mean nothing.
    pub(crate) fn from_params(params: &ParamsMap) -> (Self, Vec<String>) {
        let get = |name| params.get(name).unwrap_or_default();
        let mut view = Self { after: get("after"), ..Self::default() };
        let mut ignored = Vec::new();
        for (key, _) in KEYS {
            view.accept(key, &get(key), &mut ignored);
        }
        let sort = get("sort");
        match JobSort::from_wire(&sort) {
            Some(JobSort::Groups) => {}
            Some(_) => view.sort = sort,
            None if sort.is_empty() => {}
            None => ignored.push(format!("sort={sort}")),
        }
        view.take_words(&get("q"), &mut ignored);
        (view, ignored)
    }

    /// The view after somebody has typed this into the bar: tokens replace those of their key, the words are new.
    pub(crate) fn typed(&self, text: &str) -> (Self, Vec<String>) {
        let mut view = Self { after: String::new(), ..self.clone() };
        let mut ignored = Vec::new();
        view.take_words(text, &mut ignored);
        (view, ignored)
    }

    fn take_words(&mut self, text: &str, ignored: &mut Vec<String>) {
        let mut words = Vec::new();
        for token in tokens(text) {
            match token.split_once('=') {
                Some((key, value)) if KEYS.iter().any(|(known, _)| *known == key) => {
                    self.accept(key, value, ignored);
                }
                _ => words.push(token),
            }
        }
        self.q = words.join(" ");
    }

    fn accept(&mut self, key: &str, value: &str, ignored: &mut Vec<String>) {
        let value = value.trim();
        let is_good = match key {
            "tab" => JobTab::from_wire(value).is_some(),
            "since" => value == "all" || span(value).is_some(),
            "status" => status(value).is_some(),
            "longer" => span(value).is_some(),
            _ => true,
        };
        if value.is_empty() {
            return;
        }
        if !is_good {
            ignored.push(format!("{key}={value}"));
            return;
        }
        let is_default = matches!((key, value), ("tab" | "since", "all"));
        if let Some(field) = self.field(key) {
            *field = if is_default { String::new() } else { value.to_owned() };
        }
    }

    fn field(&mut self, key: &str) -> Option<&mut String> {
        Some(match key {
            "tab" => &mut self.tab,
            "since" => &mut self.since,
            "status" => &mut self.status,
            "action" => &mut self.action,
            "target" => &mut self.target,
            "longer" => &mut self.longer,
            _ => return None,
        })
    }

    /// The value of a token, empty when there is none.
    pub(crate) fn value(&self, key: &str) -> &str {
        match key {
            "tab" => &self.tab,
            "since" => &self.since,
            "status" => &self.status,
            "action" => &self.action,
            "target" => &self.target,
            "longer" => &self.longer,
            _ => "",
        }
    }

    /// The tokens that are set, as key and value.
    pub(crate) fn tokens(&self) -> Vec<(&'static str, String)> {
        KEYS.iter()
            .map(|(key, _)| (*key, self.value(key).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The same view without one token.
    pub(crate) fn without(&self, key: &str) -> Self {
        let mut view = Self { after: String::new(), ..self.clone() };
        if let Some(field) = view.field(key) {
            field.clear();
        }
        view
    }

    /// The same view without words.
    pub(crate) fn without_words(&self) -> Self {
        Self { after: String::new(), q: String::new(), ..self.clone() }
    }

    /// The same filters on another tab.
    pub(crate) fn on_tab(&self, tab: JobTab) -> Self {
        let tab = if tab == JobTab::All { "" } else { tab.as_str() };
        Self { tab: tab.to_owned(), after: String::new(), ..self.clone() }
    }

    /// Another page of the same view; empty means the first.
    pub(crate) fn after(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    /// The view that a click on a column's head leads to: ascending, then descending, then as it was.
    pub(crate) fn sorted_by(&self, column: &str) -> Self {
        let sort = match self.sort.strip_prefix('-') {
            None if self.sort == column => format!("-{column}"),
            Some(sorted) if sorted == column => String::new(),
            _ => column.to_owned(),
        };
        Self { sort, after: String::new(), ..self.clone() }
    }

    /// Whether anything but the tab narrows the list.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.tokens().iter().any(|(key, _)| *key != "tab")
    }

    /// The tab.
    pub(crate) fn job_tab(&self) -> JobTab {
        JobTab::from_wire(&self.tab).unwrap_or_default()
    }

    /// The order: groups unless a column is chosen.
    pub(crate) fn job_sort(&self) -> JobSort {
        JobSort::from_wire(&self.sort).unwrap_or(JobSort::Groups)
    }

    /// The address of this view.
    pub(crate) fn address(&self) -> String {
        let mut parameters: Vec<(&str, &str)> = KEYS.iter().map(|(key, _)| (*key, self.value(key))).collect();
        parameters.extend([("q", self.q.as_str()), ("sort", &self.sort), ("after", &self.after)]);
        paths::with_query(paths::JOBS, &parameters)
    }

    /// What the console is asked for.
    pub(crate) fn filter(&self, now: Timestamp) -> JobFilter {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (status, problems) = status(&self.status).unwrap_or_default();
        let ago = |seconds| {
            let back = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND);
            Timestamp::from_ticks(now.ticks().saturating_sub(back).max(0))
        };
        JobFilter {
            tab: self.job_tab(),
            status,
            problems,
            q: some(&self.q),
            action: some(&self.action),
            target: some(&self.target),
            since: span(&self.since).map(ago),
            longer_secs: span(&self.longer),
            sort: self.job_sort(),
            cursor: some(&self.after),
            ..JobFilter::default()
        }
    }

    /// Whether a job that has just begun belongs into this view. One that has just begun has not taken long.
    pub(crate) fn holds(&self, job: &JobSummary) -> bool {
        let filter = self.filter(job.as_of);
        let holds = |text: &str, part: &Option<String>| {
            part.as_ref().is_none_or(|part| lowered(text).contains(&lowered(part)))
        };
        let all = lowered(&format!("{} {} {}", job.job_id, job.action(), job.query_condition));
        filter.tab.holds(job.status)
            && filter.status.is_none_or(|status| status == job.status)
            && filter.problems.is_none_or(|problems| problems == job.has_problems())
            && holds(&job.action(), &filter.action)
            && holds(&job.query_condition, &filter.target)
            && filter.longer_secs.is_none()
            && self.q.split_whitespace().all(|word| all.contains(&lowered(word)))
    }
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

/// A span in words: `2 h`, `30 days`.
pub(crate) fn span_words(text: &str) -> String {
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

/// A word of `status`, as the hub's status and whether devices had problems.
fn status(word: &str) -> Option<(Option<JobStatus>, Option<bool>)> {
    match word {
        "with-failures" => Some((Some(JobStatus::Completed), Some(true))),
        "completed" => Some((Some(JobStatus::Completed), Some(false))),
        "canceled" => Some((Some(JobStatus::Cancelled), None)),
        word => {
            let status = JobStatus::from_wire(word);
            (status != JobStatus::Unknown).then_some((Some(status), None))
        }
    }
}

/// Cuts typed text at spaces, but for those within double quotes; the quotes go.
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
    use crate::present::job::tests::job;

    fn read(address: &[(&str, &str)]) -> (JobsQuery, Vec<String>) {
        let params: ParamsMap =
            address.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        JobsQuery::from_params(&params)
    }

    #[test]
    fn addresses_come_back() {
        for (given, address) in [
            (&[][..], "/jobs"),
            (&[("tab", "all"), ("since", "all"), ("sort", "groups")], "/jobs"),
            (&[("tab", "running"), ("q", "lock door")], "/jobs?tab=running&q=lock%20door"),
            (&[("q", "status=failed lock since=7d")], "/jobs?since=7d&status=failed&q=lock"),
            (&[("q", "target=\"tags.a = 'b'\"")], "/jobs?target=tags.a%20%3D%20%27b%27"),
            (&[("q", "a=b")], "/jobs?q=a%3Db"),
            (&[("sort", "-start"), ("after", "x")], "/jobs?sort=-start&after=x"),
        ] {
            let (view, ignored) = read(given);
            assert_eq!((view.address().as_str(), ignored.len()), (address, 0), "{given:?}");
        }
    }

    #[test]
    fn what_means_nothing_is_told() {
        for (given, told) in [
            (&[("tab", "running2")][..], "tab=running2"),
            (&[("since", "soon")], "since=soon"),
            (&[("q", "status=odd lock")], "status=odd"),
            (&[("sort", "colour")], "sort=colour"),
            (&[("longer", "0s")], "longer=0s"),
        ] {
            assert_eq!(read(given).1, [told]);
        }
    }

    #[test]
    fn typing_replaces_tokens_and_words() {
        let (view, _) = read(&[("status", "failed"), ("q", "lock"), ("after", "x"), ("sort", "job")]);
        let (view, _) = view.typed("status=completed action=unlock west wing");
        assert_eq!(view.address(), "/jobs?status=completed&action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.without("status").address(), "/jobs?action=unlock&q=west%20wing&sort=job");
        assert_eq!(view.typed("").0.without("action").without("status").address(), "/jobs?sort=job");
        assert_eq!(token("target", "a = b"), "target=\"a = b\"");
    }

    #[test]
    fn sorting_turns_and_goes() {
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
        assert_eq!(span_words("2h"), "2 h");
        assert_eq!(span_words("30d"), "30 days");
    }

    #[test]
    fn a_new_job_belongs_or_not() {
        let mut running = job(JobStatus::Running);
        running.query_condition.push_str(" AND tags.site = 'Århus Юг'");
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
            (&[("longer", "1s")], false),
        ] {
            assert_eq!(read(given).0.holds(&running), holds, "{given:?}");
        }
    }
}
