use serde_json::{Value, json};

use super::*;
use crate::forms::job::rollout::Preset;

fn form() -> RolloutForm {
    let mut form = RolloutForm::default();
    Preset::ThreeWaves.apply(&mut form);
    form
}

/// The settings of the fields, and the fields of the settings again.
fn read(form: &RolloutForm) -> Value {
    let settings = form.settings(30).unwrap().expect("a rollout");
    let again = RolloutForm::from_settings(&settings);
    assert_eq!(again.settings(30).unwrap().as_ref(), Some(&settings), "a copy has the same settings");
    serde_json::to_value(settings).unwrap()
}

#[test]
fn nothing_chosen_is_no_rollout() {
    assert_eq!(RolloutForm::default().settings(30), Ok(None));
}

#[test]
fn waves_with_gates_and_a_stop_rule() {
    let settings = read(&form());
    assert_eq!(
        settings["waves"],
        json!([
            {"size": {"percent": 1.0}, "gate": {"succeededPercent": 95.0, "soakMinutes": 10, "then": "continue"}},
            {"size": {"percent": 10.0}, "gate": {"succeededPercent": 95.0, "soakMinutes": 10, "then": "continue"}},
        ])
    );
    assert_eq!(
        settings["stopRules"],
        json!([{"outcome": "failed", "percent": 5.0, "atLeast": 20, "action": "pause"}])
    );
    let by_tag = RolloutForm {
        sizes_in: "tag".into(),
        wave_tag: "tags.building".into(),
        waves: vec![WaveForm { size: "41, 43".into(), then: "askPerson".into(), ..WaveForm::default() }],
        order: "tag".into(),
        order_tag: "tags.floor".into(),
        order_values: "0,1".into(),
        gate_not_met: "cancel".into(),
        ..form()
    };
    let settings = read(&by_tag);
    assert_eq!(
        settings["waves"][0]["size"],
        json!({"tag": {"tag": "tags.building", "values": ["41", "43"]}})
    );
    assert_eq!(settings["order"], json!({"tag": {"tag": "tags.floor", "values": ["0", "1"]}}));
    assert_eq!(settings["ifGateNotMet"], "cancel");
}

#[test]
fn every_other_setting() {
    let full = RolloutForm {
        rate: "1,200".into(),
        factor: "1.5".into(),
        each: "2000".into(),
        each_of: "notified".into(),
        up_to: "6000".into(),
        retries: "5".into(),
        first_wait: "60".into(),
        safe_to_repeat: "yes".into(),
        statuses: "409, 503".into(),
        offline: "wait".into(),
        offline_minutes: "45".into(),
        windows: vec![WindowForm {
            days: "Mon, friday".into(),
            start: "22:00".into(),
            minutes: "360".into(),
        }],
        zone_of: "tag".into(),
        window_zone: "Europe/Berlin".into(),
        growing: "yes".into(),
        end: "2027-06-30 18:00".into(),
        end_behaviour: "stop".into(),
        engine: "hubJobs".into(),
        ..form()
    };
    let settings = read(&full);
    assert_eq!(
        settings["rate"],
        json!({"perMinute": 1200, "ramp": {"factor": 1.5, "afterEach": {"notified": 2000}, "upToPerMinute": 6000}})
    );
    assert_eq!(
        settings["retry"],
        json!({"atMost": 5, "firstWaitSeconds": 60, "safeToRepeat": true, "deviceStatuses": [409, 503]})
    );
    assert_eq!(settings["offline"], json!({"waitMinutes": 45}));
    assert_eq!(
        settings["windows"],
        json!({
            "windows": [{"days": ["monday", "friday"], "start": "22:00", "minutes": 360}],
            "zone": {"tag": {"tag": "tags.timeZone", "otherwise": "Europe/Berlin"}}
        })
    );
    assert_eq!(settings["end"]["behaviour"], "stop");
    assert_eq!((&settings["targets"], &settings["engine"]), (&json!("growing"), &json!("hubJobs")));
}

#[test]
fn every_wrong_field_is_named() {
    let wave = |size: &str, succeeded: &str, soak: &str| WaveForm {
        size: size.into(),
        succeeded: succeeded.into(),
        soak: soak.into(),
        ..WaveForm::default()
    };
    let rule = |percent: &str, at_least: &str| RuleForm {
        percent: percent.into(),
        at_least: at_least.into(),
        ..RuleForm::default()
    };
    let window = |days: &str, start: &str, minutes: &str| WindowForm {
        days: days.into(),
        start: start.into(),
        minutes: minutes.into(),
    };
    for (form, fields) in [
        (
            RolloutForm { waves: vec![wave("1", "", ""), wave("", "x", "soon")], ..form() },
            vec!["waves[1].size", "waves[1].gate.succeededPercent", "waves[1].gate.soakMinutes"],
        ),
        (RolloutForm { waves: vec![wave("101", "", "")], ..form() }, vec!["waves[0].size"]),
        (RolloutForm { factor: "2".into(), ..form() }, vec!["rate.perMinute"]),
        (
            RolloutForm { rate: "a".into(), factor: "9".into(), ..form() },
            vec!["rate.perMinute", "rate.ramp.factor", "rate.ramp.afterEach", "rate.ramp.upToPerMinute"],
        ),
        (
            RolloutForm { rules: vec![rule("", "")], ..form() },
            vec!["stopRules[0].percent", "stopRules[0].atLeast"],
        ),
        (
            RolloutForm { retries: "x".into(), statuses: "4xx".into(), ..form() },
            vec!["retry.atMost", "retry.deviceStatuses"],
        ),
        (
            RolloutForm { offline: "wait".into(), offline_minutes: String::new(), ..form() },
            vec!["offline.waitMinutes"],
        ),
        (
            RolloutForm { windows: vec![window("someday", "22", "x")], ..form() },
            vec!["windows.windows[0].days", "windows.windows[0].start", "windows.windows[0].minutes"],
        ),
        (RolloutForm { end: "tomorrow".into(), ..form() }, vec!["end.at"]),
    ] {
        let errors = form.settings(30).unwrap_err();
        let found: Vec<_> = errors.iter().filter_map(|error| error.field.strip_prefix(PREFIX)).collect();
        assert_eq!(found, fields);
    }
}

#[test]
fn members_and_their_parts() {
    for (member, part) in [
        ("rollout.waves[0].size", Some(Part::Waves)),
        ("rollout.order.tag.tag", Some(Part::Waves)),
        ("rollout.stopRules[1].percent", Some(Part::StopRules)),
        ("rollout.windows.zone.name", Some(Part::Window)),
        ("rollout.end", Some(Part::End)),
        ("rollout", None),
        ("methodName", None),
    ] {
        assert_eq!(Part::of_member(member), part, "{member}");
    }
}
