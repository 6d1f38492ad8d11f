//! What is wrong with settings: the member, what is wrong, and what to write instead.

use hub_wire::Timestamp;

use super::{
    AfterEach, MAX_OFFLINE_MINUTES, MAX_RATE, MAX_RETRIES, MAX_RETRY_WAIT_SECONDS, MAX_SOAK_MINUTES,
    MAX_STOP_RULES, MAX_TAG_VALUES, MAX_WAVES, MAX_WINDOWS, Offline, Order, Rate, Retry, Settings, StopRule,
    TagValues, Targets, WaveSize, Windows, Zone,
};
use crate::problem::FieldError;

/// Longest value of a tag, in characters, and longest path of one.
const MAX_TAG_LENGTH: usize = 512;
/// Latest end, in days from now: two years.
const MAX_END_DAYS: u64 = 731;
/// Most statuses of devices that are repeated.
const MAX_STATUSES: usize = 20;

impl Settings {
    /// Checks all of it. `is_zone` says whether a name is that of a time zone: a browser has no list of them, so it takes
    /// every name, and the server checks again.
    ///
    /// # Errors
    /// Every member at fault.
    pub fn check(&self, now: Timestamp, is_zone: impl Fn(&str) -> bool) -> Result<(), Vec<FieldError>> {
        let mut faults = Faults(Vec::new());
        faults.waves(self);
        if let Order::Tag(order) = &self.order {
            faults.tag_values("order.tag", order);
        }
        if let Some(rate) = &self.rate {
            faults.rate(rate);
        }
        faults.stop_rules(&self.stop_rules);
        faults.retry(&self.retry);
        faults.within("responseTimeoutInSeconds", self.response_timeout_in_seconds, 5, 300, "seconds");
        if let Some(windows) = &self.windows {
            faults.windows(windows, self.response_timeout_in_seconds, is_zone);
        }
        faults.times(self, now);
        if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
    }
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    fn within(&mut self, field: impl Into<String>, value: u32, least: u32, most: u32, unit: &str) {
        if !(least..=most).contains(&value) {
            self.add(field, format!("is {value}; write {least} to {most} {unit}"));
        }
    }

    fn waves(&mut self, settings: &Settings) {
        let waves = &settings.waves;
        if waves.len() >= MAX_WAVES {
            let message =
                format!("has {} waves; write at most {}, the last one is added", waves.len(), MAX_WAVES - 1);
            self.add("waves", message);
            return;
        }
        let mut tag: Option<&str> = None;
        let mut values = std::collections::HashSet::new();
        let mut percent = 0;
        for (index, wave) in waves.iter().enumerate() {
            let size = format!("waves[{index}].size");
            match &wave.size {
                WaveSize::Devices(0) => self.add(size, "is 0 devices; write at least 1, or remove the wave"),
                WaveSize::Devices(_) => {}
                WaveSize::Percent(share) => {
                    percent += u32::from(share.hundredths());
                    if share.hundredths() == 0 {
                        self.add(size, "is 0 %; write more, or remove the wave");
                    }
                }
                WaveSize::Tag(of) => {
                    self.tag_values(&size, of);
                    if *tag.get_or_insert(&of.tag) != of.tag {
                        self.add(
                            format!("{size}.tag"),
                            "is another tag than that of an earlier wave; use one tag for all waves",
                        );
                    }
                    if let Some(value) = of.values.iter().find(|value| !values.insert(value.as_str())) {
                        self.add(
                            format!("{size}.values"),
                            format!("names '{value}' twice; a device is in one wave only"),
                        );
                    }
                }
            }
            let soak = format!("waves[{index}].gate.soakMinutes");
            self.within(soak, wave.gate.soak_minutes, 0, MAX_SOAK_MINUTES, "minutes");
        }
        if percent > 10_000 {
            let message = format!(
                "add up to {} %; write at most 100 % together, a percentage is of all devices",
                f64::from(percent) / 100.0
            );
            self.add("waves", message);
        }
        let by_tag = waves.iter().filter(|wave| matches!(wave.size, WaveSize::Tag(_))).count();
        if by_tag > 0 && by_tag < waves.len() {
            self.add(
                "waves",
                "mix values of a tag with other sizes; use values of the tag for all waves or for none",
            );
        }
    }

