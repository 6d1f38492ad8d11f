use jiff::civil::{DateTime, date};

use super::*;
use crate::exclusions::Exclusions;

/// The first runs of an expression after the end of November 2026, which is a Monday.
fn first_runs(expression: &str, count: usize) -> Vec<String> {
    let calendar = compile(expression).unwrap();
    let mut from = date(2026, 11, 30).at(0, 0, 0, 0);
    let mut runs = Vec::new();
    while runs.len() < count {
        let next: DateTime = calendar.first_at_or_after(from, &Exclusions::default()).unwrap();
        runs.push(next.strftime("%a %-d %b %Y %H:%M").to_string());
        from = next.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
    }
    runs
}

#[test]
fn five_fields_are_compiled() {
    for (expression, runs) in [
        ("30 2 * * *", ["Mon 30 Nov 2026 02:30", "Tue 1 Dec 2026 02:30"]),
        ("  30\t2 * * 1-5 ", ["Mon 30 Nov 2026 02:30", "Tue 1 Dec 2026 02:30"]),
        ("*/20 8-9 * * *", ["Mon 30 Nov 2026 08:00", "Mon 30 Nov 2026 08:20"]),
        ("5,50 23 * * *", ["Mon 30 Nov 2026 23:05", "Mon 30 Nov 2026 23:50"]),
        ("0 8-17/3 * * *", ["Mon 30 Nov 2026 08:00", "Mon 30 Nov 2026 11:00"]),
        ("0 0 1 jan,Jul *", ["Fri 1 Jan 2027 00:00", "Thu 1 Jul 2027 00:00"]),
        ("0 0 * * 0", ["Sun 6 Dec 2026 00:00", "Sun 13 Dec 2026 00:00"]),
        ("0 0 * * 7", ["Sun 6 Dec 2026 00:00", "Sun 13 Dec 2026 00:00"]),
        ("0 0 * * 6-7", ["Sat 5 Dec 2026 00:00", "Sun 6 Dec 2026 00:00"]),
        ("0 0 * * SAT-SUN", ["Sat 5 Dec 2026 00:00", "Sun 6 Dec 2026 00:00"]),
        ("0 0 29 2 *", ["Tue 29 Feb 2028 00:00", "Sun 29 Feb 2032 00:00"]),
        // Either day field: the famous Friday and 13th.
        ("0 0 13 * 5", ["Fri 4 Dec 2026 00:00", "Fri 11 Dec 2026 00:00"]),
        ("0 0 1,2 * 5", ["Tue 1 Dec 2026 00:00", "Wed 2 Dec 2026 00:00"]),
        // A star with the step 1 restricts nothing.
        ("0 0 */1 * 5", ["Fri 4 Dec 2026 00:00", "Fri 11 Dec 2026 00:00"]),
        ("0 0 1-31 * 5", ["Mon 30 Nov 2026 00:00", "Tue 1 Dec 2026 00:00"]),
        ("0 0 */10 * *", ["Tue 1 Dec 2026 00:00", "Fri 11 Dec 2026 00:00"]),
    ] {
        assert_eq!(first_runs(expression, 2), runs, "{expression}");
    }
}

#[test]
fn what_is_not_taken_is_refused_with_its_place_and_what_to_use() {
    for (expression, column, what, what_to_do) in [
        ("", None, "it is empty", "write five fields"),
        ("30 2 * *", None, "it has 4 of 5 fields", "day of week"),
        ("0 30 2 * * *", Some(12), "it has 6 fields instead of 5", "leave out the seconds"),
        ("0 30 2 * * * 2027", Some(12), "it has 7 fields instead of 5", "the year behind"),
        ("@reboot", Some(1), "@reboot is not taken", "runs.catchUpSeconds"),
        ("@daily", Some(1), "@daily is not taken", "write 0 0 * * *"),
        ("@every 5m", Some(1), "@every is not taken", "interval"),
        ("@often", Some(1), "@often is not taken", "write five fields"),
        ("CRON_TZ=Europe/Berlin 30 2 * * *", Some(1), "the zone is not part", "into zone"),
        ("30 2 L * *", Some(6), "day of month: L is not taken in L", "lastDay"),
        ("30 2 * * 0L", Some(10), "day of week: L is not taken in 0L", "lastWeekday"),
        ("30 2 * * 1,FRI#2", Some(12), "day of week: # is not taken in FRI#2", "nthWeekday"),
        ("30 2 15W * *", Some(6), "day of month: W is not taken in 15W", "lastWorkday"),
        ("30 2 ? * 1", Some(6), "day of month: ? is not taken in ?", "write *"),
        ("60 2 * * *", Some(1), "minute: \"60\" is not a value", "write 0 to 59"),
        ("0 24 * * *", Some(3), "hour: \"24\" is not a value", "write 0 to 23"),
        ("0 0 0 * *", Some(5), "day of month: \"0\" is not a value", "write 1 to 31"),
        ("0 0 1 13 *", Some(7), "month: \"13\" is not a value", "JAN to DEC"),
        ("0 0 1 * 8", Some(9), "day of week: \"8\" is not a value", "SUN to SAT"),
        ("0 0 * * MONDAY", Some(9), "day of week: \"MONDAY\" is not a value", "SUN to SAT"),
        ("1,,2 0 * * *", Some(3), "minute: \"\" is not a value", "write 0 to 59"),
        ("-5 0 * * *", Some(1), "minute: \"\" is not a value", "write 0 to 59"),
        ("+5 0 * * *", Some(1), "minute: \"+5\" is not a value", "write 0 to 59"),
        ("0 22-2 * * *", Some(3), "hour: 22-2 goes backwards", "write 22-23,0-2"),
        ("0 0 * * FRI-MON", Some(9), "day of week: FRI-MON goes backwards", "write 5-6,0-1"),
        ("5/10 * * * *", Some(1), "minute: 5/10 has a step without a range", "write 5-59/10"),
        ("*/90 * * * *", Some(1), "minute: */90 has a step that is out of range", "interval"),
        ("*/0 * * * *", Some(1), "minute: */0 has a step that is out of range", "write a step of 1 to 59"),
        ("0 0 */2 * 1", Some(5), "cron programs disagree", "write the days of the step as a list"),
        ("0 0 ١ * *", Some(5), "day of month: \"١\" is not a value", "write 1 to 31"),
    ] {
        let fault = compile(expression).unwrap_err();
        assert_eq!(fault.field, "rule.expression", "{expression}");
        assert_eq!(fault.column, column, "{expression}: {fault}");
        assert!(fault.what.starts_with(what), "{expression}: {fault}");
        assert!(fault.what_to_do.contains(what_to_do), "{expression}: {fault}");
    }
    let long = format!("0{} 0 * * *", ",0".repeat(100));
    assert!(compile(&long).unwrap_err().what.contains("200 characters"));
}
