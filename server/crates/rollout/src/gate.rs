//! Whether the next wave may begin.

use console_wire::outcome::Outcomes;

use crate::settings::Gate;

/// What a gate says of its wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Devices are still to be called, or have not answered.
    TooEarly,
    /// Enough devices succeeded.
    Met,
    /// Too few devices succeeded so far, but some may still connect.
    WaitsForConnections,
    /// Too few devices succeeded.
    NotMet,
}

/// Judges a wave by its counts. `waiting_to_connect` of its queued devices were not online when they were called. They do not
/// hold the rollout up: the gate is judged without them, as if they did not succeed.
pub fn judge(gate: &Gate, wave: &Outcomes, waiting_to_connect: u64) -> Verdict {
    if wave.in_flight > 0 || wave.queued > waiting_to_connect {
        return Verdict::TooEarly;
    }
    let devices = wave.total();
    let is_met = gate.succeeded_percent.is_none_or(|share| share.is_reached(wave.succeeded, devices));
    if is_met || devices == 0 {
        Verdict::Met
    } else if waiting_to_connect > 0 {
        Verdict::WaitsForConnections
    } else {
        Verdict::NotMet
    }
}

/// Whether the gate cannot be met any more, whatever the devices answer that are still out. A page says so before the wave ends.
pub fn is_lost(gate: &Gate, wave: &Outcomes) -> bool {
    let at_best = wave.succeeded + wave.queued + wave.in_flight;
    wave.total() > 0 && gate.succeeded_percent.is_some_and(|share| !share.is_reached(at_best, wave.total()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Percent;

    fn check(needed: Option<u16>, wave: Outcomes, waiting: u64, verdict: Verdict, lost: bool) {
        let gate = Gate { succeeded_percent: needed.and_then(Percent::from_hundredths), ..Gate::default() };
        assert_eq!(judge(&gate, &wave, waiting), verdict, "{needed:?} {wave:?}");
        assert_eq!(is_lost(&gate, &wave), lost, "{needed:?} {wave:?}");
    }

    #[test]
    fn a_gate_waits_for_every_answer() {
        let wave = |queued, in_flight, succeeded, failed| Outcomes {
            queued,
            in_flight,
            succeeded,
            failed,
            ..Outcomes::default()
        };
        check(Some(9_800), wave(1, 0, 99, 0), 0, Verdict::TooEarly, false);
        check(Some(9_800), wave(0, 1, 99, 0), 0, Verdict::TooEarly, false);
        check(Some(9_800), wave(0, 0, 98, 2), 0, Verdict::Met, false);
        check(Some(9_800), wave(0, 0, 97, 3), 0, Verdict::NotMet, true);
        check(Some(9_800), wave(50, 0, 47, 3), 0, Verdict::TooEarly, true);
        check(None, wave(0, 0, 0, 100), 0, Verdict::Met, false);
        check(Some(10_000), wave(0, 0, 0, 0), 0, Verdict::Met, false);
    }

    #[test]
    fn devices_that_are_offline_do_not_hold_it_up() {
        let wave = Outcomes { queued: 3, succeeded: 97, ..Outcomes::default() };
        check(Some(9_700), wave, 3, Verdict::Met, false);
        check(Some(9_700), wave, 2, Verdict::TooEarly, false);
        check(Some(9_800), wave, 3, Verdict::WaitsForConnections, false);
    }
}