    fn tag(&mut self, field: String, tag: &str) {
        if !tag.starts_with("tags.") || tag.len() == "tags.".len() || tag.len() > MAX_TAG_LENGTH {
            self.add(field, "is not the path of a tag; write it as tags.building");
        }
    }

    fn tag_values(&mut self, field: &str, of: &TagValues) {
        self.tag(format!("{field}.tag"), &of.tag);
        let values = format!("{field}.values");
        if of.values.is_empty() || of.values.len() > MAX_TAG_VALUES {
            self.add(values, format!("has {} values; write 1 to {MAX_TAG_VALUES}", of.values.len()));
        } else if of.values.iter().any(|value| value.chars().count() > MAX_TAG_LENGTH) {
            self.add(values, format!("has a value of more than {MAX_TAG_LENGTH} characters; shorten it"));
        }
    }

    fn rate(&mut self, rate: &Rate) {
        self.within("rate.perMinute", rate.per_minute, 1, MAX_RATE, "devices a minute");
        let Some(ramp) = &rate.ramp else { return };
        let highest = "rate.ramp.upToPerMinute";
        self.within(highest, ramp.up_to_per_minute, 1, MAX_RATE, "devices a minute");
        if ramp.up_to_per_minute < rate.per_minute {
            let message = format!("is below the first rate, {}; write at least that", rate.per_minute);
            self.add(highest, message);
        }
        let (AfterEach::Notified(devices) | AfterEach::Succeeded(devices)) = ramp.after_each;
        if devices == 0 {
            self.add("rate.ramp.afterEach", "is 0 devices; write at least 1");
        }
    }

    fn stop_rules(&mut self, rules: &[StopRule]) {
        if rules.len() > MAX_STOP_RULES {
            self.add("stopRules", format!("has {} rules; write at most {MAX_STOP_RULES}", rules.len()));
        }
        for (index, rule) in rules.iter().enumerate() {
            if rule.at_least == 0 {
                self.add(format!("stopRules[{index}].atLeast"), "is 0; write at least 1 device");
            }
            let is_same = |other: &StopRule| other.outcome == rule.outcome && other.action == rule.action;
            if rules[..index].iter().any(is_same) {
                self.add(
                    format!("stopRules[{index}]"),
                    "has the outcome and the action of an earlier rule; keep one of them",
                );
            }
        }
    }

    fn retry(&mut self, retry: &Retry) {
        self.within("retry.atMost", retry.at_most.into(), 0, MAX_RETRIES.into(), "repeated calls");
        let first = "retry.firstWaitSeconds";
        self.within(first, retry.first_wait_seconds, 1, MAX_RETRY_WAIT_SECONDS, "seconds");
        let statuses = "retry.deviceStatuses";
        if retry.device_statuses.len() > MAX_STATUSES {
            let message =
                format!("has {} statuses; write at most {MAX_STATUSES}", retry.device_statuses.len());
            self.add(statuses, message);
        }
        if let Some(status) = retry.device_statuses.iter().find(|status| **status < 400) {
            self.add(statuses, format!("has {status}, which is a success; write statuses of 400 or more"));
        }
    }

    fn windows(&mut self, windows: &Windows, response_timeout: u32, is_zone: impl Fn(&str) -> bool) {
        if windows.windows.is_empty() || windows.windows.len() > MAX_WINDOWS {
            let message = format!("has {} windows; write 1 to {MAX_WINDOWS}", windows.windows.len());
            self.add("windows.windows", message);
        }
        for (index, window) in windows.windows.iter().enumerate() {
            let field = format!("windows.windows[{index}].minutes");
            self.within(field.clone(), window.minutes, 5, 1_430, "minutes");
            if window.minutes.saturating_mul(60) < response_timeout {
                let message = format!(
                    "is shorter than the response timeout of {response_timeout} s; no device could be called"
                );
                self.add(field, message);
            }
        }
        let (field, name) = match &windows.zone {
            Zone::Name(name) => ("windows.zone.name", name),
            Zone::Tag(zone) => {
                self.tag("windows.zone.tag.tag".to_owned(), &zone.tag);
                ("windows.zone.tag.otherwise", &zone.otherwise)
            }
        };
        if !is_zone(name) {
            let name: String = name.chars().take(60).collect();
            self.add(
                field,
                format!("is '{name}', which is no time zone; write an IANA name such as Europe/Berlin"),
            );
        }
    }

