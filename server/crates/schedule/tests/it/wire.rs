//! The JSON of schedules, occurrences and rows.

use schedule::{ScheduleSpec, ScheduleState, Situation, tick};
use serde_json::{Value, json};

use crate::support::{at, plan, spec};

#[test]
fn a_schedule_is_written_back_as_it_was_read() {
    for full in [
        json!({
            "rule": {
                "type": "calendar",
                "days": [
                    {"type": "everyDay"},
                    {"type": "weekdays", "weekdays": ["monday", "sunday"]},
                    {"type": "daysOfMonth", "days": [1, 15]},
                    {"type": "nthWeekday", "nth": 2, "weekday": "tuesday"},
                    {"type": "lastWeekday", "weekday": "friday"},
                    {"type": "lastDay"},
                    {"type": "lastWorkday"},
                ],
                "months": [3, 10],
                "times": ["02:30", "14:00"],
            },
            "zone": "Europe/Berlin",
            "clockChanges": {"skippedTime": "leaveOut", "repeatedTime": "both"},
            "exclusions": [{"from": "2026-12-24", "to": "2027-01-02"}, {"from": "2027-05-01"}],
            "start": "2026-12-01T00:00:00Z",
            "end": "2027-12-01T00:00:00Z",
            "jitterSeconds": 600,
            "runs": {"overlap": "cancelOther", "catchUpSeconds": 600, "pauseAfterFailures": 3},
        }),
        json!({
            "rule": {"type": "interval", "everyMinutes": 360, "from": "2026-11-30T00:00:00Z"},
            "zone": "UTC",
            "clockChanges": {"skippedTime": "runAfter", "repeatedTime": "first"},
            "jitterSeconds": 0,
            "runs": {"overlap": "skip", "catchUpSeconds": 3600},
        }),
    ] {
        let read: ScheduleSpec = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), full);
        plan(&read);
    }
}

#[test]
fn what_is_left_out_has_a_default() {
    let minimal = r#"{"rule":{"type":"cron","expression":"0 12 * * *"}}"#;
    assert_eq!(
        serde_json::to_value(spec(minimal)).unwrap(),
        json!({
            "rule": {"type": "cron", "expression": "0 12 * * *"},
            "zone": "UTC",
            "clockChanges": {"skippedTime": "runAfter", "repeatedTime": "first"},
            "jitterSeconds": 0,
            "runs": {"overlap": "skip", "catchUpSeconds": 3600},
        })
    );
}

#[test]
fn an_unknown_word_is_refused() {
    for (json, named) in [
        (r#"{"rule":{"type":"cron","expression":"0 12 * * *"},"tz":"UTC"}"#, "`tz`"),
        (r#"{"rule":{"type":"cron","expression":"0 12 * * *","zone":"UTC"}}"#, "`zone`"),
        (r#"{"rule":{"type":"weekly"}}"#, "`weekly`"),
        (
            r#"{"rule":{"type":"calendar","days":[{"type":"lastDay","offset":1}],"times":["12:00"]}}"#,
            "`offset`",
        ),
        (
            r#"{"rule":{"type":"calendar","days":[{"type":"weekdays","weekdays":["mon"]}],"times":["12:00"]}}"#,
            "`mon`",
        ),
        (r#"{"rule":{"type":"calendar","days":[{"type":"everyDay"}],"times":["12:60"]}}"#, "such as 02:30"),
        (
            r#"{"rule":{"type":"cron","expression":"0 12 * * *"},"runs":{"overlap":"bufferAll"}}"#,
            "`bufferAll`",
        ),
        (r#"{"rule":{"type":"cron","expression":"0 12 * * *"},"jitterSeconds":-1}"#, "-1"),
        (
            r#"{"rule":{"type":"cron","expression":"0 12 * * *"},"exclusions":[{"from":"2026-02-30"}]}"#,
            "2026-02",
        ),
    ] {
        let refused = serde_json::from_str::<ScheduleSpec>(json).unwrap_err().to_string();
        assert!(refused.contains(named), "{json}: {refused}");
    }
}

#[test]
fn an_occurrence_and_a_row_on_the_wire() {
    let spec = spec(r#"{"rule":{"type":"cron","expression":"30 2 * * *"},"zone":"Europe/Berlin"}"#);
    let plan = plan(&spec);
    let occurrence = plan.occurrences_after(at("2027-03-27T12:00:00Z")).next().unwrap();
    let change = json!({
        "type": "skipped",
        "times": ["2027-03-28T02:30:00"],
        "resumes": "2027-03-28T03:00:00",
        "policy": "runAfter",
    });
    assert_eq!(
        serde_json::to_value(&occurrence).unwrap(),
        json!({
            "due": "2027-03-28T01:00:00Z",
            "start": "2027-03-28T01:00:00Z",
            "local": "2027-03-28T03:00:00",
            "runs": true,
            "clockChange": change,
        })
    );
    let state = ScheduleState::new(at("2027-03-27T12:00:00Z"));
    let now = at("2027-03-28T01:02:00Z");
    let situation = Situation { now, running: 0, missing_permission: None, down: None };
    let row = tick(&plan, &spec.runs, &state, &situation).starts.remove(0).row;
    assert_eq!(
        serde_json::to_value(&row).unwrap(),
        json!({
            "due": "2027-03-28T01:00:00Z",
            "count": 1,
            "state": "shifted",
            "why": [{"type": "clockChange", "change": change}, {"type": "late", "seconds": 120}],
        })
    );
    let kept = ScheduleState { waiting: Some(row), ..state };
    let json: Value = serde_json::to_value(&kept).unwrap();
    assert_eq!(serde_json::from_value::<ScheduleState>(json).unwrap(), kept);
}
