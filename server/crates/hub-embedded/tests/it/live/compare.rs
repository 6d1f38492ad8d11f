//! Compares an answer with what a live hub answered.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hub_wire::Timestamp;
use serde_json::Value;

use crate::support::Reply;

/// What has been seen in place of the placeholders that have a name.
///
/// A placeholder is a text such as `<etag first>`: a kind, and a name under which the value is kept when it is seen
/// first and expected when it is seen again. `<etag first + 1>` is the etag whose number is one higher.
#[derive(Debug, Default)]
pub(crate) struct Placeholders(BTreeMap<String, String>);

impl Placeholders {
    /// A text of a request with its placeholder filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('<') else { return text.to_owned() };
        let (placeholder, after) = rest.split_once('>').unwrap();
        format!("{before}{}{after}", self.0[placeholder])
    }

    /// A body with every placeholder filled in.
    pub(crate) fn fill_all(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill_all(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.fill_all(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Whether a text is what the live hub's text stands for.
    fn matches(&mut self, live: &str, text: &str) -> bool {
        let Some(placeholder) = live.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            return live == text || is_same_time(live, text);
        };
        let (kind, name) = placeholder.split_once(' ').unwrap_or((placeholder, ""));
        let is_well_formed = match kind {
            "etag" => etag_number(text).is_some(),
            "generation" => text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_digit()),
            "key" => BASE64.decode(text).is_ok_and(|key| key.len() == 32),
            "time" => {
                text.ends_with('Z') && Timestamp::parse(text).is_ok_and(|at| at > Timestamp::from_ticks(0))
            }
            "tracking" => is_tracking(text),
            other => panic!("'{other}' is no kind of placeholder"),
        };
        is_well_formed && self.is_expected(placeholder, kind, name, text)
    }

    fn is_expected(&mut self, placeholder: &str, kind: &str, name: &str, text: &str) -> bool {
        if name.is_empty() {
            return true;
        }
        if let Some((first, more)) = name.split_once(" + ") {
            let first = etag_number(&self.0[&format!("{kind} {first}")]).unwrap();
            let is_next = etag_number(text) == Some(first + more.parse::<u64>().unwrap());
            self.0.insert(placeholder.to_owned(), text.to_owned());
            return is_next;
        }
        self.0.entry(placeholder.to_owned()).or_insert_with(|| text.to_owned()) == text
    }
}

/// An identity's etag is base64 of decimal digits.
fn etag_number(etag: &str) -> Option<u64> {
    String::from_utf8(BASE64.decode(etag).ok()?).ok()?.parse().ok()
}

/// Live hubs cut the zeros at the end of a fraction, and leave the zone out of some times of an identity that has just
/// been created. This hub always writes seven digits and the zone.
fn is_same_time(live: &str, text: &str) -> bool {
    let time = |text: &str| Timestamp::parse(text).ok();
    text.len() == 28 && text.ends_with('Z') && time(text).is_some() && time(text) == time(live)
}

/// `Tracking ID:<32 hexadecimal digits>[-G:<number>]-TimeStamp:<when>`.
fn is_tracking(text: &str) -> bool {
    text.strip_prefix("Tracking ID:").and_then(|rest| rest.split_once("-TimeStamp:")).is_some_and(
        |(id, when)| id.len() >= 32 && id.bytes().take(32).all(|b| b.is_ascii_hexdigit()) && !when.is_empty(),
    )
}