    fn times(&mut self, settings: &Settings, now: Timestamp) {
        match settings.end {
            Some(end) => {
                let begins = settings.start_time.unwrap_or(now).max(now);
                if end.at <= begins {
                    self.add("end.at", "is not after the start; write a later time");
                } else if end.at.since(now).as_secs() > MAX_END_DAYS * 24 * 3600 {
                    self.add("end.at", "is more than two years ahead; write an earlier time");
                }
            }
            None if settings.targets == Targets::Growing => {
                self.add("end", "is missing; a job whose target grows needs a time at which it ends");
            }
            None if settings.offline == Offline::UntilEnd => {
                self.add("end", "is missing; devices that may connect until the end need one, or write offline as waitMinutes");
            }
            None => {}
        }
        if let Offline::WaitMinutes(minutes) = settings.offline {
            self.within("offline.waitMinutes", minutes, 0, MAX_OFFLINE_MINUTES, "minutes");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-12-01T12:00:00Z";

    /// Checks settings from the wire; `faults` are `field: start of the message`.
    fn check(settings: &Value, faults: &[&str]) {
        let read: Settings = serde_json::from_value(settings.clone()).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<Settings>(written).unwrap(), read, "read back");
        let errors = read
            .check(Timestamp::parse(NOW).unwrap(), |name| matches!(name, "UTC" | "Europe/Berlin"))
            .err()
            .unwrap_or_default();
        let found: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        assert_eq!(found.len(), faults.len(), "{settings}: {found:?}");
        for (found, expected) in found.iter().zip(faults) {
            assert!(found.starts_with(expected), "{found:?} does not begin with {expected:?}");
        }
    }

    #[test]
    fn settings_that_are_taken() {
        check(&json!({}), &[]);
        check(
            &json!({
                "engine": "hubJobs", "targets": "growing", "order": "sample",
                "waves": [
                    {"size": {"percent": 1}, "gate": {"succeededPercent": 98, "soakMinutes": 30}},
                    {"size": {"devices": 200}, "gate": {"then": "askPerson"}},
                    {"size": {"percent": 99}},
                ],
                "ifGateNotMet": "cancel",
                "rate": {"perMinute": 240, "ramp": {"factor": 1.5, "afterEach": {"succeeded": 2000}, "upToPerMinute": 1200}},
                "stopRules": [
                    {"outcome": "failed", "percent": 5, "atLeast": 200},
                    {"outcome": "failed", "percent": 20, "atLeast": 20, "action": "cancel"},
                ],
                "retry": {"atMost": 10, "firstWaitSeconds": 60, "safeToRepeat": true, "deviceStatuses": [409]},
                "offline": "untilEnd",
                "responseTimeoutInSeconds": 300,
                "windows": {
                    "windows": [{"days": ["saturday", "sunday"], "start": "22:00", "minutes": 360}, {"start": "00:00", "minutes": 5}],
                    "zone": {"tag": {"tag": "tags.zone", "otherwise": "UTC"}},
                },
                "startTime": "2026-12-02T00:00:00Z",
                "end": {"at": "2026-12-09T00:00:00Z", "behaviour": "stop"},
            }),
            &[],
        );
    }

    #[test]
    fn waves_that_are_refused() {
        let wave = |size: Value| json!({"size": size});
        check(&json!({"waves": [wave(json!({"devices": 0}))]}), &["waves[0].size: is 0 devices"]);
        check(&json!({"waves": [wave(json!({"percent": 0}))]}), &["waves[0].size: is 0 %"]);
        check(
            &json!({"waves": [wave(json!({"percent": 60})), wave(json!({"percent": 40.5}))]}),
            &["waves: add up to 100.5 %"],
        );
        let tag = |tag: &str, values: &[&str]| wave(json!({"tag": {"tag": tag, "values": values}}));
        check(&json!({"waves": [tag("tags.b", &["1"]), tag("tags.b", &["2"])]}), &[]);
        check(
            &json!({"waves": [tag("tags.b", &["1"]), tag("tags.c", &["2"])]}),
            &["waves[1].size.tag: is another tag"],
        );
        check(
            &json!({"waves": [tag("tags.b", &["1"]), tag("tags.b", &["1"])]}),
            &["waves[1].size.values: names '1' twice"],
        );
        check(
            &json!({"waves": [tag("building", &[])]}),
            &["waves[0].size.tag: is not the path", "waves[0].size.values: has 0 values"],
        );
        check(
            &json!({"waves": [tag("tags.b", &["1"]), wave(json!({"devices": 1}))]}),
            &["waves: mix values"],
        );
        let soak = json!({"waves": [{"size": {"devices": 1}, "gate": {"soakMinutes": 10_081}}]});
        check(&soak, &["waves[0].gate.soakMinutes: is 10081; write 0 to 10080 minutes"]);
        let many: Vec<_> = (0..100).map(|_| wave(json!({"devices": 1}))).collect();
        check(&json!({"waves": many}), &["waves: has 100 waves; write at most 99"]);
        check(
            &json!({"order": {"tag": {"tag": "tags.", "values": ["1"]}}}),
            &["order.tag.tag: is not the path"],
        );
    }

    #[test]
    fn rates_rules_and_retries_that_are_refused() {
        check(
            &json!({"rate": {"perMinute": 0}}),
            &["rate.perMinute: is 0; write 1 to 60000 devices a minute"],
        );
        check(
            &json!({"rate": {"perMinute": 100, "ramp": {"factor": 2, "afterEach": {"notified": 0}, "upToPerMinute": 99}}}),
            &["rate.ramp.upToPerMinute: is below the first rate, 100", "rate.ramp.afterEach: is 0"],
        );
        let rule = json!({"outcome": "any", "percent": 5, "atLeast": 0});
        check(
            &json!({"stopRules": [rule, rule]}),
            &["stopRules[0].atLeast: is 0", "stopRules[1].atLeast: is 0", "stopRules[1]: has the outcome"],
        );
        check(
            &json!({"retry": {"atMost": 11, "firstWaitSeconds": 0, "deviceStatuses": [200]}}),
            &[
                "retry.atMost: is 11; write 0 to 10",
                "retry.firstWaitSeconds: is 0",
                "retry.deviceStatuses: has 200, which is a success",
            ],
        );
        check(
            &json!({"responseTimeoutInSeconds": 4}),
            &["responseTimeoutInSeconds: is 4; write 5 to 300 seconds"],
        );
    }

    #[test]
    fn times_that_are_refused() {
        let window = |minutes: u32, zone: Value| json!({"windows": {"windows": [{"start": "22:00", "minutes": minutes}], "zone": zone}});
        check(
            &window(4, json!({"name": "UTC"})),
            &["windows.windows[0].minutes: is 4; write 5 to 1430 minutes"],
        );
        check(
            &window(60, json!({"name": "Berlin"})),
            &["windows.zone.name: is 'Berlin', which is no time zone"],
        );
        check(
            &window(60, json!({"tag": {"tag": "zone", "otherwise": ""}})),
            &["windows.zone.tag.tag: is not the path", "windows.zone.tag.otherwise: is ''"],
        );
        check(
            &json!({"windows": {"windows": [], "zone": {"name": "UTC"}}}),
            &["windows.windows: has 0 windows"],
        );
        check(&json!({"end": {"at": NOW}}), &["end.at: is not after the start"]);
        check(
            &json!({"startTime": "2026-12-03T00:00:00Z", "end": {"at": "2026-12-02T00:00:00Z"}}),
            &["end.at: is not after the start"],
        );
        check(&json!({"end": {"at": "2029-01-01T00:00:00Z"}}), &["end.at: is more than two years ahead"]);
        check(&json!({"targets": "growing"}), &["end: is missing; a job whose target grows"]);
        check(&json!({"offline": "untilEnd"}), &["end: is missing; devices that may connect"]);
        check(&json!({"offline": {"waitMinutes": 10_081}}), &["offline.waitMinutes: is 10081"]);
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let error = serde_json::from_value::<Settings>(json!({"stopRule": []})).unwrap_err().to_string();
        assert!(error.contains("unknown field `stopRule`"), "{error}");
    }
}
