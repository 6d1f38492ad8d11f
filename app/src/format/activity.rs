//! A device's activity: jobs, direct calls and twin changes as lines of one list, newest first; and when the device was
//! last heard of.

use std::cmp::Reverse;

use console_wire::{device::DeviceJob, device_call::DeviceCall};
use hub_wire::{
    Timestamp,
    twin::{Twin, TwinProperties},
};

pub(crate) use self::call::{doubt, of_call};
use self::job::{made, of_job};
use super::{
    Badge,
    history::{Section, Write, writes},
    number,
};

mod call;
mod job;

/// Names in one line.
const NAMED: usize = 4;

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The same for the same call, job or write.
    pub(crate) id: String,
    /// When it ended, or began while it has not.
    pub(crate) at: Timestamp,
    /// What it was: a job's name, a method's name.
    pub(crate) title: String,
    /// The job's id, of a job.
    pub(crate) job_id: Option<String>,
    /// What kind it was, and where it came from.
    pub(crate) kind: String,
    /// What was sent, on one line.
    pub(crate) detail: String,
    /// How it ended.
    pub(crate) badge: Badge,
    /// The same in words.
    pub(crate) result: String,
    /// Round trip or version.
    pub(crate) note: String,
    /// What was sent and answered in full: a name and JSON text, or a sentence in its place.
    pub(crate) bodies: Vec<Body>,
}

/// A request or a response in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// What it is.
    pub(crate) name: &'static str,
    /// JSON text with line breaks; `None` when it was too large to be kept.
    pub(crate) json: Option<String>,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

/// The lines, newest first. A change of desired properties that this console or a job made is one line, not also a line
/// about the values that are in the twin.
pub(crate) fn entries(jobs: &[DeviceJob], calls: &[DeviceCall], properties: &TwinProperties) -> Vec<Entry> {
    let mut writes = writes(properties);
    let mut take =
        |is_own: &dyn Fn(&Write) -> bool| writes.iter().position(is_own).map(|index| writes.remove(index));
    let mut entries: Vec<Entry> = Vec::new();
    for call in calls {
        let own = take(&|write| {
            write.section == Section::Desired
                && write.version.is_some()
                && write.version == call.desired_version
        });
        entries.push(of_call(call, own.as_ref()));
    }
    for job in jobs {
        let own = take(&|write| made(job, write));
        entries.push(of_job(job, own.as_ref()));
    }
    entries.extend(writes.iter().map(of_write));
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries
}

/// How many lines are shown of how many: `12 of 34`, `12 of more than 40`, `3`.
pub(crate) fn count(shown: usize, known: usize, has_more: bool) -> String {
    let (shown, known) = (shown as u64, known as u64);
    match (shown < known, has_more) {
        (_, true) => format!("{} of more than {}", number::grouped(shown), number::grouped(known)),
        (true, false) => format!("{} of {}", number::grouped(shown), number::grouped(known)),
        (false, false) => number::grouped(known),
    }
}

/// When the device last did anything that the hub or this console noticed: the hub's own time may be older than an answer
/// that has just arrived.
pub(crate) fn last_heard(twin: &Twin, jobs: &[DeviceJob], calls: &[DeviceCall]) -> Timestamp {
    let reported = writes(&twin.properties).into_iter().filter(|write| write.section == Section::Reported);
    let answered_calls = calls
        .iter()
        .filter(|call| call.module_id.is_none() && call.response.is_some())
        .filter_map(|call| call.end_time_utc);
    let answered_jobs =
        jobs.iter().filter(|job| job.response_status.is_some()).filter_map(|job| job.end_time_utc);
    let known = reported.map(|write| write.at).chain(answered_calls).chain(answered_jobs);
    known.fold(twin.last_activity_time, Timestamp::max)
}

fn of_write(write: &Write) -> Entry {
    let (title, by) = match write.section {
        Section::Reported => ("Reported properties", "by the device"),
        Section::Desired => ("Desired properties", "by a service"),
    };
    let (badge, result) = written(write);
    Entry {
        id: format!("write-{:?}-{}", write.section, write.at.ticks()),
        at: write.at,
        title: title.into(),
        job_id: None,
        kind: format!("twin change {by}"),
        detail: names(&write.paths),
        badge,
        result,
        note: version(write).unwrap_or_default(),
        bodies: Vec::new(),
    }
}

