//! How a job's devices ended over time, beside the typical run.

use serde::{Deserialize, Serialize};

/// Most parts of the time of a run.
pub const MAX_BUCKETS: u64 = 120;
/// Steps of the typical run: each is an equal share of its devices.
pub const TYPICAL_STEPS: u32 = 50;

/// Lengths that a part may have, in milliseconds. Each is a length that a person can say.
const LENGTHS: [u64; 17] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

/// How a job's devices ended, from its start on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Curve {
    /// Length of a part of the time, in milliseconds.
    pub bucket_ms: u64,
    /// Devices that ended in each part, from the start on; at most [`MAX_BUCKETS`] parts. The sum is that of the job's
    /// states that do not change any more.
    pub ended: Vec<u64>,
    /// How long the job has run, in milliseconds.
    pub span_ms: u64,
    /// The typical run; absent where there are not enough runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical: Option<TypicalCurve>,
    /// Most devices that the hub sends to in a minute, all its jobs together; absent where it has no such limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_per_minute: Option<u64>,
}

/// The median of the last runs that did the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypicalCurve {
    /// How many runs.
    pub runs: u32,
    /// Milliseconds from the start at which each of [`TYPICAL_STEPS`] equal shares of the devices had ended. Never falls.
    pub times_ms: Vec<u64>,
}

impl TypicalCurve {
    /// The median of runs, each with as many times as there are steps; `None` without a run.
    pub fn median(runs: &[Vec<u64>]) -> Option<Self> {
        let count = u32::try_from(runs.len()).ok().filter(|count| *count > 0)?;
        let at_step = |step: usize| {
            let mut times: Vec<u64> = runs.iter().filter_map(|run| run.get(step).copied()).collect();
            times.sort_unstable();
            // The mean of the middle two.
            let (low, high) = (times.get((times.len().max(1) - 1) / 2)?, times.get(times.len() / 2)?);
            Some(low.midpoint(*high))
        };
        let times_ms: Option<Vec<_>> = (0..TYPICAL_STEPS as usize).map(at_step).collect();
        Some(Self { runs: count, times_ms: times_ms? })
    }

    /// The share that has ended after a time, 0 to 1.
    pub fn share_at(&self, after_ms: u64) -> f64 {
        let ended = self.times_ms.partition_point(|time| *time <= after_ms);
        f64::from(u32::try_from(ended).unwrap_or(u32::MAX)) / f64::from(TYPICAL_STEPS)
    }
}

impl Curve {
    /// How many devices have ended.
    pub fn total(&self) -> u64 {
        self.ended.iter().sum()
    }
}

/// The length of a part, in milliseconds, so that a run of this length has at most [`MAX_BUCKETS`] parts.
pub fn bucket_ms(span_ms: u64) -> u64 {
    let longest = LENGTHS[LENGTHS.len() - 1];
    let fits = LENGTHS.into_iter().find(|length| span_ms / length < MAX_BUCKETS);
    fits.unwrap_or_else(|| (span_ms / MAX_BUCKETS / longest + 1) * longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_any_length_has_few_parts() {
        for (span, length) in [
            (0, 100),
            (11_999, 100),
            (12_000, 200),
            (60_000, 1_000),
            (119_999, 1_000),
            (120_000, 2_000),
            (3_600_000, 60_000),
            (86_400_000, 1_800_000),
        ] {
            assert_eq!(bucket_ms(span), length, "{span}");
        }
        for span in [0, 1, 11_999, 12_000, 1_000_000_007, u64::from(u32::MAX) * 100_000] {
            assert!(span / bucket_ms(span) < MAX_BUCKETS, "{span}");
        }
    }

    #[test]
    fn the_typical_run_is_the_median_at_each_step() {
        let run = |last: u64| (1..=u64::from(TYPICAL_STEPS)).map(|step| step * last / 50).collect::<Vec<_>>();
        assert_eq!(TypicalCurve::median(&[]), None);
        let typical = TypicalCurve::median(&[run(5_000), run(1_000), run(60_000)]).unwrap();
        assert_eq!((typical.runs, typical.times_ms[0], typical.times_ms[49]), (3, 100, 5_000));
        let even = TypicalCurve::median(&[run(1_000), run(2_000)]).unwrap();
        assert_eq!(even.times_ms[49], 1_500, "the mean of the middle two");
        for (after, share) in [(0, 0.0), (99, 0.0), (100, 0.02), (2_500, 0.5), (5_000, 1.0), (9_000, 1.0)] {
            assert!((typical.share_at(after) - share).abs() < 1e-9, "{after}");
        }
    }

    #[test]
    fn a_run_without_all_steps_makes_no_median() {
        assert_eq!(TypicalCurve::median(&[vec![1, 2]]), None);
    }
}
