use serde_json::{Value, json};

use super::*;

/// 1,000 devices in three waves of 10, 100 and 890; the second is under way.
fn rollout(phase: Value, stage: Value, second: Value) -> Rollout {
    let gate = json!({"succeededPercent": 95, "soakMinutes": 10});
    let asks = json!({"succeededPercent": 95, "then": "askPerson"});
    let outcomes = |over: Value| {
        let mut outcomes = json!({"queued": 0, "inFlight": 0, "succeeded": 0, "failed": 0, "timedOut": 0, "notOnline": 0,
            "interrupted": 0, "cancelled": 0});
        for (name, count) in over.as_object().unwrap() {
            outcomes[name] = count.clone();
        }
        outcomes
    };
    serde_json::from_value(json!({
        "jobId": "j",
        "settings": {
            "waves": [{"size": {"percent": 1}, "gate": gate}, {"size": {"percent": 10}, "gate": asks}],
            "stopRules": [{"outcome": "failed", "percent": 5, "atLeast": 20}]
        },
        "summary": {"phase": phase, "phaseSince": "2026-12-01T12:00:00Z", "stage": stage, "wave": 1, "waves": 3},
        "waves": [
            {"outcomes": outcomes(json!({"succeeded": 10})), "waitingToConnect": 0, "gate": gate, "isGateLost": false,
             "started": "2026-12-01T11:00:00Z"},
            {"outcomes": outcomes(second), "waitingToConnect": 2, "gate": asks, "isGateLost": false,
             "started": "2026-12-01T11:30:00Z"},
            {"outcomes": outcomes(json!({"queued": 890})), "waitingToConnect": 0, "isGateLost": false}
        ],
        "stopRules": [{"rule": {"outcome": "failed", "percent": 5, "atLeast": 20}, "reading": {"counted": 3, "ended": 60}}],
        "calls": outcomes(json!({})),
        "notified": 60,
        "ratePerMinute": 600.0,
        "rateLimit": "hub",
        "history": [
            {"at": "2026-12-01T12:00:00Z", "decision": {"paused": {"stopRule": 0}}},
            {"at": "2026-12-01T12:00:00Z",
             "decision": {"stopRuleFired": {"rule": 0, "counted": 3, "ended": 60, "action": "pause"}}}
        ]
    }))
    .unwrap()
}

fn calling() -> Rollout {
    rollout(
        json!("running"),
        json!("calling"),
        json!({"succeeded": 40, "failed": 3, "inFlight": 7, "queued": 50}),
    )
}

#[test]
fn waves_say_where_they_are() {
    let running = calling();
    let labels: Vec<_> = (0..3).map(|wave| wave_badge(&running, wave).label).collect();
    assert_eq!(labels, ["Done", "Running", "Not started"]);
    let words: Vec<_> = (0..3).map(|wave| wave_words(&running, wave).text).collect();
    assert_eq!(
        words,
        [
            "100.0 % succeeded, its gate needed 95 %.",
            "93.0 % of those that ended succeeded, the gate needs 95 %. 7 in flight, 50 queued, 2 of them wait to connect.",
            "Starts when wave 2 has ended, 95 % have succeeded and a person agrees.",
        ]
    );
    let marks: Vec<_> = (0..2).map(|wave| gate_mark(&running, wave).label).collect();
    assert_eq!(marks, ["Gate passed", "The gate asks"]);
    for (phase, stage, label, words) in [
        (json!("running"), json!("awaitsPerson"), "Asks a person", "A person starts wave 3."),
        (json!({"paused": {"gateNotMet": 1}}), json!("held"), "Paused", "the gate needs 95 %"),
        (json!("running"), json!({"soaking": "2026-12-01T12:10:00Z"}), "Waiting", "starts by itself at"),
    ] {
        let rollout = rollout(phase, stage, json!({"succeeded": 95, "failed": 5}));
        assert_eq!(wave_badge(&rollout, 1).label, label);
        assert!(wave_words(&rollout, 1).text.contains(words), "{:?}", wave_words(&rollout, 1));
    }
}

