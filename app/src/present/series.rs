//! How many devices have finished, second by second: the rate now, the rate so far as a line, and what is left.

use super::number::fixed;

/// Seconds over which the rate is a mean.
const WINDOW_MILLIS: i64 = 10_000;
/// A mean over less would jump about.
const LEAST_MILLIS: i64 = 3_000;
/// Data that a forecast needs.
const FORECAST_MILLIS: i64 = 5_000;
/// Points of the line; older ones merge in pairs.
const POINTS: usize = 64;

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Series {
    /// Instants and counts of the window, oldest first.
    recent: Vec<(i64, u64)>,
    /// Rates a second, oldest first, each the mean of `stride` samples.
    rates: Vec<f64>,
    stride: u32,
    gathered: (f64, u32),
    first: Option<i64>,
}

impl Series {
    /// Takes a sample. A count below the last one starts anew, since the job is another.
    pub(crate) fn push(&mut self, at_millis: i64, count: u64) {
        let last = self.recent.last().copied();
        if last.is_some_and(|(_, before)| count < before) {
            *self = Self::default();
        }
        if let Some((then, before)) = last.filter(|(then, _)| *then < at_millis) {
            self.gather(per_second(count.saturating_sub(before), at_millis - then));
        }
        self.first.get_or_insert(at_millis);
        self.recent.push((at_millis, count));
        self.recent.retain(|(at, _)| at_millis - at <= WINDOW_MILLIS);
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

    /// Devices and milliseconds of the window; `None` before it means anything.
    pub(crate) fn recent(&self) -> Option<(u64, u64)> {
        let ((from, before), (to, after)) = (*self.recent.first()?, *self.recent.last()?);
        let span = u64::try_from(to - from).ok()?;
        (to - from >= LEAST_MILLIS).then_some((after.saturating_sub(before), span))
    }

    /// Milliseconds until so many more have finished; `None` while that is a guess.
    pub(crate) fn millis_left(&self, remaining: u64) -> Option<u64> {
        let (count, millis) = self.recent()?;
        let known = self.recent.last()?.0 - self.first?;
        if known < FORECAST_MILLIS || count == 0 {
            return None;
        }
        remaining.saturating_mul(millis).checked_div(count)
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
            series.push(second * 1000, u64::try_from(second).unwrap() * rate);
        }
        series
    }

    #[test]
    fn the_rate_is_a_mean_of_ten_seconds() {
        assert_eq!(steady(2, 100).recent(), None);
        assert_eq!(steady(3, 100).recent(), Some((300, 3000)));
        assert_eq!(steady(60, 100).recent(), Some((1000, 10_000)));
    }

    #[test]
    fn a_forecast_needs_five_seconds_and_progress() {
        assert_eq!(steady(4, 100).millis_left(100), None);
        assert_eq!(steady(5, 100).millis_left(1000), Some(10_000));
        assert_eq!(steady(20, 0).millis_left(1), None);
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
    fn another_job_starts_anew() {
        let mut series = steady(20, 100);
        series.push(21_000, 0);
        assert_eq!(series.recent(), None);
    }
}
