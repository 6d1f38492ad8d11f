//! Answer times, counted in logarithmic buckets: one atomic step an answer, whatever their number.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use serde::Serialize;

/// Buckets of a quarter octave each, the first up to 1 ms, the last past seven minutes: no call waits longer.
const BUCKETS: usize = 76;
/// Buckets to an octave.
const FINE: usize = 4;

/// Answer times so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerTimes {
    /// Answers counted.
    pub count: u64,
    /// Half of the answers were faster, in milliseconds; exact to a fifth. Zero while there are none.
    pub p50_ms: f64,
    /// One in twenty was slower.
    pub p95_ms: f64,
    /// One in a hundred was slower.
    pub p99_ms: f64,
    /// Octaves from the first to the last that holds an answer, upper bound in milliseconds and count. Each begins
    /// where the one before it ends.
    pub buckets: Vec<(f64, u64)>,
}

/// Counts by answer time.
#[derive(Debug)]
pub(crate) struct Histogram([AtomicU64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; BUCKETS])
    }
}

impl Histogram {
    /// Counts an answer.
    pub(crate) fn record(&self, took: Duration) {
        self.0[bucket(took.as_secs_f64() * 1000.0)].fetch_add(1, Relaxed);
    }

    /// What has been counted so far.
    pub(crate) fn read(&self) -> AnswerTimes {
        let counts = self.0.each_ref().map(|count| count.load(Relaxed));
        let count: u64 = counts.iter().sum();
        let at = |hundredths| percentile(&counts, count, hundredths);
        let octaves: Vec<(f64, u64)> = (0..=(BUCKETS - 1).div_ceil(FINE))
            .map(|octave| {
                let last = (octave * FINE).min(BUCKETS - 1);
                let first = (octave * FINE).saturating_sub(FINE - 1);
                (upper(octave * FINE), counts[first..=last].iter().sum())
            })
            .collect();
        let is_filled = |(_, count): &(f64, u64)| *count > 0;
        let first = octaves.iter().position(is_filled).unwrap_or(0);
        let end = octaves.iter().rposition(is_filled).map_or(0, |last| last + 1);
        AnswerTimes {
            count,
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            buckets: octaves[first..end].to_vec(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "0 to 75 after the bounds"
)]
fn bucket(millis: f64) -> usize {
    if millis <= 1.0 { 0 } else { ((millis.log2() * FINE as f64).ceil() as usize).min(BUCKETS - 1) }
}

/// Where a bucket ends, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "at most 76")]
fn upper(bucket: usize) -> f64 {
    (bucket as f64 / FINE as f64).exp2()
}

/// The answer time that so many hundredths did not exceed, interpolated evenly within its bucket.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn percentile(counts: &[u64; BUCKETS], count: u64, hundredths: u64) -> f64 {
    let rank = (count * hundredths).div_ceil(100).max(1);
    let mut below = 0;
    for (bucket, inside) in counts.iter().copied().enumerate() {
        if inside > 0 && below + inside >= rank {
            let lower = if bucket == 0 { 0.0 } else { upper(bucket - 1) };
            let share = (rank - below) as f64 / inside as f64;
            return lower + share * (upper(bucket) - lower);
        }
        below += inside;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_close_and_buckets_complete() {
        let histogram = Histogram::default();
        assert_eq!(histogram.read(), AnswerTimes::default());
        for millis in 1..=1000 {
            histogram.record(Duration::from_millis(millis));
        }
        let read = histogram.read();
        assert_eq!(read.count, 1000);
        for (value, expected) in [(read.p50_ms, 500.0), (read.p95_ms, 950.0), (read.p99_ms, 990.0)] {
            assert!((value - expected).abs() < expected * 0.1, "{value} {expected}");
        }
        assert_eq!(read.buckets.iter().map(|(_, count)| count).sum::<u64>(), 1000);
        assert_eq!(read.buckets.first(), Some(&(1.0, 1)));
        assert_eq!(read.buckets.last(), Some(&(1024.0, 488)));
    }

    #[test]
    fn no_answer_falls_outside() {
        let histogram = Histogram::default();
        for seconds in [0, 1, 100_000] {
            histogram.record(Duration::from_secs(seconds));
        }
        assert_eq!(histogram.read().count, 3);
        assert_eq!(bucket(f64::MAX), BUCKETS - 1);
    }
}
