//! The simulated pool as text: its settings and the events of its journal.

pub(crate) mod setting;

use console_wire::simulator::{Event, SimulatorSettings};

use super::{
    Badge,
    number::{count_noun, devices, fixed, grouped},
};
use setting::Setting;

/// The settings that differ between two states of the pool: the old value and the new one, with their units.
fn differences(from: &SimulatorSettings, to: &SimulatorSettings) -> Vec<(Setting, String, String)> {
    Setting::ALL
        .into_iter()
        .filter(|setting| setting.value(from).to_bits() != setting.value(to).to_bits())
        .map(|setting| {
            (setting, setting.with_unit(setting.value(from)), setting.with_unit(setting.value(to)))
        })
        .collect()
}

/// An event of the pool's journal: its badge and its text.
pub(crate) fn event(event: &Event) -> (Badge, String) {
    let badge = |label, icon, status| Badge { label, icon, status };
    match event {
        Event::Registered { devices: count } => {
            (badge("Registered", "check", "succeeded"), format!("{} in the hub's registry", devices(*count)))
        }
        Event::Complete { connected } => {
            (badge("Connected", "wifi", "connected"), format!("{} connected", devices(*connected)))
        }
        Event::Depleted { connected, expected } => (
            badge("Lost", "unplug", "notOnline"),
            format!("{} of {} still connected", grouped(*connected), devices(*expected)),
        ),
        Event::Changed { from, to } => {
            let changes: Vec<_> = differences(from, to)
                .into_iter()
                .map(|(setting, from, to)| format!("{} from {from} to {to}", setting.label()))
                .collect();
            (badge("Changed", "zap", "queued"), changes.join(", "))
        }
        Event::Trouble { message, times } => {
            let times =
                if *times > 1 { format!(", {}", count_noun(*times, "time", "times")) } else { String::new() };
            (badge("Trouble", "triangle-alert", "timedOut"), format!("{message}{times}"))
        }
    }
}

/// A rate a second with one decimal: `98.6/s`; whole from a hundred on.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second >= 99.95 {
        format!("{}/s", whole(per_second))
    } else {
        format!("{}/s", fixed(per_second, 1))
    }
}

/// A measured count, rounded.
pub(crate) fn whole(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts and rates are 0 or more"
    )]
    let count = value.max(0.0).round() as u64;
    grouped(count)
}

#[cfg(test)]
pub(crate) mod tests {
    use console_wire::simulator::Latency;

    use super::*;

    pub(crate) fn settings() -> SimulatorSettings {
        SimulatorSettings {
            count: 100,
            latency_ms: Latency::Spread { p50: 120.0, p95: 600.0 },
            offline_share: 0.0,
            error_share: 0.1 + 0.2,
            silent_share: 0.0,
            drop_share: 0.0,
            connects_per_second: 0,
            seed: 1,
        }
    }

    #[test]
    fn differences_are_named() {
        let to = SimulatorSettings { error_share: 0.0, count: 2000, ..settings() };
        assert_eq!(
            differences(&settings(), &to),
            [(Setting::Count, "100".into(), "2,000".into()), (Setting::Error, "30 %".into(), "0 %".into())]
        );
    }

    #[test]
    fn events_as_text() {
        for (entry, text) in [
            (Event::Registered { devices: 100 }, "100 devices in the hub's registry"),
            (Event::Complete { connected: 1 }, "1 device connected"),
            (Event::Depleted { connected: 60, expected: 100 }, "60 of 100 devices still connected"),
            (Event::Trouble { message: "no route".into(), times: 1 }, "no route"),
            (Event::Trouble { message: "no route".into(), times: 1200 }, "no route, 1,200 times"),
        ] {
            assert_eq!(event(&entry).1, text);
        }
        assert_eq!(
            (rate(98.64).as_str(), rate(1234.0).as_str(), rate(0.0).as_str()),
            ("98.6/s", "1,234/s", "0.0/s")
        );
    }
}
