//! The delivery of a job: waves, rate, stop rules and what else its rollout has, as they are typed. Untouched, the job is no
//! rollout: the hub gets it as one job.

#[cfg(any(feature = "ssr", test))]
mod fill;
mod preset;
mod read;

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    preset::Preset,
    read::{PREFIX, Part},
};

/// The fields. Choices hold the word of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RolloutForm {
    /// What sizes of waves are in: `percent`, `devices` or `tag`.
    pub(crate) sizes_in: String,
    /// The tag whose values make waves.
    pub(crate) wave_tag: String,
    /// The waves but the last.
    pub(crate) waves: Vec<WaveForm>,
    /// `sample`, or `tag`.
    pub(crate) order: String,
    /// The tag that orders devices.
    pub(crate) order_tag: String,
    /// Its values in their order, with commas between.
    pub(crate) order_values: String,
    /// `pause` or `cancel`.
    pub(crate) gate_not_met: String,
    /// Devices a minute; empty for the hub's pace.
    pub(crate) rate: String,
    /// What the rate is multiplied by; empty for a rate that stays.
    pub(crate) factor: String,
    /// Devices between two steps of the rate.
    pub(crate) each: String,
    /// `succeeded` or `notified`.
    pub(crate) each_of: String,
    /// The highest rate.
    pub(crate) up_to: String,
    /// The stop rules.
    pub(crate) rules: Vec<RuleForm>,
    /// Most repeated calls of a device.
    pub(crate) retries: String,
    /// Seconds before the first of them.
    pub(crate) first_wait: String,
    /// `yes` if a call without an answer is repeated too.
    pub(crate) safe_to_repeat: String,
    /// Statuses of devices that are repeated, with commas between.
    pub(crate) statuses: String,
    /// `end`, `wait` or `untilEnd`.
    pub(crate) offline: String,
    /// Minutes that a device has to connect.
    pub(crate) offline_minutes: String,
    /// The maintenance windows.
    pub(crate) windows: Vec<WindowForm>,
    /// `name` for one zone, `tag` for each device's own.
    pub(crate) zone_of: String,
    /// The zone, or that of devices without the tag.
    pub(crate) window_zone: String,
    /// The tag with a device's zone.
    pub(crate) zone_tag: String,
    /// `yes` if devices that come to match later join.
    pub(crate) growing: String,
    /// Wall time in UTC; empty for the end of the last device.
    pub(crate) end: String,
    /// `cancel` or `stop`.
    pub(crate) end_behaviour: String,
    /// `directCalls`, `hubJobs`, or empty for what suits the rest.
    pub(crate) engine: String,
}

impl Default for RolloutForm {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            sizes_in: text("percent"),
            wave_tag: String::new(),
            waves: Vec::new(),
            order: text("sample"),
            order_tag: String::new(),
            order_values: String::new(),
            gate_not_met: text("pause"),
            rate: String::new(),
            factor: String::new(),
            each: String::new(),
            each_of: text("succeeded"),
            up_to: String::new(),
            rules: Vec::new(),
            retries: text("0"),
            first_wait: text("30"),
            safe_to_repeat: String::new(),
            statuses: String::new(),
            offline: text("end"),
            offline_minutes: text("30"),
            windows: Vec::new(),
            zone_of: text("name"),
            window_zone: text("UTC"),
            zone_tag: text("tags.timeZone"),
            growing: String::new(),
            end: String::new(),
            end_behaviour: text("cancel"),
            engine: String::new(),
        }
    }
}

/// A wave that is not the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WaveForm {
    /// A share, a number, or values with commas between.
    pub(crate) size: String,
    /// The share that has to succeed; empty for none.
    pub(crate) succeeded: String,
    /// Minutes to wait then; empty for none.
    pub(crate) soak: String,
    /// `continue`, `askPerson` or `askWebhook`.
    pub(crate) then: String,
}

impl Default for WaveForm {
    fn default() -> Self {
        Self { size: String::new(), succeeded: String::new(), soak: String::new(), then: "continue".into() }
    }
}

