//! Reads the fields as settings. Each error names the member that the field fills, as the server's errors do.

use std::str::FromStr;

use console_wire::{
    problem::FieldError,
    rollout::{
        decimal::{Factor, Percent},
        settings::{
            AfterEach, Day, End, EndBehaviour, Engine, Gate, Offline, Order, Ramp, Rate, Retry, Settings,
            StopAction, StopOutcome, StopRule, TagValues, Targets, Then, TimeOfDay, WaveSetting, WaveSize,
            Window, Windows, Zone, ZoneTag,
        },
    },
};
use hub_wire::Timestamp;
use serde::de::DeserializeOwned;

use super::{RolloutForm, RuleForm, WaveForm, WindowForm};
use crate::format::{number, sentence, time};

/// What the names of the settings begin with in a job.
pub(crate) const PREFIX: &str = "rollout.";

/// A group of fields that is described by one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Waves,
    Rate,
    StopRules,
    Retry,
    Offline,
    Window,
    End,
    Engine,
}

impl Part {
    /// The word in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waves => "waves",
            Self::Rate => "rate",
            Self::StopRules => "stop",
            Self::Retry => "retry",
            Self::Offline => "offline",
            Self::Window => "window",
            Self::End => "end",
            Self::Engine => "engine",
        }
    }

    /// The part whose fields fill a member of a job.
    pub(crate) fn of_member(member: &str) -> Option<Self> {
        let member = member.strip_prefix(PREFIX)?;
        let first = member.split(['.', '[']).next().unwrap_or_default();
        Some(match first {
            "rate" => Self::Rate,
            "stopRules" => Self::StopRules,
            "retry" => Self::Retry,
            "offline" => Self::Offline,
            "windows" => Self::Window,
            "end" | "targets" => Self::End,
            "engine" => Self::Engine,
            _ => Self::Waves,
        })
    }
}

impl RolloutForm {
    /// The settings; `None` if nothing was chosen. `response_timeout` is that of the method, in seconds.
    ///
    /// # Errors
    /// One error for each wrong field.
    pub(crate) fn settings(&self, response_timeout: u32) -> Result<Option<Settings>, Vec<FieldError>> {
        if !self.is_touched() {
            return Ok(None);
        }
        let mut reader = Reader::default();
        let settings = Settings {
            engine: self.engine(),
            targets: self.targets(),
            order: self.order(),
            waves: reader.waves(self),
            if_gate_not_met: stop_action(&self.gate_not_met),
            rate: reader.rate(self),
            stop_rules: reader.stop_rules(self),
            retry: reader.retry(self),
            offline: reader.offline(self),
            response_timeout_in_seconds: response_timeout,
            windows: reader.windows(self),
            start_time: None,
            end: reader.end(self),
        };
        if reader.errors.is_empty() {
            check(&settings, &mut reader);
        }
        if reader.errors.is_empty() { Ok(Some(settings)) } else { Err(reader.errors) }
    }

    /// The waves as far as they can be read.
    pub(crate) fn read_waves(&self) -> Vec<WaveSetting> {
        Reader::default().waves(self)
    }

    /// The rate as far as it can be read.
    pub(crate) fn read_rate(&self) -> Option<Rate> {
        Reader::default().rate(self)
    }

    /// The stop rules as far as they can be read.
    pub(crate) fn read_stop_rules(&self) -> Vec<StopRule> {
        Reader::default().stop_rules(self)
    }

    /// The repeated calls as far as they can be read.
    pub(crate) fn read_retry(&self) -> Retry {
        Reader::default().retry(self)
    }

    /// What happens to devices that are not online, as far as it can be read.
    pub(crate) fn read_offline(&self) -> Offline {
        Reader::default().offline(self)
    }

    /// The windows as far as they can be read.
    pub(crate) fn read_windows(&self) -> Option<Windows> {
        Reader::default().windows(self)
    }

    /// The end as far as it can be read, and whether the target grows.
    pub(crate) fn read_end(&self) -> (Option<End>, Targets) {
        (Reader::default().end(self), self.targets())
    }

    const fn targets(&self) -> Targets {
        if self.growing.is_empty() { Targets::Frozen } else { Targets::Growing }
    }

    /// How devices are reached; the console calls them unless something else was chosen.
    pub(crate) fn engine(&self) -> Engine {
        word(&self.engine).unwrap_or_default()
    }