#[test]
fn a_gauge_says_how_near_its_limit_is() {
    let gauge_of = |counted: u64, ended: u64| {
        let mut progress = calling().stop_rules.remove(0);
        (progress.reading.counted, progress.reading.ended) = (counted, ended);
        gauge(&progress)
    };
    let far = gauge_of(1, 60);
    assert_eq!((far.share.as_str(), far.is_near, far.is_over), ("1.7 %", false, false));
    assert_eq!(far.words, "1 of 60 ended, pauses at 5 %");
    let near = gauge_of(4, 100);
    assert!(near.is_near && !near.is_over);
    let over = gauge_of(5, 100);
    assert!(over.is_over);
    assert!((over.filled - GAUGE_MARK).abs() < 0.01, "{over:?}");
    let early = gauge_of(3, 10);
    assert!(!early.is_near && !early.is_over);
    assert_eq!(early.words, "counts from 20 devices, 10 ended; pauses at 5 %");
}

#[test]
fn a_pause_says_what_happened() {
    let by_rule = rollout(json!({"paused": {"stopRule": 0}}), json!("calling"), json!({"queued": 100}));
    assert_eq!(
        pause(&by_rule).unwrap(),
        "Of 60 devices that had ended, 3 failed: 5.0 %. The rule pauses at 5 % failed of at least 20. No device was called after \
         that."
    );
    assert_eq!(pause(&calling()), None);
    let mut by_person = rollout(json!({"paused": "person"}), json!("calling"), json!({"queued": 100}));
    by_person.history = serde_json::from_value(
        json!([{"at": "2026-12-01T12:00:00Z", "decision": {"paused": "person"}, "comment": "door 7 smokes"}]),
    )
    .unwrap();
    assert!(pause(&by_person).unwrap().starts_with("A person paused it: “door 7 smokes”."));
    let lines: Vec<_> = by_rule.history.iter().map(|entry| history(entry, &by_rule.settings)).collect();
    assert_eq!(lines[1], ("Stop rule".to_owned(), "paused the job, 3 of 60 failed".to_owned()));
}

#[test]
fn a_webhook_gives_its_reason() {
    for (reason, comment, sentence, line) in [
        (
            "webhook",
            "Checks: 5 crashes",
            "A webhook refused to continue after wave 2: “Checks: 5 crashes”.",
            "a webhook refused to continue after wave 2",
        ),
        (
            "noWebhookAnswer",
            "Checks: busy.",
            "Not every webhook answered within an hour after wave 2: “Checks: busy.”.",
            "not every webhook answered within an hour after wave 2",
        ),
    ] {
        let phase = json!({"paused": {reason: 1}});
        let mut paused = rollout(phase.clone(), json!("held"), json!({"succeeded": 100}));
        paused.history = serde_json::from_value(
            json!([{"at": "2026-12-01T12:00:00Z", "decision": phase, "comment": comment}]),
        )
        .unwrap();
        assert_eq!(pause(&paused).unwrap(), sentence);
        let (who, what) = history(&paused.history[0], &paused.settings);
        assert_eq!((who.as_str(), what.as_str()), ("Pause", line));
    }
}

#[test]
fn the_next_wave_starts_when_every_device_was_called() {
    assert_eq!(
        next_wave(&calling()),
        Err("Opens when every device of the wave was called and has answered.")
    );
    let waiting = rollout(json!("running"), json!("calling"), json!({"succeeded": 98, "queued": 2}));
    assert_eq!(next_wave(&waiting), Ok(3), "only devices that wait to connect are left");
    let asks = rollout(json!("running"), json!("awaitsPerson"), json!({"succeeded": 100}));
    assert_eq!(next_wave(&asks), Ok(3));
    let paused = rollout(json!({"paused": "person"}), json!("awaitsPerson"), json!({"succeeded": 100}));
    assert!(next_wave(&paused).is_err());
    let mut last = asks;
    last.summary.wave = 2;
    assert_eq!(next_wave(&last), Err("There is no further wave."));
}
