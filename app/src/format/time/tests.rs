use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn days_in_addresses() {
    for (text, is_day) in [
        ("2026-11-30", true),
        ("2026-11-31", false),
        ("2026-1-3", false),
        ("2026-11", false),
        ("-2026-11-30", false),
        ("today", false),
    ] {
        assert_eq!(day_begin(text).is_some(), is_day, "{text}");
    }
    let begin = day_begin("2026-11-30").unwrap();
    assert_eq!(
        (begin, day_name(begin), day_of_month(begin)),
        (at("2026-11-30T00:00:00Z"), "Mon 30 Nov".into(), "30".into())
    );
    assert_eq!(hour_minute(at("2026-11-30T22:05:59Z"), 120), "00:05");
}

#[test]
fn wall_times() {
    for (text, expected) in [
        ("2026-09-17 18:00", Some("2026-09-17T18:00:00")),
        (" 2026-09-17T8:05 ", Some("2026-09-17T08:05:00")),
        ("2026-9-7 18:00:30", Some("2026-09-07T18:00:30")),
        ("2026-09-17", None),
        ("2026-09-17 24:00", None),
        ("2026-09-17 8", None),
        ("2026-09-17 8:5", None),
        ("2026-09-17 +8:00", None),
        ("17.09.2026 18:00", None),
        ("2026-09-17 06:00 PM", None),
        ("", None),
    ] {
        assert_eq!(wall_time(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_is_typed_is_read_again() {
    for (at_text, offset, text) in [
        ("2026-09-17T16:00:00Z", 0, "2026-09-17 16:00"),
        ("2026-09-17T22:30:00Z", 120, "2026-09-18 00:30"),
        ("2026-09-17T16:00:05.9Z", 0, "2026-09-17 16:00:05"),
    ] {
        assert_eq!(typed(at(at_text), offset), text);
        assert!(wall_time(text).is_some());
    }
}

#[test]
fn days_to_start_on() {
    let days = days_from(at("2026-09-17T21:58:00Z"), 120, 3);
    let texts: Vec<_> =
        days.iter().map(|day| (day.label.as_str(), day.date.as_str(), day.time.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("Today", "2026-09-17", "23:59"),
            ("Tomorrow", "2026-09-18", "08:00"),
            ("Sat 19 Sep", "2026-09-19", "08:00")
        ]
    );
    assert_eq!(days_from(at("2026-09-17T12:04:59Z"), 0, 1)[0].time, "12:10");
    assert_eq!(days_from(at("2026-12-31T12:00:00Z"), 0, 2)[1].date, "2027-01-01");
}

#[test]
fn zones() {
    for (name, offset, text) in [
        ("Europe/Berlin", 60, "Europe/Berlin (UTC+1)"),
        ("Europe/London", 0, "Europe/London (UTC)"),
        ("UTC", 0, "UTC"),
        ("", -210, "UTC-3:30"),
    ] {
        assert_eq!(zone_label(name, offset), text);
    }
}

#[test]
fn durations() {
    for (millis, text) in [
        (0, "0 ms"),
        (187, "187 ms"),
        (1_900, "1.9 s"),
        (9_999, "9.9 s"),
        (47_300, "47 s"),
        (60_000, "1 min"),
        (384_000, "6 min 24 s"),
        (10_020_000, "2 h 47 min"),
        (86_400_000, "1 day"),
        (187_200_000, "2 days 4 h"),
    ] {
        assert_eq!(duration(millis), text);
    }
}

#[test]
fn estimates() {
    for (seconds, text) in [(0.0003, "1 s"), (7.4, "7 s"), (144.2, "2 min 24 s"), (f64::NAN, "1 s")] {
        assert_eq!(about_seconds(seconds), text);
    }
}

#[test]
fn relative_times() {
    let now = at("2026-09-17T18:06:24Z");
    for (other, text) in [
        ("2026-09-17T18:06:24Z", "now"),
        ("2026-09-17T18:05:43Z", "41 s ago"),
        ("2026-09-17T18:00:00Z", "6 min ago"),
        ("2026-09-17T15:00:00Z", "3 h ago"),
        ("2026-09-16T15:00:00Z", "yesterday"),
        ("2026-09-14T15:00:00Z", "3 days ago"),
        ("2026-09-17T19:00:30Z", "in 54 min"),
        ("2026-09-17T21:30:00Z", "in 3 h 23 min"),
        ("2026-09-19T21:30:00Z", "in 2 days 3 h"),
        ("0001-01-01T00:00:00Z", "never"),
    ] {
        assert_eq!(relative(at(other), now), text, "{other}");
    }
}

#[test]
fn absolute_times() {
    let (then, now) = (at("2026-09-17T18:06:23.318Z"), at("2026-09-17T20:00:00Z"));
    assert_eq!(clock(then, 0), "18:06:23");
    assert_eq!(clock_millis(then, 120), "20:06:23.318");
    for (now, offset, text) in [
        ("2026-09-17T23:59:59Z", 0, "18:06:23.318"),
        ("2026-09-17T23:59:59Z", 120, "17 Sep 20:06:23.318"),
        ("2026-09-18T00:00:00Z", 0, "17 Sep 18:06:23.318"),
        ("2027-01-01T00:00:00Z", 0, "17 Sep 2026 18:06:23.318"),
    ] {
        assert_eq!(day_clock_millis(then, at(now), offset), text, "{now} {offset}");
    }
    assert_eq!(day_number(then, 360) - day_number(then, 0), 1);
    assert_eq!(absolute(then, 0), "17 Sep 2026, 18:06:23 UTC");
    assert_eq!(absolute(then, -210), "17 Sep 2026, 14:36:23 UTC-3:30");
    assert_eq!(machine(then), "2026-09-17T18:06:23Z");
    assert_eq!(day_clock(then, now, 0), "18:06:23");
    assert_eq!(day_clock(at("2026-09-18T18:00:00Z"), now, 0), "Fri 18:00:00");
    assert_eq!(day_clock(at("2026-08-01T18:00:00Z"), now, 0), "1 Aug 18:00");
    assert_eq!(day_clock(at("2024-08-01T18:00:00Z"), now, 0), "1 Aug 2024");
    assert_eq!(absolute(Timestamp::NEVER, 0), "never");
    assert_eq!(day_clock(Timestamp::FAR_FUTURE, now, 840), "31 Dec 9999");
}
