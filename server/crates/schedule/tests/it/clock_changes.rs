//! The nights in which clocks change, by zone and by policy.

use jiff::ToSpan;
use schedule::{Occurrence, Plan};

use crate::support::{at, between, plan, spec};

fn daily(time: &str, zone: &str, clock_changes: &str) -> Plan {
    plan(&spec(&format!(
        r#"{{"rule":{{"type":"calendar","days":[{{"type":"everyDay"}}],"times":[{time}]}},
            "zone":"{zone}","clockChanges":{{{clock_changes}}}}}"#
    )))
}

fn cron(expression: &str, zone: &str) -> Plan {
    plan(&spec(&format!(r#"{{"rule":{{"type":"cron","expression":"{expression}"}},"zone":"{zone}"}}"#)))
}

/// The occurrences of a local day: what the clock shows, the offset, and the change in words.
fn on(plan: &Plan, day: &str) -> Vec<String> {
    let date: jiff::civil::Date = day.parse().unwrap();
    let midnight = date.at(0, 0, 0, 0).to_zoned_datetime(plan.zone().clone()).unwrap().timestamp();
    let occurrences =
        between(plan, midnight.checked_sub(26.hours()).unwrap(), midnight.checked_add(50.hours()).unwrap());
    occurrences.iter().filter(|one| one.local.date() == date).map(|one| line(plan, one)).collect()
}

fn line(plan: &Plan, occurrence: &Occurrence) -> String {
    let zoned = occurrence.due.to_zoned_datetime(plan.zone().clone());
    assert_eq!(zoned.datetime(), occurrence.local, "the clock shows what the occurrence says");
    let change = occurrence.clock_change.as_ref().map(|change| format!(" {change}")).unwrap_or_default();
    let left_out = if occurrence.runs { "" } else { "no run " };
    format!("{left_out}{}{change}", zoned.strftime("%H:%M%:z"))
}

const LEAVE_OUT: &str = r#""skippedTime":"leaveOut""#;
const SECOND: &str = r#""repeatedTime":"second""#;
const BOTH: &str = r#""repeatedTime":"both""#;

#[test]
fn a_skipped_time_runs_when_the_clock_resumes_or_not_at_all() {
    for (zone, day, time, resumes) in [
        ("Europe/Berlin", "2027-03-28", "02:30", "03:00+02:00"),
        ("America/New_York", "2027-03-14", "02:30", "03:00-04:00"),
        ("Australia/Lord_Howe", "2027-10-03", "02:15", "02:30+11:00"),
        // At midnight: spring-framework #36865 skips the whole day.
        ("Africa/Cairo", "2027-04-30", "00:30", "01:00+03:00"),
        ("America/Santiago", "2027-09-05", "00:30", "01:00-03:00"),
        // Morocco gave up its changes around Ramadan in September 2026.
        ("Africa/Casablanca", "2026-03-22", "02:30", "03:00+01:00"),
        ("Pacific/Chatham", "2027-09-26", "02:50", "03:45+13:45"),
    ] {
        let quoted = format!("\"{time}\"");
        let clock = resumes.get(..5).unwrap();
        let run_after = on(&daily(&quoted, zone, ""), day);
        assert_eq!(run_after, [format!("{resumes} {time} is skipped, runs at {clock}")], "{zone}");
        let left_out = on(&daily(&quoted, zone, LEAVE_OUT), day);
        assert_eq!(left_out, [format!("no run {resumes} {time} is skipped, does not run")], "{zone}");
    }
}

#[test]
fn a_repeated_time_runs_at_the_first_the_second_or_both() {
    for (zone, day, time, first, second) in [
        ("Europe/Berlin", "2027-10-31", "02:30", "02:30+02:00", "02:30+01:00"),
        ("America/New_York", "2027-11-07", "01:30", "01:30-04:00", "01:30-05:00"),
        ("Australia/Lord_Howe", "2027-04-04", "01:45", "01:45+11:00", "01:45+10:30"),
        ("Africa/Cairo", "2027-10-28", "23:30", "23:30+03:00", "23:30+02:00"),
        ("America/Santiago", "2027-04-03", "23:30", "23:30-03:00", "23:30-04:00"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "02:30+01:00", "02:30+00:00"),
        ("Pacific/Chatham", "2027-04-04", "02:50", "02:50+13:45", "02:50+12:45"),
    ] {
        let quoted = format!("\"{time}\"");
        let words = format!("{time} occurs twice, runs at");
        assert_eq!(on(&daily(&quoted, zone, ""), day), [format!("{first} {words} the first")], "{zone}");
        assert_eq!(
            on(&daily(&quoted, zone, SECOND), day),
            [format!("{second} {words} the second")],
            "{zone}"
        );
        let both = [
            format!("{first} {words} both, this is the first"),
            format!("{second} {words} both, this is the second"),
        ];
        assert_eq!(on(&daily(&quoted, zone, BOTH), day), both, "{zone}");
    }
}

#[test]
fn the_edges_of_a_change_are_ordinary_times() {
    for (zone, day, time, expected) in [
        ("Europe/Berlin", "2027-03-28", "01:59", "01:59+01:00"),
        ("Europe/Berlin", "2027-03-28", "02:00", "03:00+02:00 02:00 is skipped, runs at 03:00"),
        ("Europe/Berlin", "2027-03-28", "03:00", "03:00+02:00"),
        ("Europe/Berlin", "2027-10-31", "01:59", "01:59+02:00"),
        ("Europe/Berlin", "2027-10-31", "02:00", "02:00+02:00 02:00 occurs twice, runs at the first"),
        ("Europe/Berlin", "2027-10-31", "03:00", "03:00+01:00"),
        ("Australia/Lord_Howe", "2027-04-04", "01:30", "01:30+11:00 01:30 occurs twice, runs at the first"),
        ("Australia/Lord_Howe", "2027-04-04", "02:00", "02:00+10:30"),
        ("Australia/Lord_Howe", "2027-10-03", "02:30", "02:30+11:00"),
        ("Africa/Cairo", "2027-04-30", "00:00", "01:00+03:00 00:00 is skipped, runs at 01:00"),
        ("Africa/Cairo", "2027-04-30", "12:00", "12:00+03:00"),
        // No change at all.
        ("Africa/Casablanca", "2027-03-14", "02:30", "02:30+00:00"),
        ("Asia/Kolkata", "2027-03-28", "02:30", "02:30+05:30"),
        ("UTC", "2027-10-31", "02:30", "02:30+00:00"),
    ] {
        assert_eq!(on(&daily(&format!("\"{time}\""), zone, ""), day), [expected], "{zone} {day} {time}");
    }
}

#[test]
fn the_days_before_and_after_a_change_are_ordinary() {
    for zone in
        ["Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe"]
    {
        for time in ["\"00:30\"", "\"02:15\"", "\"23:30\""] {
            let plan = daily(time, zone, "");
            let year = between(&plan, at("2027-01-01T12:00:00Z"), at("2028-01-01T12:00:00Z"));
            assert_eq!(year.len(), 365, "{zone} {time}");
            let changed = year.iter().filter(|occurrence| occurrence.clock_change.is_some()).count();
            assert!(changed <= 2, "{zone} {time}: {changed}");
        }
    }
}

#[test]
fn several_skipped_times_are_one_run() {
    let times = "\"02:00\",\"02:20\",\"02:40\"";
    assert_eq!(
        on(&daily(times, "Europe/Berlin", ""), "2027-03-28"),
        ["03:00+02:00 02:00, 02:20 and 02:40 are skipped, run once at 03:00"]
    );
    assert_eq!(
        on(&daily(times, "Europe/Berlin", LEAVE_OUT), "2027-03-28"),
        ["no run 03:00+02:00 02:00, 02:20 and 02:40 are skipped, do not run"]
    );
    // A run that the rule has at that instant anyway is the same run.
    let with_own = "\"02:30\",\"03:00\",\"04:00\"";
    assert_eq!(
        on(&daily(with_own, "Europe/Berlin", ""), "2027-03-28"),
        ["03:00+02:00 02:30 is skipped, runs at 03:00", "04:00+02:00"]
    );
    assert_eq!(
        on(&daily(with_own, "Europe/Berlin", LEAVE_OUT), "2027-03-28"),
        ["03:00+02:00 02:30 is skipped, does not run", "04:00+02:00"]
    );
}

#[test]
fn a_rule_of_every_hour_follows_elapsed_time() {
    let hourly = cron("0 * * * *", "Europe/Berlin");
    let spring = on(&hourly, "2027-03-28");
    assert_eq!(spring.len(), 23);
    assert_eq!(spring[..4], ["00:00+01:00", "01:00+01:00", "03:00+02:00", "04:00+02:00"]);
    let autumn = on(&hourly, "2027-10-31");
    assert_eq!(autumn.len(), 25);
    assert_eq!(
        autumn[1..5],
        [
            "01:00+02:00",
            "02:00+02:00 02:00 occurs twice, runs at both, this is the first",
            "02:00+01:00 02:00 occurs twice, runs at both, this is the second",
            "03:00+01:00"
        ]
    );
    assert_eq!(on(&cron("*/15 * * * *", "America/New_York"), "2027-03-14").len(), 23 * 4);
    assert_eq!(on(&cron("*/15 * * * *", "Australia/Lord_Howe"), "2027-04-04").len(), 24 * 4 + 2);
}

#[test]
fn an_interval_follows_elapsed_time() {
    let json = r#"{"rule":{"type":"interval","everyMinutes":360,"from":"2027-03-27T23:00:00Z"},"zone":"Europe/Berlin"}"#;
    assert_eq!(
        on(&plan(&spec(json)), "2027-03-28"),
        ["00:00+01:00", "07:00+02:00", "13:00+02:00", "19:00+02:00"]
    );
}

/// Samoa left out 30 December 2011 when it changed the side of the date line.
#[test]
fn a_whole_day_can_be_skipped() {
    let daily_run = daily("\"02:30\"", "Pacific/Apia", "");
    let occurrences = between(&daily_run, at("2011-12-29T12:00:00Z"), at("2011-12-31T12:00:00Z"));
    let lines: Vec<_> = occurrences.iter().map(|occurrence| line(&daily_run, occurrence)).collect();
    assert_eq!(lines, ["02:30-10:00", "00:00+14:00 02:30 is skipped, runs at 00:00", "02:30+14:00"]);
}

/// The example of the schedule's page: the last Sunday of each month at 02:30 in Berlin.
#[test]
fn the_next_ten_runs_show_both_changes() {
    let json = r#"{"rule":{"type":"calendar","days":[{"type":"lastWeekday","weekday":"sunday"}],"times":["02:30"]},
        "zone":"Europe/Berlin"}"#;
    let plan = plan(&spec(json));
    let next: Vec<_> = plan
        .occurrences_after(at("2026-10-24T18:06:00Z"))
        .take(10)
        .map(|occurrence| format!("{} {}", occurrence.local.date(), line(&plan, &occurrence)))
        .collect();
    assert_eq!(
        next,
        [
            "2026-10-25 02:30+02:00 02:30 occurs twice, runs at the first",
            "2026-11-29 02:30+01:00",
            "2026-12-27 02:30+01:00",
            "2027-01-31 02:30+01:00",
            "2027-02-28 02:30+01:00",
            "2027-03-28 03:00+02:00 02:30 is skipped, runs at 03:00",
            "2027-04-25 02:30+02:00",
            "2027-05-30 02:30+02:00",
            "2027-06-27 02:30+02:00",
            "2027-07-25 02:30+02:00",
        ]
    );
}

/// Looked at in the middle of a change, a schedule goes on with what is left. croner-rust #16 panics inside the gap.
#[test]
fn a_look_in_the_middle_of_a_change_finds_what_is_left() {
    let first_after = |plan: &Plan, after: &str| {
        let next = plan.occurrences_after(at(after)).next().unwrap();
        format!("{} {}", next.local.date(), line(plan, &next))
    };
    let spring = daily("\"02:30\"", "Europe/Berlin", "");
    let shifted = "2027-03-28 03:00+02:00 02:30 is skipped, runs at 03:00";
    assert_eq!(first_after(&spring, "2027-03-28T00:59:59.999Z"), shifted);
    assert_eq!(first_after(&spring, "2027-03-28T01:00:00Z"), "2027-03-29 02:30+02:00");
    // 03:30 of the clock, which is 02:30 by the old offset.
    assert_eq!(first_after(&spring, "2027-03-28T01:30:00Z"), "2027-03-29 02:30+02:00");

    let first = daily("\"02:30\"", "Europe/Berlin", "");
    assert_eq!(first_after(&first, "2027-10-31T00:30:00Z"), "2027-11-01 02:30+01:00");
    let second = daily("\"02:30\"", "Europe/Berlin", SECOND);
    let words = "02:30 occurs twice, runs at the second";
    assert_eq!(first_after(&second, "2027-10-31T00:30:00Z"), format!("2027-10-31 02:30+01:00 {words}"));
    assert_eq!(first_after(&second, "2027-10-31T01:15:00Z"), format!("2027-10-31 02:30+01:00 {words}"));
    assert_eq!(first_after(&second, "2027-10-31T01:30:00Z"), "2027-11-01 02:30+01:00");
}