/// What became of a write, in words.
fn written(write: &Write) -> (Badge, String) {
    let (badge, result) = match (write.section, write.is_followed) {
        (Section::Reported, _) => {
            (Badge { label: "Reported", icon: "check", status: "succeeded" }, "Reported")
        }
        (Section::Desired, true) => (
            Badge { label: "Followed", icon: "circle-check", status: "succeeded" },
            "Written, reported since",
        ),
        (Section::Desired, false) => {
            (Badge { label: "Differs", icon: "equal-not", status: "drift" }, "Written, not yet reported")
        }
    };
    (badge, result.to_owned())
}

fn version(write: &Write) -> Option<String> {
    write.version.map(|version| format!("version {version}"))
}

/// The first names, and how many there are beside them.
fn names(all: &[String]) -> String {
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    pub(super) const AT: &str = "2026-01-01T00:00:10Z";

    pub(super) fn call(over: Value) -> DeviceCall {
        let mut call = json!({"callId": 7, "deviceId": "d", "type": "method", "methodName": "lockDoor",
            "request": null, "requestBytes": 4, "origin": "page", "requestedTimeUtc": "2026-01-01T00:00:00Z",
            "endTimeUtc": AT, "outcome": "succeeded", "responseBytes": 0});
        call.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        serde_json::from_value(call).unwrap()
    }

    #[test]
    fn a_change_of_this_console_is_one_line() {
        let at = json!({"$lastUpdated": AT, "$lastUpdatedVersion": 4});
        let properties = |reported: Value| -> TwinProperties {
            let desired = json!({"b": 2, "$version": 4, "$metadata": {"b": at}});
            serde_json::from_value(json!({"desired": desired, "reported": reported})).unwrap()
        };
        let change = call(json!({"type": "twinPatch", "request": {"properties": {"desired": {"b": 2}}},
            "twinVersion": 9, "desiredVersion": 4}));
        let lines = |properties: &TwinProperties, calls: &[DeviceCall]| -> Vec<_> {
            let entries = entries(&[], calls, properties).into_iter();
            entries.map(|entry| (entry.kind, entry.result, entry.note)).collect()
        };
        let line = |kind: &str, result: &str| (kind.to_owned(), result.to_owned(), "version 4".to_owned());
        let (waiting, followed) = (properties(json!({})), properties(json!({"b": 2})));
        assert_eq!(
            lines(&waiting, std::slice::from_ref(&change)),
            [line("twin change from this page", "Written, not yet reported")]
        );
        assert_eq!(
            lines(&followed, &[change]),
            [line("twin change from this page", "Written, reported since")]
        );
        assert_eq!(lines(&waiting, &[]), [line("twin change by a service", "Written, not yet reported")]);
    }

    #[test]
    fn counts_of_lines() {
        for (shown, known, has_more, text) in [
            (3, 3, false, "3"),
            (12, 34, false, "12 of 34"),
            (12, 40, true, "12 of more than 40"),
            (0, 0, false, "0"),
        ] {
            assert_eq!(count(shown, known, has_more), text);
        }
    }

    #[test]
    fn the_device_was_last_heard_of() {
        let early = "2026-01-01T00:00:05Z";
        let twin: Twin = serde_json::from_value(json!({"deviceId": "d", "lastActivityTime": early})).unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let answered = call(json!({"response": {"status": 500, "payload": null}, "outcome": "failed"}));
        let silent = call(json!({"outcome": "timedOut"}));
        let of_module = call(json!({"moduleId": "lock", "response": {"status": 200, "payload": null}}));
        assert_eq!(of_call(&of_module, None).kind, "direct call of module lock from this page");
        assert_eq!(last_heard(&twin, &[], &[of_module]), at(early), "it has a connection of its own");
        assert_eq!(last_heard(&twin, &[], &[]), at(early));
        assert_eq!(last_heard(&twin, &[], &[silent]), at(early));
        assert_eq!(last_heard(&twin, &[], &[answered]), at(AT));
    }
}
