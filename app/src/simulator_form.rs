//! The simulator's knobs as data: what a field says, what it means, where a slider stands, and what a scenario asks for.
//!
//! Pure, and the same on both sides: the browser names the pending changes with it, the server reads the form with it.

mod fields;
mod knob;
mod scenario;

use console_wire::simulator::Knobs;

pub(crate) use self::{
    fields::KnobForm,
    knob::Knob,
    scenario::{SCENARIOS, Scenario},
};

/// The settings that differ between two states of the pool, old and new, as a person says them.
pub(crate) fn differences(from: &Knobs, to: &Knobs) -> Vec<(Knob, String, String)> {
    Knob::ALL
        .into_iter()
        .filter(|knob| knob.value(from).to_bits() != knob.value(to).to_bits())
        .map(|knob| (knob, knob.spoken(knob.value(from)), knob.spoken(knob.value(to))))
        .collect()
}

#[cfg(test)]
mod tests {
    use console_wire::simulator::Latency;

    use super::*;

    pub(super) fn knobs() -> Knobs {
        Knobs {
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
        let to = Knobs { error_share: 0.0, count: 2000, ..knobs() };
        assert_eq!(
            differences(&knobs(), &to),
            [(Knob::Count, "100".into(), "2,000".into()), (Knob::Error, "30 %".into(), "0 %".into())]
        );
    }
}
