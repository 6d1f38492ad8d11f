//! Counts of finished devices over time: the current rate, and the rates as a line.
//!
//! A sample is a reading of the hub. A real hub is read every few seconds, so what came between two readings is spread
//! evenly over the time between them: otherwise the line would show when the console reads.

use console_wire::job::JobSummary;
use hub_wire::Timestamp;

use super::number::fixed;

/// The rate is a mean over this time.
const WINDOW_MILLIS: i64 = 10_000;
/// A mean over less varies too much.
const LEAST_MILLIS: i64 = 3_000;
/// Time between two points of the line, and the shortest between two samples.
const STEP_MILLIS: i64 = 1_000;
/// Most points of the line; when there are more, they are merged in pairs.
const POINTS: usize = 64;

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Series {
    /// Instants and counts of the window, oldest first; at least the last two.
    recent: Vec<(i64, u64)>,
    /// When the last sample was added.
    added: i64,
    /// The longest time between two of the last samples.
    pause: i64,
    /// Rates a second, oldest first, each the mean of `stride` steps.
    rates: Vec<f64>,
    stride: u32,
    gathered: (f64, u32),
}

/// The instant that a job's count of finished devices is of. While devices wait for their turn that is when the last one
/// was sent: a real hub's results are read some seconds later.
pub(crate) fn instant(job: &JobSummary) -> Timestamp {
    job.last_sent_time.filter(|_| job.outcomes.queued > 0).unwrap_or(job.as_of)
}

impl Series {
    /// Adds a reading that is of `at_millis`. A count below the last one is another job's and resets the series.
    pub(crate) fn push(&mut self, at_millis: i64, now_millis: i64, count: u64) {
        if self.recent.last().is_some_and(|(_, before)| count < *before) {
            *self = Self::default();
        }
        if let Some((then, before)) = self.recent.last().copied() {
            let span = at_millis - then;
            if span < STEP_MILLIS {
                return;
            }
            // A pause that was long once is forgotten slowly.
            self.pause = (now_millis - self.added).max(self.pause * 3 / 4);
            let rate = per_second(count - before, span);
            for _ in 0..(span + STEP_MILLIS / 2) / STEP_MILLIS {
                self.gather(rate);
            }
        }
        self.added = now_millis;
        self.recent.push((at_millis, count));
        let newest_two = self.recent.len().saturating_sub(2);
        let is_old = |(at, _): &(i64, u64)| at_millis - at > WINDOW_MILLIS;
        let old = self.recent.iter().take(newest_two).take_while(|sample| is_old(sample)).count();
        self.recent.drain(..old);
    }

    /// Notes that there is no newer reading. Once that lasts longer than readings are apart, nothing has finished since.
    pub(crate) fn tick(&mut self, now_millis: i64) {
        let Some((then, count)) = self.recent.last().copied().filter(|_| self.pause > 0) else { return };
        let quiet = now_millis - self.added;
        if quiet > 2 * self.pause + 2 * STEP_MILLIS {
            let pause = self.pause;
            self.push(then + quiet, now_millis, count);
            self.pause = pause;
        }
    }

    fn gather(&mut self, rate: f64) {
        self.gathered.0 += rate;
        self.gathered.1 += 1;
        if self.gathered.1 < self.stride.max(1) {
            return;
        }
        self.rates.push(self.gathered.0 / f64::from(self.gathered.1));
        self.gathered = (0.0, 0);
        if self.rates.len() > POINTS {
            self.rates = self.rates.chunks(2).map(mean).collect();
            self.stride = self.stride.max(1) * 2;
        }
    }

    /// Devices and milliseconds of the window; `None` while there is too little data.
    pub(crate) fn recent(&self) -> Option<(u64, u64)> {
        let ((from, before), (to, after)) = (*self.recent.first()?, *self.recent.last()?);
        let span = u64::try_from(to - from).ok()?;
        (to - from >= LEAST_MILLIS).then_some((after.saturating_sub(before), span))
    }