    fn order(&self) -> Order {
        match self.order.as_str() {
            "tag" => {
                Order::Tag(TagValues { tag: self.order_tag.trim().into(), values: list(&self.order_values) })
            }
            _ => Order::Sample,
        }
    }
}

/// Finds what is wrong with settings that can be read. Whether the end is late enough and the zone exists is checked by the
/// server, which has a clock and a list of zones.
fn check(settings: &Settings, reader: &mut Reader) {
    const SECOND: i64 = hub_wire::time::TICKS_PER_SECOND;

    let before_end = |end: End| Timestamp::from_ticks(end.at.ticks() - SECOND);
    let now = settings.end.map_or(Timestamp::NEVER, before_end);
    for error in settings.check(now, |_| true).err().unwrap_or_default() {
        reader.wrong(&error.field, sentence::of_field(&error.message));
    }
}

/// A word of the wire, such as `askPerson`.
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

fn stop_action(text: &str) -> StopAction {
    word(text).unwrap_or_default()
}

/// Values with commas or line breaks between.
fn list(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Reads fields and collects what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<FieldError>,
}

impl Reader {
    fn wrong(&mut self, member: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{PREFIX}{member}"), message));
    }

    /// A whole number; a thousands comma is allowed.
    fn number<T: FromStr + Default>(&mut self, member: &str, text: &str, message: &str) -> T {
        let digits: String = text.trim().chars().filter(|c| *c != ',').collect();
        digits.parse().unwrap_or_else(|_| {
            self.wrong(member, message);
            T::default()
        })
    }

    fn percent(&mut self, member: &str, text: &str) -> Percent {
        let text = text.trim().trim_end_matches('%').trim_end();
        let read = number::parse(text).and_then(|value| serde_json::from_value(value.into()).ok());
        read.unwrap_or_else(|| {
            self.wrong(member, "Percent, 0 to 100, with at most two decimals.");
            Percent::ALL
        })
    }

    pub(super) fn waves(&mut self, form: &RolloutForm) -> Vec<WaveSetting> {
        form.waves.iter().enumerate().map(|(index, wave)| self.wave(form, index, wave)).collect()
    }

    fn wave(&mut self, form: &RolloutForm, index: usize, wave: &WaveForm) -> WaveSetting {
        let size = format!("waves[{index}].size");
        let size = if wave.size.trim().is_empty() {
            self.wrong(&size, "Enter a size, or remove the wave.");
            WaveSize::Devices(1)
        } else {
            match form.sizes_in.as_str() {
                "devices" => WaveSize::Devices(self.number(
                    &size,
                    &wave.size,
                    "A whole number of devices, at least 1.",
                )),
                "tag" => WaveSize::Tag(TagValues {
                    tag: form.wave_tag.trim().to_owned(),
                    values: list(&wave.size),
                }),
                _ => WaveSize::Percent(self.percent(&size, &wave.size)),
            }
        };
        let succeeded_percent = (!wave.succeeded.trim().is_empty())
            .then(|| self.percent(&format!("waves[{index}].gate.succeededPercent"), &wave.succeeded));
        let soak_minutes = match wave.soak.trim() {
            "" => 0,
            text => self.number(
                &format!("waves[{index}].gate.soakMinutes"),
                text,
                "Minutes, 0 to 10,080 (a week).",
            ),
        };
        let then = word::<Then>(&wave.then).unwrap_or_default();
        WaveSetting { size, gate: Gate { succeeded_percent, soak_minutes, then } }
    }

    pub(super) fn rate(&mut self, form: &RolloutForm) -> Option<Rate> {
        if form.rate.trim().is_empty() {
            let has_ramp = [&form.factor, &form.each, &form.up_to].iter().any(|text| !text.trim().is_empty());
            if has_ramp {
                self.wrong("rate.perMinute", "Enter the rate to start with.");
            }
            return None;
        }
        let per_minute = self.number("rate.perMinute", &form.rate, "Devices a minute, 1 to 60,000.");
        let ramp = if matches!(form.factor.trim(), "" | "1") { None } else { self.ramp(form) };
        Some(Rate { per_minute, ramp })
    }

    fn ramp(&mut self, form: &RolloutForm) -> Option<Ramp> {
        let factor = number::parse(form.factor.trim());
        let factor = factor.and_then(|value| serde_json::from_value::<Factor>(value.into()).ok());
        if factor.is_none() {
            self.wrong("rate.ramp.factor", "1.1 to 5, with one decimal.");
        }
        let each = self.number("rate.ramp.afterEach", &form.each, "A whole number of devices, at least 1.");
        let after_each = match form.each_of.as_str() {
            "notified" => AfterEach::Notified(each),
            _ => AfterEach::Succeeded(each),
        };
        let message = "Devices a minute, at least the first rate.";
        let up_to_per_minute = self.number("rate.ramp.upToPerMinute", &form.up_to, message);
        Some(Ramp { factor: factor?, after_each, up_to_per_minute })
    }

