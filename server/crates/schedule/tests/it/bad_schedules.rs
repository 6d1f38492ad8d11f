//! Schedules that are refused: which field, what is wrong, what to do.

use schedule::{Plan, Zones, check_comment};

use crate::support::spec;

const NOON: &str = r#""rule":{"type":"cron","expression":"0 12 * * *"}"#;

fn faults(json: &str) -> Vec<String> {
    let refused = Plan::new("s1", &spec(json), &Zones::bundled()).expect_err(json);
    refused.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rule_that_is_wrong_is_refused() {
    let every_day = r#"{"type":"everyDay"}"#;
    let noon = r#""12:00""#;
    let calendar = |days: &str, months: &str, times: &str| {
        format!(r#"{{"rule":{{"type":"calendar","days":[{days}],"months":[{months}],"times":[{times}]}}}}"#)
    };
    let interval = |minutes: u32| {
        format!(r#"{{"rule":{{"type":"interval","everyMinutes":{minutes},"from":"2026-11-30T00:00:00Z"}}}}"#)
    };
    let impossible = "no month of the rule has such a day; choose another day or another month, or the last day of \
                      the month";
    for (json, expected) in [
        (calendar("", "", noon), "rule.days: it is empty; give at least one".to_owned()),
        (calendar(every_day, "", ""), "rule.times: it is empty; give at least one".into()),
        (
            calendar(every_day, "", &vec![noon; 97].join(",")),
            "rule.times: it has 97 entries; give at most 96".into(),
        ),
        (
            calendar(&vec![every_day; 32].join(","), "", noon),
            "rule.days: it has 32 entries; give at most 31".into(),
        ),
        (calendar(every_day, "13", noon), "rule.months: there is no month 13; write 1 to 12".into()),
        (
            calendar(r#"{"type":"weekdays","weekdays":[]}"#, "", noon),
            "rule.days[0].weekdays: it is empty; give at least one".into(),
        ),
        (
            calendar(r#"{"type":"lastDay"},{"type":"daysOfMonth","days":[1,32]}"#, "", noon),
            "rule.days[1].days: no month has a day 32; write 1 to 31".into(),
        ),
        (
            calendar(r#"{"type":"nthWeekday","nth":6,"weekday":"monday"}"#, "", noon),
            "rule.days[0].nth: no month has Monday 6; write 1 to 5, or use lastWeekday".into(),
        ),
        (calendar(r#"{"type":"daysOfMonth","days":[31]}"#, "2", noon), format!("rule.days: {impossible}")),
        (
            r#"{"rule":{"type":"cron","expression":"0 0 31 4,6 *"}}"#.into(),
            format!("rule.expression: {impossible}"),
        ),
        (
            interval(0),
            "rule.everyMinutes: 0 minutes are no interval; write 1 to 527,040 minutes (366 days)".into(),
        ),
        (
            interval(527_041),
            "rule.everyMinutes: 527041 minutes are no interval; write 1 to 527,040 minutes (366 days)".into(),
        ),
    ] {
        assert_eq!(faults(&json), [expected], "{json}");
    }
}

#[test]
fn a_setting_that_is_wrong_is_refused() {
    for (settings, expected) in [
        (
            r#""zone":"Europe/Berln""#,
            "zone: there is no time zone \"Europe/Berln\"; did you mean Europe/Berlin?",
        ),
        (
            r#""exclusions":[{"from":"2026-12-24"},{"from":"2027-01-02","to":"2026-12-24"}]"#,
            "exclusions[1].to: 2026-12-24 is before 2027-01-02; write the later day here, or leave it out for one day",
        ),
        (
            r#""start":"2026-12-01T00:00:00Z","end":"2026-12-01T00:00:00Z""#,
            "end: it is not after the start; choose a later end",
        ),
        (
            r#""jitterSeconds":1801"#,
            "jitterSeconds: 1801 seconds are too long; write 0 to 1,800 (30 minutes)",
        ),
        (
            r#""runs":{"catchUpSeconds":59}"#,
            "runs.catchUpSeconds: 59 seconds are out of range; write 60 (1 minute) to 604,800 (7 days)",
        ),
        (
            r#""runs":{"catchUpSeconds":604801}"#,
            "runs.catchUpSeconds: 604801 seconds are out of range; write 60 (1 minute) to 604,800 (7 days)",
        ),
        (
            r#""runs":{"pauseAfterFailures":0}"#,
            "runs.pauseAfterFailures: 0 is out of range; write 1 to 100, or leave it out to never pause",
        ),
        // Between start and end there is no noon.
        (
            r#""start":"2026-12-01T13:00:00Z","end":"2026-12-02T12:00:00Z""#,
            "end: it leaves no run; check start, end and exclusions against the rule",
        ),
        (
            r#""exclusions":[{"from":"1900-01-01","to":"9999-12-31"}]"#,
            "exclusions: it leaves no run; check start, end and exclusions against the rule",
        ),
    ] {
        assert_eq!(faults(&format!("{{{NOON},{settings}}}")), [expected], "{settings}");
    }
    let many = vec![r#"{"from":"2026-12-24"}"#; 201].join(",");
    assert_eq!(
        faults(&format!(r#"{{{NOON},"exclusions":[{many}]}}"#)),
        ["exclusions: it has 201 entries; give at most 200"]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let json = r#"{"rule":{"type":"cron","expression":"0 25 * * *"},"zone":"Nowhere","jitterSeconds":9999}"#;
    let fields = Plan::new("s1", &spec(json), &Zones::bundled()).unwrap_err();
    let fields: Vec<_> = fields.into_iter().map(|fault| (fault.field, fault.column)).collect();
    assert_eq!(
        fields,
        [("rule.expression".into(), Some(3)), ("zone".into(), None), ("jitterSeconds".into(), None)]
    );
}

#[test]
fn limits_themselves_are_accepted() {
    for settings in [
        r#""jitterSeconds":1800,"runs":{"catchUpSeconds":604800,"pauseAfterFailures":100}"#,
        r#""jitterSeconds":0,"runs":{"catchUpSeconds":60,"pauseAfterFailures":1}"#,
        r#""start":"2026-12-01T12:00:00Z","end":"2026-12-01T12:00:01Z""#,
        r#""end":"1999-12-31T00:00:00Z""#,
    ] {
        let json = format!("{{{NOON},{settings}}}");
        assert!(Plan::new("s1", &spec(&json), &Zones::bundled()).is_ok(), "{settings}");
    }
}

#[test]
fn a_comment_is_checked() {
    let long = "ü".repeat(501);
    for (comment, is_required, expected) in [
        ("Until the drill plan is signed", true, Ok(())),
        (long.get(..1000).unwrap(), true, Ok(())),
        ("", false, Ok(())),
        (" ", true, Err("comment: it is empty; write why, for those who find the schedule paused")),
        (&long, false, Err("comment: it has 501 characters; write at most 500")),
    ] {
        let checked = check_comment(comment, is_required).map_err(|fault| fault.to_string());
        assert_eq!(checked, expected.map_err(str::to_owned), "{comment}");
    }
}
