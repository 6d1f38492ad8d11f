use super::*;
use crate::{Zones, rule::Rule};

fn spec(json: &str) -> ScheduleSpec {
    serde_json::from_str(json).unwrap()
}

fn plan(spec: &ScheduleSpec) -> Plan {
    Plan::new("s1", spec, &Zones::bundled()).unwrap()
}

fn words_of(rule: Rule) -> String {
    let mut spec = spec(r#"{"rule": {"type": "cron", "expression": "0 0 * * *"}}"#);
    spec.rule = rule;
    super::rule(&plan(&spec))
}

#[test]
fn a_calendar_is_said_in_words() {
    for (days, months, times, words) in [
        (r#"{"type":"everyDay"}"#, "", r#""21:00""#, "Every day at 21:00"),
        (
            r#"{"type":"weekdays","weekdays":["friday","tuesday","wednesday","thursday","monday"]}"#,
            "",
            r#""18:00""#,
            "Monday to Friday at 18:00",
        ),
        (
            r#"{"type":"weekdays","weekdays":["saturday","sunday"]}"#,
            "",
            r#""09:00""#,
            "Saturdays and Sundays at 09:00",
        ),
        (r#"{"type":"weekdays","weekdays":["sunday"]}"#, "", r#""13:00""#, "Sundays at 13:00"),
        (
            r#"{"type":"weekdays","weekdays":["monday","wednesday","friday"]}"#,
            "6,7,8",
            r#""06:00","18:00""#,
            "Mondays, Wednesdays and Fridays in June to August at 06:00 and 18:00",
        ),
        (
            r#"{"type":"nthWeekday","nth":1,"weekday":"monday"}"#,
            "",
            r#""03:00""#,
            "The first Monday of each month at 03:00",
        ),
        (
            r#"{"type":"lastWeekday","weekday":"sunday"}"#,
            "",
            r#""02:30""#,
            "The last Sunday of each month at 02:30",
        ),
        (r#"{"type":"lastDay"}"#, "", r#""23:45""#, "The last day of each month at 23:45"),
        (
            r#"{"type":"lastDay"}"#,
            "3,6,9,12",
            r#""23:45""#,
            "The last day of March, June, September and December at 23:45",
        ),
        (
            r#"{"type":"lastWorkday"}"#,
            "",
            r#""17:00""#,
            "The last workday (Monday to Friday) of each month at 17:00",
        ),
        (
            r#"{"type":"daysOfMonth","days":[15,1,2,3,11,22]}"#,
            "",
            r#""06:00""#,
            "The 1st, 2nd, 3rd, 11th, 15th and 22nd of each month at 06:00",
        ),
        (r#"{"type":"daysOfMonth","days":[1]}"#, "1", r#""00:00""#, "The 1st of January at 00:00"),
        (
            r#"{"type":"daysOfMonth","days":[1]},{"type":"lastDay"}"#,
            "",
            r#""00:00""#,
            "The 1st of each month and the last day of each month, at 00:00",
        ),
        (r#"{"type":"everyDay"}"#, "12", r#""18:00""#, "Every day in December at 18:00"),
    ] {
        let json = format!(r#"{{"type":"calendar","days":[{days}],"months":[{months}],"times":[{times}]}}"#);
        assert_eq!(words_of(serde_json::from_str(&json).unwrap()), words, "{json}");
    }
}

#[test]
fn cron_is_said_in_words() {
    for (expression, words) in [
        ("30 2 * * 1-5", "Monday to Friday at 02:30"),
        ("* * * * *", "Every minute"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("*/15 8-17 * * 1-5", "Monday to Friday every 15 minutes from 08:00 to 17:45"),
        ("0 * * * *", "Every hour"),
        ("20 * * * *", "Every hour at minute 20"),
        ("0 */6 * * *", "Every 6 hours"),
        ("30 1-23/2 * * *", "Every 2 hours from 01:30"),
        ("0 6,14,22 * * *", "Every day at 06:00, 14:00 and 22:00"),
        ("0 0 13 * 5", "The 13th of each month and Fridays, at 00:00"),
        ("0 0 1 1,7 *", "The 1st of January and July at 00:00"),
        ("7,13,50 1,5,9 * * *", "Every day at 9 times from 01:07 to 09:50"),
        ("*/25 * * * *", "Every day at 72 times from 00:00 to 23:50"),
    ] {
        assert_eq!(words_of(Rule::Cron { expression: expression.into() }), words, "{expression}");
    }
}

#[test]
fn an_interval_is_said_in_words() {
    for (every_minutes, words) in [
        (1, "Every minute"),
        (90, "Every 90 minutes"),
        (60, "Every hour"),
        (360, "Every 6 hours"),
        (2880, "Every 2 days"),
    ] {
        let rule = Rule::Interval { every_minutes, from: Timestamp::UNIX_EPOCH };
        assert_eq!(words_of(rule), words);
    }
}

#[test]
fn a_whole_schedule_is_a_sentence() {
    for (json, words) in [
        (
            r#"{"rule":{"type":"cron","expression":"30 2 * * *"},"zone":"America/New_York"}"#,
            "Every day at 02:30 in New York",
        ),
        (r#"{"rule":{"type":"cron","expression":"30 2 * * *"}}"#, "Every day at 02:30 UTC"),
        (
            r#"{"rule":{"type":"interval","everyMinutes":360,"from":"2026-11-01T00:00:00Z"},"zone":"Europe/Berlin"}"#,
            "Every 6 hours, counted from 1 Nov 2026 01:00 in Berlin",
        ),
        (
            r#"{"rule":{"type":"cron","expression":"0 6 * * *"},"zone":"Europe/Berlin","jitterSeconds":600,
                "exclusions":[{"from":"2026-12-24","to":"2027-01-02"},{"from":"2027-05-01"}],
                "start":"2026-11-30T23:00:00Z","end":"2027-06-30T22:00:00Z"}"#,
            "Every day at 06:00 in Berlin, except 24 Dec 2026 to 2 Jan 2027 and on 1 May 2027, \
             from 1 Dec 2026 00:00, until 1 Jul 2027 00:00, up to 10 min later",
        ),
        (
            r#"{"rule":{"type":"cron","expression":"0 6 * * *"},
                "exclusions":[{"from":"2026-12-24"},{"from":"2026-12-25"},{"from":"2026-12-26"},{"from":"2026-12-31"}]}"#,
            "Every day at 06:00 UTC, except on 4 dates or ranges",
        ),
    ] {
        let spec = spec(json);
        assert_eq!(sentence(&plan(&spec), &spec), words);
    }
}

#[test]
fn spans_have_at_most_two_units() {
    for (seconds, words) in [
        (-5, "0 s"),
        (0, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (4920, "1 h 22 min"),
        (3601, "1 h 1 s"),
        (7265, "2 h 1 min"),
        (604_800, "7 d"),
        (176_400, "2 d 1 h"),
    ] {
        assert_eq!(duration(seconds), words, "{seconds}");
    }
}
