//! What a simulated door does: methods, desired properties, reported properties. Pure: no clock, no network.
//!
//! Like firmware, a door answers at once and does the slow part afterwards, step by step: the answer is "accepted", the
//! reported properties show the progress.

use std::time::Duration;

use hub_wire::{Timestamp, twin::Object};
use serde_json::{Value, json};

use crate::seeded_random::{Purpose, pick};

mod twin;

/// How long a door is disconnected when it reboots.
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

/// The answer to a call and what follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// The answer's status.
    pub status: i32,
    /// The answer's payload.
    pub payload: Value,
    /// Steps after the answer, in order of time.
    pub then: Vec<(Duration, Step)>,
}

/// Something a door does on its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Reports properties.
    Report(Object),
    /// Installs the downloaded firmware and reboots.
    Install,
    /// Disconnects for [`REBOOT_TIME`].
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

/// The answer that an injected error (`errorShare`) gives: the door's bolt is jammed.
pub fn jammed_bolt_answer() -> Reaction {
    Reaction::new(
        500,
        json!({"error": "BOLT_JAMMED", "message": "the bolt does not move", "retryable": true}),
    )
}

impl Door {
    /// A new door with seeded state.
    pub fn new(seed: u64, index: usize) -> Self {
        Self {
            is_locked: pick(seed, index, Purpose::Locked, 4) != 0,
            battery: 40 + u8::try_from(pick(seed, index, Purpose::Battery, 61)).unwrap_or_default(),
            firmware: format!("1.4.{}", pick(seed, index, Purpose::Firmware, 4)),
            updating_to: None,
            knows_twin: false,
        }
    }

    /// Handles a method call.
    pub fn answer(&mut self, method: &str, payload: &Value, now: Timestamp) -> Reaction {
        match method {
            "lockDoor" => self.move_bolt(true),
            "unlockDoor" => self.move_bolt(false),
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

    /// The telemetry that a door sends when it has received a message from the cloud: what it received, and its state.
    pub fn answer_message(&self, body: &[u8]) -> Value {
        let received = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()));
        json!({
            "received": received, "lock": if self.is_locked { "locked" } else { "unlocked" }, "battery": self.battery,
        })
    }

    fn move_bolt(&mut self, lock: bool) -> Reaction {
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

    /// Ends an update: the new firmware runs after the reboot.
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
    fn messages_are_answered_with_what_was_received() {
        for (body, received) in
            [(r#"{"show": 1}"#, json!({"show": 1})), ("hello", json!("hello")), ("", json!(""))]
        {
            assert_eq!(
                door(true).answer_message(body.as_bytes()),
                json!({"received": received, "lock": "locked", "battery": 71})
            );
        }
    }

    #[test]
    fn locking_and_unlocking() {
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
    fn an_unknown_method_is_404() {
        let reaction = door(true).answer("openWindow", &Value::Null, NOW);
        assert_eq!((reaction.status, &reaction.payload["error"]), (404, &json!("METHOD_UNKNOWN")));
        assert!(reaction.payload["message"].as_str().unwrap().contains("'openWindow'"));
        assert!(reaction.then.is_empty());
    }

    #[test]
    fn a_reboot_reports_and_disconnects() {
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
    fn a_firmware_update_from_the_call_to_the_new_version() {
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
        let in_progress = object(
            json!({"battery": 71, "lock": door.lock(), "firmware": {"version": "1.4.2", "status": "applying"}}),
        );
        assert_eq!(door.report_differences(&Object::new(), &in_progress, NOW), Object::new());

        door.install();
        let report = door.report_differences(&Object::new(), &in_progress, NOW);
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