    /// Line and area of the rates in a box of this size, and the highest rate; `None` below two points.
    pub(crate) fn line(&self, width: f64, height: f64) -> Option<(String, String, f64)> {
        let highest = self.rates.iter().copied().fold(0.0, f64::max);
        if self.rates.len() < 2 || highest <= 0.0 {
            return None;
        }
        let step = width / count(self.rates.len() - 1);
        let points: Vec<_> = self
            .rates
            .iter()
            .enumerate()
            .map(|(index, rate)| {
                let (x, y) = (step * count(index), height - rate / highest * (height - 3.0) - 1.0);
                format!("{} {}", fixed(x, 1), fixed(y, 1))
            })
            .collect();
        let line = format!("M{}", points.join("L"));
        let (width, height) = (fixed(width, 0), fixed(height, 0));
        let area = format!("{line}L{width} {height}L0 {height}Z");
        Some((line, area, highest))
    }
}

fn mean(rates: &[f64]) -> f64 {
    rates.iter().sum::<f64>() / count(rates.len())
}

fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn per_second(count: u64, millis: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate is a rounded number")]
    let (count, millis) = (count as f64, millis as f64);
    count * 1000.0 / millis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(seconds: i64, rate: u64) -> Series {
        let mut series = Series::default();
        for second in 0..=seconds {
            series.push(second * 1000, second * 1000, u64::try_from(second).unwrap() * rate);
        }
        series
    }

    #[test]
    fn the_rate_is_a_mean_of_ten_seconds() {
        assert_eq!(steady(2, 100).recent(), None);
        assert_eq!(steady(3, 100).recent(), Some((300, 3000)));
        assert_eq!(steady(60, 100).recent(), Some((1000, 10_000)));
    }

    /// A hub that is read every six seconds sends ten devices a second: so do the line and the rate.
    #[test]
    fn readings_far_apart_are_no_bursts() {
        let mut series = Series::default();
        for second in 0..=60 {
            if second % 6 == 0 {
                // It takes some seconds until the results are read.
                let now = second * 1000 + 5_000;
                series.push(second * 1000, now, u64::try_from(second).unwrap() * 10);
            }
            series.tick(second * 1000 + 5_500);
        }
        assert!(series.rates.iter().all(|rate| (rate - 10.0).abs() < 0.001), "{:?}", series.rates);
        assert_eq!(series.rates.len(), 60);
        assert_eq!(series.recent(), Some((60, 6_000)));
    }

    #[test]
    fn the_rate_falls_to_zero_when_nothing_finishes() {
        let mut series = steady(5, 100);
        for second in 6..=30 {
            series.tick(second * 1000);
        }
        let (count, _) = series.recent().unwrap();
        assert_eq!(count, 0);
        assert!(series.rates.last().is_some_and(|rate| *rate < 0.001), "{:?}", series.rates);
    }

    #[test]
    fn readings_close_together_are_one_step() {
        let mut series = Series::default();
        for tenth in 0..=100 {
            series.push(tenth * 100, tenth * 100, u64::try_from(tenth).unwrap());
        }
        assert_eq!(series.rates.len(), 10);
        assert!(series.rates.iter().all(|rate| (rate - 10.0).abs() < 0.001), "{:?}", series.rates);
    }

    #[test]
    fn the_line_keeps_its_length() {
        assert_eq!(steady(1, 5).line(260.0, 32.0), None);
        let long = steady(1000, 50);
        assert!(long.rates.len() <= POINTS && long.rates.len() >= POINTS / 2);
        let (line, area, highest) = long.line(260.0, 32.0).unwrap();
        assert!(line.starts_with("M0.0 2.0L") && area.ends_with("L260 32L0 32Z"), "{line}");
        assert!((highest - 50.0).abs() < 0.001);
    }

    #[test]
    fn another_job_resets_the_series() {
        let mut series = steady(20, 100);
        series.push(21_000, 21_000, 0);
        assert_eq!(series.recent(), None);
    }
}
