//! What a door does: methods, desired properties, and what it reports of itself. Pure: no clock, no network.
//!
//! A door answers at once and does the slow part afterwards, step by step, as firmware does: the answer says
//! "accepted", the reported properties say how far it has come.

use std::time::Duration;

use hub_wire::{Timestamp, twin::Object};
use serde_json::{Value, json};

use crate::chance::{Purpose, pick};

mod twin;

/// How long a door is away when it reboots.
pub const REBOOT_TIME: Duration = Duration::from_secs(2);
/// How long a firmware image downloads.
pub const DOWNLOAD_TIME: Duration = Duration::from_secs(3);
/// How long it is being applied.
pub const APPLY_TIME: Duration = Duration::from_secs(2);

/// A door's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    is_locked: bool,
    /// Percent.
    battery: u8,
    firmware: String,
    /// The version being installed.
    updating_to: Option<String>,
    /// Whether the twin has been read since this process began.
    knows_twin: bool,
}

/// What a call leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// The answer's status.
    pub status: i32,
    /// The answer's payload.
    pub payload: Value,
    /// What happens after the answer, in order of time.
    pub then: Vec<(Duration, Step)>,
}

/// Something a door does by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Reports properties.
    Report(Object),
    /// Installs the firmware it has been given, and goes away for a moment to start with it.
    Install,
    /// Goes away for a moment.
    Reboot,
}

impl Reaction {
    fn new(status: i32, payload: Value) -> Self {
        Self { status, payload, then: Vec::new() }
    }

    fn then(mut self, after: Duration, step: Step) -> Self {
        self.then.push((after, step));
        self
    }
}

/// The answer of a door whose bolt jams: what the error share of the settings looks like.
pub fn jammed() -> Reaction {
    Reaction::new(
        500,
        json!({"error": "BOLT_JAMMED", "message": "the bolt does not move", "retryable": true}),
    )
}

impl Door {
    /// A door as it leaves the factory.
    pub fn new(seed: u64, index: usize) -> Self {
        Self {
            is_locked: pick(seed, index, Purpose::Locked, 4) != 0,
            battery: 40 + u8::try_from(pick(seed, index, Purpose::Battery, 61)).unwrap_or_default(),
            firmware: format!("1.4.{}", pick(seed, index, Purpose::Firmware, 4)),
            updating_to: None,
            knows_twin: false,
        }
    }

    /// Answers a call.
    pub fn answer(&mut self, method: &str, payload: &Value, now: Timestamp) -> Reaction {
        match method {
            "lockDoor" => self.turn_bolt(true),
            "unlockDoor" => self.turn_bolt(false),
            "reboot" => {
                Reaction::new(200, json!({"state": "rebooting", "awayForSeconds": REBOOT_TIME.as_secs()}))
                    .then(Duration::ZERO, Step::Report(object(json!({"lastReboot": now}))))
                    .then(Duration::ZERO, Step::Reboot)
            }
            "firmwareUpdate" => self.begin_update(payload, now),
            "selfTest" => self.test_itself(now),
            _ => Reaction::new(
                404,
                json!({
                    "error": "METHOD_UNKNOWN",
                    "message": format!("this door has no method '{method}'"),
                    "methods": ["lockDoor", "unlockDoor", "reboot", "firmwareUpdate", "selfTest"],
                }),
            ),
        }
    }

    fn turn_bolt(&mut self, lock: bool) -> Reaction {
        let changed = self.is_locked != lock;
        self.is_locked = lock;
        let state = if lock { "locked" } else { "unlocked" };
        if !changed {
            return Reaction::new(
                200,
                json!({"state": state, "bolt": "ok", "battery": self.battery, "note": format!("already {state}")}),
            );
        }
        Reaction::new(200, json!({"state": state, "bolt": "ok", "battery": self.battery}))
            .then(Duration::ZERO, Step::Report(object(json!({"lock": self.lock()}))))
    }

    fn test_itself(&self, now: Timestamp) -> Reaction {
        let healthy = self.battery >= 20;
        let result = if healthy { "passed" } else { "battery low" };
        Reaction::new(
            200,
            json!({"result": result, "bolt": "ok", "battery": self.battery, "firmware": self.firmware}),
        )
        .then(Duration::ZERO, Step::Report(object(json!({"lastSelfTest": {"at": now, "result": result}}))))
    }

    fn begin_update(&mut self, payload: &Value, now: Timestamp) -> Reaction {
        if let Some(version) = &self.updating_to {
            let message = format!("the update to {version} has not ended");
            return Reaction::new(409, json!({"error": "UPDATE_IN_PROGRESS", "message": message}));
        }
        let version = match &payload["version"] {
            Value::String(version) if (1..=64).contains(&version.len()) => version.clone(),
            Value::Null => next_patch(&self.firmware),
            _ => {
                let message = "version must be a string of 1 to 64 bytes";
                return Reaction::new(400, json!({"error": "VERSION_INVALID", "message": message}));
            }
        };
        if version == self.firmware {
            return Reaction::new(200, json!({"status": "current", "version": version}));
        }
        self.updating_to = Some(version.clone());
        let report = |status: &str, at: Timestamp| {
            Step::Report(object(json!({"firmware": {"status": status, "target": version, "since": at}})))
        };
        Reaction::new(202, json!({"status": "accepted", "version": version}))
            .then(Duration::ZERO, report("downloading", now))
            .then(DOWNLOAD_TIME, report("applying", now.plus(DOWNLOAD_TIME)))
            .then(DOWNLOAD_TIME + APPLY_TIME, report("rebooting", now.plus(DOWNLOAD_TIME + APPLY_TIME)))
            .then(DOWNLOAD_TIME + APPLY_TIME, Step::Install)
    }

