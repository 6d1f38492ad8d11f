//! What the simulated pool did, in words.

use console_wire::simulator::Event;

use super::{
    Badge,
    number::{counted, devices, fixed, grouped},
};
use crate::simulator_form::differences;

/// An entry of the pool's journal: how it looks and what it says.
pub(crate) fn event(event: &Event) -> (Badge, String) {
    let badge = |word, icon, status| Badge { word, icon, status };
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
                .map(|(knob, from, to)| format!("{} from {from} to {to}", knob.label()))
                .collect();
            (badge("Changed", "zap", "queued"), changes.join(", "))
        }
        Event::Trouble { message, times } => {
            let times =
                if *times > 1 { format!(", {}", counted(*times, "time", "times")) } else { String::new() };
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

/// A count that was drawn.
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
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (told, text) in [
            (Event::Registered { devices: 100 }, "100 devices in the hub's registry"),
            (Event::Complete { connected: 1 }, "1 device connected"),
            (Event::Depleted { connected: 60, expected: 100 }, "60 of 100 devices still connected"),
            (Event::Trouble { message: "no route".into(), times: 1 }, "no route"),
            (Event::Trouble { message: "no route".into(), times: 1200 }, "no route, 1,200 times"),
        ] {
            assert_eq!(event(&told).1, text);
        }
        assert_eq!(
            (rate(98.64).as_str(), rate(1234.0).as_str(), rate(0.0).as_str()),
            ("98.6/s", "1,234/s", "0.0/s")
        );
    }
}
