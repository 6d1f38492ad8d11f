use serde_json::{Value, json};

use super::*;

const FROM: &str = "2026-12-01T12:00:00Z";

fn of(settings: Value, waves: &[u64], hub_per_minute: u32) -> Estimate {
    let settings: Settings = serde_json::from_value(settings).unwrap();
    estimate(&settings, waves, &["UTC"], hub_per_minute, Timestamp::parse(FROM).unwrap())
}

/// Minutes of calling, gates and windows, and the limit.
fn check(settings: Value, waves: &[u64], hub_per_minute: u32, minutes: [u64; 3], limit: Limit) {
    let found = of(settings, waves, hub_per_minute);
    let seconds = [found.calling_seconds, found.gate_seconds, found.window_seconds];
    assert_eq!(seconds.map(|seconds| (seconds + 1) / 60), minutes, "{found:?}");
    assert_eq!(found.limit, limit);
    assert_eq!(found.devices_in_time, waves.iter().sum::<u64>());
    let whole = found.last_call.since(Timestamp::parse(FROM).unwrap()).as_secs();
    assert!(whole.abs_diff(seconds.iter().sum()) < 3, "the parts sum: {whole} {seconds:?}");
    let (first, last) = (found.line.first().unwrap(), found.line.last().unwrap());
    assert_eq!((first.devices, last.devices), (0, waves.iter().sum()));
    assert!(found.line.is_sorted_by_key(|point| (point.at, point.devices)));
}

#[test]
fn the_lower_of_rate_and_hub_binds() {
    check(json!({}), &[2_400], 2_400, [1, 0, 0], Limit::Hub);
    check(json!({"rate": {"perMinute": 240}}), &[2_400], 2_400, [10, 0, 0], Limit::Rate);
    check(json!({"rate": {"perMinute": 240}}), &[2_400], 60, [40, 0, 0], Limit::Hub);
    check(json!({}), &[0], 60, [0, 0, 0], Limit::Hub);
}

#[test]
fn a_ramp_is_followed() {
    let ramp = |up_to: u32| json!({"rate": {"perMinute": 50, "ramp": {"factor": 2, "afterEach": {"notified": 1_000}, "upToPerMinute": up_to}}});
    // 20 min to 1,000, 10 to 2,000, 5 to 3,000, 5 to 4,000 at 200 a minute.
    check(ramp(200), &[4_000], 60_000, [40, 0, 0], Limit::Rate);
    check(ramp(200), &[500, 3_500], 60_000, [40, 0, 0], Limit::Rate);
    // From 2,000 on the hub allows 100 a minute only, which is as long as the rate bound.
    check(ramp(200), &[6_000], 100, [70, 0, 0], Limit::Hub);
    assert_eq!(of(ramp(200), &[4_000], 1_000).hub_seconds, 240);
}

#[test]
fn gates_are_added_and_questions_counted() {
    let gate = |soak: u32, then: &str| json!({"size": {"devices": 100}, "gate": {"soakMinutes": soak, "then": then}});
    let settings = json!({"waves": [gate(30, "continue"), gate(60, "askPerson"), gate(5, "askWebhook")]});
    check(settings.clone(), &[100, 100, 0, 400], 100, [6, 90, 0], Limit::Hub);
    assert_eq!(of(settings, &[100, 100, 100, 100], 100).questions, 2);
}

#[test]
fn windows_are_waited_for() {
    let nightly = |minutes: u32| {
        json!({
            "windows": {"windows": [{"start": "22:00", "minutes": minutes}], "zone": {"name": "UTC"}},
            "responseTimeoutInSeconds": 60,
        })
    };
    check(nightly(61), &[600], 60, [10, 0, 600], Limit::Windows);
    // 61 on the first night, the first of them at its beginning; the others 23 hours later.
    check(nightly(61), &[100], 1, [100, 0, 600 + 22 * 60 + 59], Limit::Windows);
}

#[test]
fn what_comes_after_the_end_is_left_out() {
    let end = json!({"end": {"at": "2026-12-01T13:00:00Z"}});
    let found = of(end, &[1_000], 10);
    assert_eq!(found.devices_in_time, 600, "ten in each minute");
    assert_eq!(found.last_call, Timestamp::parse("2026-12-01T13:00:00Z").unwrap());
    let start = json!({"startTime": "2026-12-01T12:30:00Z"});
    assert_eq!(of(start, &[10], 10).last_call, Timestamp::parse("2026-12-01T12:31:00Z").unwrap());
}

#[test]
fn the_zone_that_takes_longest_decides() {
    let settings: Settings = serde_json::from_value(json!({
        "windows": {"windows": [{"start": "13:00", "minutes": 60}], "zone": {"tag": {"tag": "tags.zone", "otherwise": "UTC"}}},
    }))
    .unwrap();
    let of =
        |zones: &[&str]| estimate(&settings, &[1], zones, 60, Timestamp::parse(FROM).unwrap()).window_seconds;
    assert_eq!(of(&["UTC"]), 3_600);
    assert_eq!(of(&["Europe/Berlin"]), 0);
    assert_eq!(of(&["Europe/Berlin", "America/New_York", "UTC"]), 6 * 3_600);
}
