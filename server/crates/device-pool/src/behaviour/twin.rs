//! A door and its twin: what it acknowledges, restores, and reports when it reconnects.

use hub_wire::{
    Timestamp,
    twin::{Object, own_members},
};
use serde_json::{Value, json};

use super::Door;

/// Reported properties that the door sets itself: desired ones of the same name are not copied over them.
const OWN: [&str; 5] = ["battery", "firmware", "lastReboot", "lastSelfTest", "lock"];

impl Door {
    /// Reported properties that acknowledge a change of desired ones: the same values, null where one was removed.
    pub fn acknowledge(&self, desired: &Object) -> Object {
        own_members(desired)
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// After a connect: restores the door's state from the twin (the first time only), then returns the reported
    /// properties that differ. Empty when the twin is up to date, so that a reconnecting fleet does not write ten thousand
    /// twins.
    pub fn report_differences(&mut self, desired: &Object, reported: &Object, now: Timestamp) -> Object {
        if !self.knows_twin {
            self.restore(reported);
        }
        let mut report = Object::new();
        for (name, value) in [("battery", self.battery.into()), ("lock", self.lock())] {
            report.extend(difference(reported.get(name), &value).map(|change| (name.to_owned(), change)));
        }
        if self.updating_to.is_none() && !self.reports_current_firmware(reported) {
            let firmware =
                json!({"version": self.firmware, "status": "current", "target": null, "since": now});
            report.insert("firmware".to_owned(), firmware);
        }
        for (name, value) in self.acknowledge(desired) {
            report.extend(difference(reported.get(&name), &value).map(|change| (name, change)));
        }
        report
    }

    fn restore(&mut self, reported: &Object) {
        self.knows_twin = true;
        match reported.get("lock").and_then(|lock| lock["state"].as_str()) {
            Some("locked") => self.is_locked = true,
            Some("unlocked") => self.is_locked = false,
            _ => {}
        }
        if let Some(version) = reported.get("firmware").and_then(|firmware| firmware["version"].as_str()) {
            version.clone_into(&mut self.firmware);
        }
    }

    fn reports_current_firmware(&self, reported: &Object) -> bool {
        reported.get("firmware").is_some_and(|firmware| {
            firmware["version"] == self.firmware.as_str() && firmware["status"] == "current"
        })
    }
}

/// The merge patch that turns one value into the other; `None` if they are equal.
fn difference(from: Option<&Value>, to: &Value) -> Option<Value> {
    let (Some(Value::Object(from)), Value::Object(to)) = (from, to) else {
        return (from != Some(to)).then(|| to.clone());
    };
    let removed = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed =
        to.iter().filter_map(|(name, value)| Some((name.clone(), difference(from.get(name), value)?)));
    let patch: Object = removed.chain(changed).collect();
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{
        object,
        tests::{NOW, door},
    };

    #[test]
    fn desired_properties_are_echoed() {
        let desired = object(json!({"interval": 60, "gone": null, "lock": {"state": "x"}, "$version": 4}));
        assert_eq!(Value::Object(door(true).acknowledge(&desired)), json!({"interval": 60, "gone": null}));
    }

    #[test]
    fn only_differing_properties_are_reported_after_a_connect() {
        for (desired, reported, expected) in [
            (
                json!({"$version": 1}),
                json!({"$version": 1}),
                json!({"battery": 71, "lock": {"state": "locked", "bolt": "ok"},
                       "firmware": {"version": "1.4.2", "status": "current", "target": null, "since": NOW}}),
            ),
            (json!({}), up_to_date(json!({})), json!({})),
            (json!({"interval": 60}), up_to_date(json!({"interval": 60})), json!({})),
            (json!({"interval": 60}), up_to_date(json!({"interval": 30})), json!({"interval": 60})),
            (
                json!({"mode": {"a": 1, "b": {"c": 2}}}),
                up_to_date(json!({"mode": {"a": 1, "b": {"c": 3}, "old": 1}})),
                json!({"mode": {"b": {"c": 2}, "old": null}}),
            ),
            (json!({}), up_to_date(json!({"battery": 72})), json!({"battery": 71})),
        ] {
            let report = door(true).report_differences(&object(desired), &object(reported.clone()), NOW);
            assert_eq!(Value::Object(report), expected, "{reported}");
        }
    }

    fn up_to_date(more: Value) -> Value {
        let mut reported = json!({"battery": 71, "lock": {"state": "locked", "bolt": "ok"},
            "firmware": {"version": "1.4.2", "status": "current", "since": "2026-01-01T00:00:00.0000000Z"}});
        reported.as_object_mut().unwrap().extend(object(more));
        reported
    }

    #[test]
    fn the_first_connection_restores_the_state_from_the_twin() {
        let mut door = Door::new(1, 1);
        let reported =
            up_to_date(json!({"lock": {"state": "unlocked", "bolt": "ok"}, "battery": door.battery}));
        assert_eq!(door.report_differences(&Object::new(), &object(reported), NOW), Object::new());
        assert!(!door.is_locked);
        assert_eq!(door.firmware, "1.4.2");
    }
}