/// The differences between an answer and the live hub's: where, and in which way.
#[derive(Debug, Default)]
pub(crate) struct Comparison(BTreeMap<String, &'static str>);

impl Comparison {
    /// Something that is either so or not.
    pub(crate) fn check(&mut self, what: &str, is_so: bool) {
        if !is_so {
            self.0.insert(what.to_owned(), "other");
        }
    }

    /// A header, quotes and all.
    pub(crate) fn header(
        &mut self,
        known: &mut Placeholders,
        name: &str,
        live: Option<&str>,
        ours: Option<&str>,
    ) {
        let is_same = match (live, ours) {
            (None, None) => true,
            (Some(live), Some(ours)) => match live.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
                Some(live) => ours
                    .strip_prefix('"')
                    .and_then(|it| it.strip_suffix('"'))
                    .is_some_and(|ours| known.matches(live, ours)),
                None => known.matches(live, ours),
            },
            _ => false,
        };
        self.check(name, is_same);
    }

    /// A JSON value and all that is below it.
    pub(crate) fn value(&mut self, known: &mut Placeholders, at: &str, live: &Value, ours: &Value) {
        match (live, ours) {
            (Value::Object(live), Value::Object(ours)) => {
                for name in live.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                    let at = format!("{at}/{name}");
                    match (live.get(name), ours.get(name)) {
                        (Some(live), Some(ours)) => self.value(known, &at, live, ours),
                        (Some(_), None) => _ = self.0.insert(at, "missing"),
                        (None, _) => _ = self.0.insert(at, "added"),
                    }
                }
            }
            (Value::Array(live), Value::Array(ours)) if live.len() == ours.len() => {
                for (index, (live, ours)) in live.iter().zip(ours).enumerate() {
                    self.value(known, &format!("{at}/{index}"), live, ours);
                }
            }
            (Value::String(live), Value::String(ours)) if known.matches(live, ours) => {}
            (live, ours) if live == ours => {}
            _ => _ = self.0.insert(at.to_owned(), "other"),
        }
    }

    /// What is different and not listed, or listed and not different.
    pub(crate) fn against(&self, listed: &BTreeMap<String, String>, reply: &Reply) -> Vec<String> {
        let way = |at: &String| listed.get(at).and_then(|why| why.split_once(": ")).map(|(way, _)| way);
        let unlisted = self
            .0
            .iter()
            .filter(|(at, found)| way(at) != Some(**found))
            .map(|(at, found)| format!("{at} is {found}, which is not listed: {reply:?}"));
        let gone = listed
            .keys()
            .filter(|at| !self.0.contains_key(*at))
            .map(|at| format!("{at} is listed as a difference and is none: {reply:?}"));
        unlisted.chain(gone).collect()
    }
}

#[test]
fn placeholders_keep_their_values() {
    let mut known = Placeholders::default();
    assert!(known.matches("<etag a>", "MQ=="), "the digit 1");
    assert!(known.matches("<etag a>", "MQ==") && !known.matches("<etag a>", "Mg=="));
    assert!(known.matches("<etag a + 1>", "Mg==") && !known.matches("<etag a + 1>", "Mw=="));
    assert_eq!(known.fill("\"<etag a>\""), "\"MQ==\"");
    assert!(known.matches("0001-01-01T00:00:00", "0001-01-01T00:00:00.0000000Z"));
    assert!(!known.matches("0001-01-01T00:00:00", "2026-01-01T00:00:00.0000000Z"));
    for bad in ["<etag b>", "<key>", "<generation>", "<time>", "<tracking>"] {
        assert!(!known.matches(bad, "x"), "{bad}");
    }
}

#[test]
fn differences_are_listed_exactly() {
    let (live, ours) =
        (serde_json::json!({"a": 1, "b": [1], "c": 1}), serde_json::json!({"a": 1, "b": [2], "d": 1}));
    let mut comparison = Comparison::default();
    comparison.value(&mut Placeholders::default(), "", &live, &ours);
    let reply = Reply { status: 200, headers: reqwest::header::HeaderMap::new(), text: String::new() };
    let listed = |ways: &[(&str, &str)]| {
        ways.iter().map(|(at, why)| ((*at).to_owned(), (*why).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let all = [("/b/0", "other: x"), ("/c", "missing: x"), ("/d", "added: x")];
    assert_eq!(comparison.against(&listed(&all), &reply).len(), 0);
    assert_eq!(comparison.against(&listed(&all[1..]), &reply).len(), 1);
    assert_eq!(comparison.against(&listed(&[all[0], all[1], all[2], ("/e", "added: x")]), &reply).len(), 1);
}