/// A stop rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RuleForm {
    /// `failed`, `timedOut`, `notOnline` or `any`.
    pub(crate) outcome: String,
    /// The share at which it fires.
    pub(crate) percent: String,
    /// Devices that have to have ended.
    pub(crate) at_least: String,
    /// `pause` or `cancel`.
    pub(crate) action: String,
}

impl Default for RuleForm {
    fn default() -> Self {
        Self {
            outcome: "failed".into(),
            percent: String::new(),
            at_least: String::new(),
            action: "pause".into(),
        }
    }
}

/// A maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WindowForm {
    /// Days with commas between, such as `mon, fri`; empty for every day.
    pub(crate) days: String,
    /// `22:00`.
    pub(crate) start: String,
    /// How long it lasts.
    pub(crate) minutes: String,
}

impl RolloutForm {
    /// Whether anything was chosen: then the job is a rollout.
    pub(crate) fn is_touched(&self) -> bool {
        *self != Self::default()
    }

    /// Reads it from an address: `rollout` has fields as JSON, `preset` a ready-made one, `waves` the sizes of the first waves
    /// as `1%,9%`.
    pub(crate) fn from_texts(fields: &str, preset: &str, waves: &str) -> Self {
        let mut form: Self = serde_json::from_str(fields).unwrap_or_default();
        if let Some(preset) = Preset::from_word(preset) {
            preset.apply(&mut form);
        }
        let sizes: Vec<_> = waves.split(',').map(str::trim).filter(|size| !size.is_empty()).collect();
        if !sizes.is_empty() {
            let is_share = |size: &&str| size.ends_with('%');
            form.sizes_in = if sizes.iter().all(is_share) { "percent" } else { "devices" }.into();
            let wave =
                |size: &str| WaveForm { size: size.trim_end_matches('%').into(), ..WaveForm::default() };
            form.waves = sizes.into_iter().map(wave).collect();
        }
        form
    }

    /// What was chosen, as JSON for an address; empty if nothing was.
    pub(crate) fn to_text(&self) -> String {
        if !self.is_touched() {
            return String::new();
        }
        let fields = |form: &Self| match serde_json::to_value(form) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let (mut chosen, default) = (fields(self), fields(&Self::default()));
        chosen.retain(|name, value| default.get(name) != Some(value));
        serde_json::Value::from(chosen).to_string()
    }

    /// Leaves out rows that a plain form sends although nothing was typed into them.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn without_empty_rows(mut self) -> Self {
        self.waves.retain(|wave| {
            !(wave.size.trim().is_empty() && wave.succeeded.trim().is_empty() && wave.soak.trim().is_empty())
        });
        self.rules.retain(|rule| !(rule.percent.trim().is_empty() && rule.at_least.trim().is_empty()));
        self.windows.retain(|window| !(window.start.trim().is_empty() && window.minutes.trim().is_empty()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_what_was_chosen() {
        let form = RolloutForm { rate: "5".into(), ..RolloutForm::default() };
        assert_eq!(form.to_text(), r#"{"rate":"5"}"#);
        assert_eq!(RolloutForm::from_texts(&form.to_text(), "", ""), form);
        assert_eq!(RolloutForm::default().to_text(), "");
        assert_eq!(RolloutForm::from_texts("{oops", "odd", " "), RolloutForm::default());
        let waves = RolloutForm::from_texts("", "three-waves", "2 %, 9%");
        assert_eq!((waves.waves[0].size.as_str(), waves.rules.len()), ("2 ", 1));
        assert_eq!(RolloutForm::from_texts("", "", "20").sizes_in, "devices");
    }

    #[test]
    fn rows_without_a_value_are_left_out() {
        let form = RolloutForm {
            waves: vec![WaveForm::default(), WaveForm { size: "1".into(), ..WaveForm::default() }],
            rules: vec![RuleForm::default()],
            windows: vec![WindowForm { days: "mon".into(), ..WindowForm::default() }],
            ..RolloutForm::default()
        };
        let kept = form.without_empty_rows();
        assert_eq!((kept.waves.len(), kept.rules.len(), kept.windows.len()), (1, 0, 0));
        assert!(kept.is_touched() && !RolloutForm::default().is_touched());
    }
}