    pub(super) fn stop_rules(&mut self, form: &RolloutForm) -> Vec<StopRule> {
        let rule = |(index, rule): (usize, &RuleForm)| StopRule {
            outcome: word(&rule.outcome).unwrap_or(StopOutcome::Failed),
            percent: self.percent(&format!("stopRules[{index}].percent"), &rule.percent),
            at_least: self.number(
                &format!("stopRules[{index}].atLeast"),
                &rule.at_least,
                "A whole number of devices, at least 1.",
            ),
            action: stop_action(&rule.action),
        };
        form.rules.iter().enumerate().map(rule).collect()
    }

    pub(super) fn retry(&mut self, form: &RolloutForm) -> Retry {
        let at_most = self.number("retry.atMost", &form.retries, "Repeated calls, 0 to 10.");
        let first_wait_seconds =
            self.number("retry.firstWaitSeconds", &form.first_wait, "Seconds, 1 to 900.");
        let mut device_statuses = Vec::new();
        for status in list(&form.statuses) {
            match status.parse() {
                Ok(status) => device_statuses.push(status),
                Err(_) => self.wrong("retry.deviceStatuses", "Numbers of 400 or more, with commas between."),
            }
        }
        Retry {
            at_most,
            first_wait_seconds,
            safe_to_repeat: !form.safe_to_repeat.is_empty(),
            device_statuses,
        }
    }

    pub(super) fn offline(&mut self, form: &RolloutForm) -> Offline {
        match form.offline.as_str() {
            "wait" => Offline::WaitMinutes(self.number(
                "offline.waitMinutes",
                &form.offline_minutes,
                "Minutes, 0 to 10,080 (a week).",
            )),
            "untilEnd" => Offline::UntilEnd,
            _ => Offline::default(),
        }
    }

    pub(super) fn windows(&mut self, form: &RolloutForm) -> Option<Windows> {
        if form.windows.is_empty() {
            return None;
        }
        let windows: Vec<_> = form
            .windows
            .iter()
            .enumerate()
            .filter_map(|(index, window)| self.window(index, window))
            .collect();
        let zone = match form.zone_of.as_str() {
            "tag" => Zone::Tag(ZoneTag {
                tag: form.zone_tag.trim().to_owned(),
                otherwise: form.window_zone.trim().to_owned(),
            }),
            _ => Zone::Name(form.window_zone.trim().to_owned()),
        };
        Some(Windows { windows, zone })
    }

    fn window(&mut self, index: usize, window: &WindowForm) -> Option<Window> {
        let member = |name: &str| format!("windows.windows[{index}].{name}");
        let mut days = Vec::new();
        for text in list(&window.days) {
            match day(&text) {
                Some(day) => days.push(day),
                None => {
                    self.wrong(&member("days"), "Days of the week with commas between, such as mon, fri.");
                }
            }
        }
        let start = TimeOfDay::try_from(window.start.trim().to_owned()).ok();
        if start.is_none() {
            self.wrong(&member("start"), "A time of 24 hours, such as 22:00.");
        }
        let minutes = self.number(&member("minutes"), &window.minutes, "Minutes, 5 to 1,430.");
        Some(Window { days, start: start?, minutes })
    }

    pub(super) fn end(&mut self, form: &RolloutForm) -> Option<End> {
        let text = form.end.trim();
        if text.is_empty() {
            return None;
        }
        let at = time::wall_time(text).and_then(|wall_time| Timestamp::parse(&format!("{wall_time}Z")).ok());
        let Some(at) = at else {
            self.wrong("end.at", "Enter a date and a time of 24 hours in UTC. Example: 2027-06-30 18:00.");
            return None;
        };
        Some(End { at, behaviour: word::<EndBehaviour>(&form.end_behaviour).unwrap_or_default() })
    }
}

/// A day by its name or the first three letters of it.
fn day(text: &str) -> Option<Day> {
    let text = text.to_ascii_lowercase();
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let name = names.into_iter().find(|name| *name == text || name.get(..3) == Some(text.as_str()))?;
    word(name)
}

#[cfg(test)]
mod tests;
