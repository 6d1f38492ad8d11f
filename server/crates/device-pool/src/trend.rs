//! The last ten minutes for a chart: calls a second and connected devices.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hub_wire::Timestamp;
use serde::Serialize;

/// Time between two samples.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// Samples kept: ten minutes.
const MOST: usize = 120;

/// The pool at an instant, for a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Method calls a second since the sample before.
    pub call_rate: f64,
    /// Devices connected.
    pub connected: usize,
}

/// The newest samples.
#[derive(Debug, Default)]
pub(crate) struct Trend(Mutex<VecDeque<Sample>>);

impl Trend {
    pub(crate) fn add(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == MOST {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// The newest samples, oldest first.
    pub(crate) fn read(&self) -> Vec<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_are_kept() {
        let trend = Trend::default();
        for second in 0..200 {
            let at = Timestamp::from_unix_millis(second * 5000);
            trend.add(Sample { at, call_rate: 0.0, connected: 0 });
        }
        let read = trend.read();
        assert_eq!((read.len(), read[0].at), (MOST, Timestamp::from_unix_millis(80 * 5000)));
    }
}
