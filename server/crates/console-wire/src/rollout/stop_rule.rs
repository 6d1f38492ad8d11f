//! When a rollout stops by itself.

use serde::{Deserialize, Serialize};

use super::settings::{StopOutcome, StopRule};
use crate::outcome::Outcomes;

/// What a stop rule has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutReading))]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Devices with an outcome that counts.
    pub counted: u64,
    /// Devices that have ended. Cancelled ones are not among them: they were never called.
    pub ended: u64,
}

impl StopRule {
    /// What the rule has counted since `baseline`: the counts at the last resume, or none.
    pub fn read(&self, counts: &Outcomes, baseline: &Outcomes) -> Reading {
        let counted = |counts: &Outcomes| match self.outcome {
            StopOutcome::Failed => counts.failed,
            StopOutcome::TimedOut => counts.timed_out,
            StopOutcome::NotOnline => counts.not_online,
            StopOutcome::Any => counts.problems(),
        };
        let ended = |counts: &Outcomes| counts.succeeded + counts.problems();
        Reading {
            counted: counted(counts).saturating_sub(counted(baseline)),
            ended: ended(counts).saturating_sub(ended(baseline)),
        }
    }

    /// Whether the rule fires at these numbers.
    pub fn fires(&self, reading: Reading) -> bool {
        reading.counted > 0
            && reading.ended >= u64::from(self.at_least)
            && self.percent.is_reached(reading.counted, reading.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{decimal::Percent, settings::StopAction};

    fn rule(outcome: StopOutcome, hundredths: u16, at_least: u32) -> StopRule {
        let percent = Percent::from_hundredths(hundredths).unwrap();
        StopRule { outcome, percent, at_least, action: StopAction::Pause }
    }

    const COUNTS: Outcomes = Outcomes {
        queued: 500,
        in_flight: 24,
        succeeded: 1_150,
        failed: 36,
        timed_out: 4,
        not_online: 1,
        interrupted: 1,
        cancelled: 7,
    };

    #[test]
    fn each_outcome_is_counted_of_the_devices_that_ended() {
        let none = Outcomes::default();
        for (outcome, counted) in [
            (StopOutcome::Failed, 36),
            (StopOutcome::TimedOut, 4),
            (StopOutcome::NotOnline, 1),
            (StopOutcome::Any, 42),
        ] {
            let reading = rule(outcome, 300, 200).read(&COUNTS, &none);
            assert_eq!(reading, Reading { counted, ended: 1_192 }, "{outcome:?}");
        }
    }

    #[test]
    fn a_rule_fires_at_its_share_of_at_least_so_many() {
        let check = |hundredths, at_least, counted, ended, fires| {
            let rule = rule(StopOutcome::Failed, hundredths, at_least);
            assert_eq!(rule.fires(Reading { counted, ended }), fires, "{counted} of {ended}");
        };
        check(300, 200, 36, 1_192, true);
        check(300, 200, 35, 1_192, false);
        check(300, 200, 6, 200, true);
        check(300, 200, 199, 199, false);
        check(0, 1, 0, 500, false);
        check(0, 1, 1, 500, true);
        check(0, 600, 1, 500, false);
        check(10_000, 1, 1, 1, true);
    }

    #[test]
    fn a_baseline_is_taken_off() {
        let rule = rule(StopOutcome::Any, 300, 200);
        let later = Outcomes { succeeded: 1_340, failed: 42, ..COUNTS };
        assert_eq!(rule.read(&later, &COUNTS), Reading { counted: 6, ended: 196 });
    }
}
