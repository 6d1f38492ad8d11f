//! Fills the fields from settings, for a job like another one.

use console_wire::rollout::{
    decimal::Percent,
    settings::{AfterEach, Offline, Order, Settings, Targets, WaveSetting, WaveSize, Zone},
};
use serde::Serialize;

use super::{RolloutForm, RuleForm, WaveForm, WindowForm};
use crate::format::{number::trimmed, rollout::short_day, time};

impl RolloutForm {
    /// The fields that give these settings.
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        let mut form = Self {
            waves: settings.waves.iter().map(wave).collect(),
            gate_not_met: word(settings.if_gate_not_met),
            rules: settings
                .stop_rules
                .iter()
                .map(|rule| RuleForm {
                    outcome: word(rule.outcome),
                    percent: percent(rule.percent),
                    at_least: rule.at_least.to_string(),
                    action: word(rule.action),
                })
                .collect(),
            retries: settings.retry.at_most.to_string(),
            first_wait: settings.retry.first_wait_seconds.to_string(),
            safe_to_repeat: yes(settings.retry.safe_to_repeat),
            statuses: joined(settings.retry.device_statuses.iter().map(ToString::to_string)),
            growing: yes(settings.targets == Targets::Growing),
            engine: word(settings.engine),
            ..Self::default()
        };
        form.sizes(settings);
        if let Order::Tag(of) = &settings.order {
            form.order = "tag".into();
            form.order_tag.clone_from(&of.tag);
            form.order_values = joined(of.values.iter().cloned());
        }
        if let Some(rate) = &settings.rate {
            form.rate = rate.per_minute.to_string();
            if let Some(ramp) = &rate.ramp {
                let (each_of, each) = match ramp.after_each {
                    AfterEach::Notified(each) => ("notified", each),
                    AfterEach::Succeeded(each) => ("succeeded", each),
                };
                form.factor = trimmed(f64::from(ramp.factor.tenths()) / 10.0, 1);
                form.each_of = each_of.into();
                form.each = each.to_string();
                form.up_to = ramp.up_to_per_minute.to_string();
            }
        }
        match settings.offline {
            Offline::WaitMinutes(0) => {}
            Offline::WaitMinutes(minutes) => {
                form.offline = "wait".into();
                form.offline_minutes = minutes.to_string();
            }
            Offline::UntilEnd => form.offline = "untilEnd".into(),
        }
        if let Some(windows) = &settings.windows {
            form.windows = windows
                .windows
                .iter()
                .map(|window| WindowForm {
                    days: joined(window.days.iter().map(|day| short_day(*day).to_owned())),
                    start: window.start.into(),
                    minutes: window.minutes.to_string(),
                })
                .collect();
            match &windows.zone {
                Zone::Name(name) => form.window_zone.clone_from(name),
                Zone::Tag(zone) => {
                    form.zone_of = "tag".into();
                    form.zone_tag.clone_from(&zone.tag);
                    form.window_zone.clone_from(&zone.otherwise);
                }
            }
        }
        if let Some(end) = settings.end {
            form.end = time::machine(end.at).get(..16).unwrap_or_default().replace('T', " ");
            form.end_behaviour = word(end.behaviour);
        }
        form
    }

    fn sizes(&mut self, settings: &Settings) {
        match settings.waves.first().map(|wave| &wave.size) {
            Some(WaveSize::Devices(_)) => self.sizes_in = "devices".into(),
            Some(WaveSize::Tag(of)) => {
                self.sizes_in = "tag".into();
                self.wave_tag.clone_from(&of.tag);
            }
            Some(WaveSize::Percent(_)) | None => {}
        }
    }
}

fn wave(wave: &WaveSetting) -> WaveForm {
    let gate = &wave.gate;
    WaveForm {
        size: match &wave.size {
            WaveSize::Devices(devices) => devices.to_string(),
            WaveSize::Percent(share) => percent(*share),
            WaveSize::Tag(of) => joined(of.values.iter().cloned()),
        },
        succeeded: gate.succeeded_percent.map(percent).unwrap_or_default(),
        soak: if gate.soak_minutes == 0 { String::new() } else { gate.soak_minutes.to_string() },
        then: word(gate.then),
    }
}

fn percent(share: Percent) -> String {
    trimmed(f64::from(share.hundredths()) / 100.0, 2)
}

fn yes(is_so: bool) -> String {
    if is_so { "yes".into() } else { String::new() }
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(", ")
}

/// The word of the wire.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
