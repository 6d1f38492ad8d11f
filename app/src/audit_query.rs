//! A view of the audit log: reads its filters from an address, and builds the address for them. Pure.

#[cfg(any(feature = "ssr", test))]
use console_wire::audit::AuditFilter;
use console_wire::audit::{AuditOutcome, MAX_FILTER};
use hub_wire::Timestamp;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::paths;

/// The parameters of the address; empty ones mean the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AuditQuery {
    /// A person's id, or a part of the name.
    pub(crate) who: String,
    /// Such as `job:create`.
    pub(crate) action: String,
    /// A part of the subject's id or name.
    pub(crate) subject: String,
    /// An [`AuditOutcome`].
    pub(crate) outcome: String,
    /// The first minute, in UTC: `2026-11-30T08:00`.
    pub(crate) from: String,
    /// The minute after the last one.
    pub(crate) to: String,
    /// The cursor of the page.
    pub(crate) after: String,
}

/// The parameter that names the open row.
const ROW: &str = "row";

impl AuditQuery {
    /// Reads the view from an address, and returns its unknown parameters and values.
    pub(crate) fn from_params(params: &ParamsMap) -> (Self, Vec<String>) {
        let mut unknown = Vec::new();
        let text = |name: &str| {
            params.get(name).unwrap_or_default().trim().chars().take(MAX_FILTER).collect::<String>()
        };
        let mut checked = |name: &str, is_known: fn(&str) -> bool| {
            let value = text(name);
            if value.is_empty() || is_known(&value) {
                return value;
            }
            unknown.push(paths::shown(name, &value));
            String::new()
        };
        let outcome = checked("outcome", |word| AuditOutcome::from_wire(word).is_some());
        let from = checked("from", |text| minute(text).is_some());
        let to = checked("to", |text| minute(text).is_some());
        let query = Self {
            who: text("who"),
            action: text("action"),
            subject: text("subject"),
            outcome,
            from,
            to,
            after: params.get("after").unwrap_or_default(),
        };
        let known = ["who", "action", "subject", "outcome", "from", "to", "after", ROW];
        unknown.extend(paths::unknown_names(params, &known));
        (query, unknown)
    }

    /// The row that an address opens.
    pub(crate) fn open_row(params: &ParamsMap) -> Option<u64> {
        params.get(ROW)?.parse().ok()
    }

    /// What is asked of the console.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn filter(&self) -> AuditFilter {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        AuditFilter {
            who: given(&self.who),
            action: given(&self.action),
            subject: given(&self.subject),
            outcome: AuditOutcome::from_wire(&self.outcome),
            from: minute(&self.from),
            to: minute(&self.to),
            cursor: given(&self.after),
            limit: None,
        }
    }

    fn filters(&self) -> [(&'static str, &str); 6] {
        [
            ("who", &self.who),
            ("action", &self.action),
            ("subject", &self.subject),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// Whether it leaves something out.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, value)| !value.is_empty())
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        paths::with_more(&paths::with_query(paths::AUDIT, &self.filters()), &[("after", &self.after)])
    }

    /// Its address with a row opened.
    pub(crate) fn with_row(&self, row: u64) -> String {
        paths::with_more(&self.address(), &[(ROW, &row.to_string())])
    }

    /// The entries after a cursor; the first ones after an empty one.
    pub(crate) fn after(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    /// All of its entries as a file of this kind: `csv`, `json`.
    pub(crate) fn file(&self, ending: &str) -> String {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let (from, to) = (time(minute(&self.from)), time(minute(&self.to)));
        let values = self.filters().map(|(name, value)| match name {
            "from" => (name, from.as_str()),
            "to" => (name, to.as_str()),
            _ => (name, value),
        });
        paths::with_query(&format!("/api/v1/audit.{ending}"), &values)
    }
}

/// A minute in UTC as a field for date and time has it: `2026-11-30T08:00`, also with seconds, or a date alone.
fn minute(text: &str) -> Option<Timestamp> {
    let text = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => return None,
    };
    Timestamp::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &[(&str, &str)]) -> (AuditQuery, Vec<String>) {
        AuditQuery::from_params(&address.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    }

    #[test]
    fn addresses_are_read_and_written() {
        for (given, address, unknown) in [
            (&[][..], "/audit", &[][..]),
            (&[("who", "mara"), ("after", "x")], "/audit?who=mara&after=x", &[]),
            (&[("who", " "), ("outcome", "")], "/audit", &[]),
            (&[("outcome", "done"), ("row", "7")], "/audit?outcome=done", &[]),
            (&[("from", "2026-11-30T08:00")], "/audit?from=2026-11-30T08%3A00", &[]),
            (&[("outcome", "odd"), ("from", "soon")], "/audit", &["outcome=odd", "from=soon"]),
            (&[("x", "1")], "/audit", &["x=1"]),
        ] {
            let (query, ignored) = read(given);
            assert_eq!(query.address(), address, "{given:?}");
            assert_eq!(ignored, unknown, "{given:?}");
        }
        let (query, _) = read(&[("action", "job:create")]);
        assert_eq!(query.with_row(7), "/audit?action=job%3Acreate&row=7");
        assert!(query.is_filtered() && !read(&[("after", "x")]).0.is_filtered());
    }

    #[test]
    fn files_have_the_filters_of_the_view_and_no_cursor() {
        let (query, _) = read(&[("who", "mara"), ("from", "2026-11-30"), ("after", "x")]);
        assert_eq!(query.file("csv"), "/api/v1/audit.csv?who=mara&from=2026-11-30T00%3A00%3A00.0000000Z");
        assert_eq!(query.filter().cursor.as_deref(), Some("x"));
    }

    #[test]
    fn minutes_are_those_of_utc() {
        let at = |text| Timestamp::parse(text).ok();
        for (text, expected) in [
            ("2026-11-30T08:05", at("2026-11-30T08:05:00Z")),
            ("2026-11-30T08:05:09", at("2026-11-30T08:05:09Z")),
            ("2026-11-30", at("2026-11-30T00:00:00Z")),
            ("2026-13-30", None),
            ("today", None),
            ("", None),
        ] {
            assert_eq!(minute(text), expected, "{text}");
        }
    }
}