    /// The end of an update: the new firmware is what runs after the reboot.
    pub fn install(&mut self) {
        if let Some(version) = self.updating_to.take() {
            self.firmware = version;
        }
    }

    fn lock(&self) -> Value {
        json!({"state": if self.is_locked { "locked" } else { "unlocked" }, "bolt": "ok"})
    }
}

/// `1.4.2` becomes `1.4.3`; a version that does not end in a number gets `.1`.
fn next_patch(version: &str) -> String {
    let (front, last) = version.rsplit_once('.').unwrap_or((version, ""));
    match last.parse::<u32>() {
        Ok(last) => format!("{front}.{}", last.saturating_add(1)),
        Err(_) => format!("{version}.1"),
    }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const NOW: Timestamp = Timestamp::from_unix_millis(1_767_225_600_000);

    pub(super) fn door(is_locked: bool) -> Door {
        Door { is_locked, battery: 71, firmware: "1.4.2".into(), updating_to: None, knows_twin: true }
    }

    fn check(
        door: &mut Door,
        method: &str,
        payload: &Value,
        status: i32,
        expected: Value,
    ) -> Vec<(Duration, Step)> {
        let reaction = door.answer(method, payload, NOW);
        assert_eq!((reaction.status, reaction.payload), (status, expected), "{method}");
        assert!(reaction.then.is_sorted_by_key(|(after, _)| *after), "{method}");
        reaction.then
    }

    #[test]
    fn bolts() {
        let report = |state: &str| {
            vec![(Duration::ZERO, Step::Report(object(json!({"lock": {"state": state, "bolt": "ok"}}))))]
        };
        let mut door = door(false);
        let locked = json!({"state": "locked", "bolt": "ok", "battery": 71});
        assert_eq!(check(&mut door, "lockDoor", &Value::Null, 200, locked), report("locked"));
        let already = json!({"state": "locked", "bolt": "ok", "battery": 71, "note": "already locked"});
        assert_eq!(check(&mut door, "lockDoor", &json!({"any": "thing"}), 200, already), []);
        let unlocked = json!({"state": "unlocked", "bolt": "ok", "battery": 71});
        assert_eq!(check(&mut door, "unlockDoor", &Value::Null, 200, unlocked), report("unlocked"));
    }

    #[test]
    fn a_method_that_a_door_lacks() {
        let reaction = door(true).answer("openWindow", &Value::Null, NOW);
        assert_eq!((reaction.status, &reaction.payload["error"]), (404, &json!("METHOD_UNKNOWN")));
        assert!(reaction.payload["message"].as_str().unwrap().contains("'openWindow'"));
        assert!(reaction.then.is_empty());
    }

    #[test]
    fn a_reboot_reports_and_goes_away() {
        let steps = door(true).answer("reboot", &Value::Null, NOW).then;
        assert_eq!(
            steps,
            [
                (Duration::ZERO, Step::Report(object(json!({"lastReboot": NOW})))),
                (Duration::ZERO, Step::Reboot)
            ]
        );
    }

    #[test]
    fn firmware_from_the_call_to_the_new_version() {
        let mut door = door(true);
        let accepted = json!({"status": "accepted", "version": "2.0.0"});
        let steps = check(&mut door, "firmwareUpdate", &json!({"version": "2.0.0"}), 202, accepted);
        let statuses: Vec<_> = steps
            .iter()
            .filter_map(|(_, step)| match step {
                Step::Report(report) => report["firmware"]["status"].as_str(),
                _ => None,
            })
            .collect();
        assert_eq!(statuses, ["downloading", "applying", "rebooting"]);
        assert_eq!(steps.last().unwrap().1, Step::Install);
        assert_eq!(door.answer("firmwareUpdate", &json!({"version": "3.0.0"}), NOW).status, 409);
        let on_the_way = object(
            json!({"battery": 71, "lock": door.lock(), "firmware": {"version": "1.4.2", "status": "applying"}}),
        );
        assert_eq!(door.catch_up(&Object::new(), &on_the_way, NOW), Object::new());

        door.install();
        let report = door.catch_up(&Object::new(), &on_the_way, NOW);
        assert_eq!(
            Value::Object(report),
            json!({"firmware": {"version": "2.0.0", "status": "current", "target": null, "since": NOW}})
        );
        let current = json!({"status": "current", "version": "2.0.0"});
        check(&mut door, "firmwareUpdate", &json!({"version": "2.0.0"}), 200, current);
    }

    #[test]
    fn firmware_versions() {
        for (payload, status, version) in [
            (Value::Null, 202, Some("1.4.3")),
            (json!({}), 202, Some("1.4.3")),
            (json!({"version": "x"}), 202, Some("x")),
            (json!({"version": 5}), 400, None),
            (json!({"version": ""}), 400, None),
            (json!("2.0.0"), 202, Some("1.4.3")),
        ] {
            let reaction = door(true).answer("firmwareUpdate", &payload, NOW);
            assert_eq!(
                (reaction.status, reaction.payload["version"].as_str()),
                (status, version),
                "{payload}"
            );
        }
        assert_eq!(next_patch("v"), "v.1");
        assert_eq!(next_patch("1.9"), "1.10");
    }
}
