//! How long devices took, as percentiles and a histogram. Pure.

use console_wire::latency::{Bucket, Distribution};

/// Bars of a decade, as multiples of its beginning.
const STEPS: [f64; 6] = [1.5, 2.0, 3.0, 5.0, 7.0, 10.0];
/// The first decade begins at this many milliseconds.
const BEGIN: f64 = 0.1;
/// Decades: up to 28 hours.
const DECADES: i32 = 9;
/// Up to this ratio of slowest to fastest, bars of one width show more.
const NARROW: f64 = 4.0;

/// The distribution of spans in milliseconds, in no order; `None` without spans.
pub(crate) fn distribution(mut spans: Vec<f64>) -> Option<Distribution> {
    spans.sort_unstable_by(f64::total_cmp);
    let (min, max) = (*spans.first()?, *spans.last()?);
    // The nearest rank: a span that a device took.
    let percentile = |percent: usize| {
        let rank = (spans.len() * percent).div_ceil(100).max(1);
        spans[rank - 1]
    };
    Some(Distribution {
        count: spans.len() as u64,
        p50_ms: percentile(50),
        p95_ms: percentile(95),
        p99_ms: percentile(99),
        min_ms: min,
        max_ms: max,
        buckets: buckets(&spans),
    })
}

/// Bounds of bars for every span there may be, in order.
fn logarithmic() -> Vec<f64> {
    let decade = |number: i32| STEPS.map(|step| step * BEGIN * 10_f64.powi(number));
    [0.0, BEGIN].into_iter().chain((0..DECADES).flat_map(decade)).collect()
}

/// Bounds of bars of one width, a round one, of which at most a dozen reach from the fastest to the slowest.
fn even(fastest: f64, slowest: f64) -> Vec<f64> {
    let least = (slowest - fastest) / 10.0;
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|step| step * power).into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    let first = ((fastest / step).ceil() - 1.0).max(0.0);
    let bounds = std::iter::successors(Some(first), |bound| Some(bound + 1.0)).map(|bound| bound * step);
    let mut is_past = false;
    bounds.take_while(|bound| !std::mem::replace(&mut is_past, *bound >= slowest)).collect()
}

/// Bars over sorted spans, from the first that holds any to the last. Before them comes an empty one, whose bound is
/// where the first begins.
fn buckets(sorted: &[f64]) -> Vec<Bucket> {
    let (Some(fastest), Some(slowest)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let is_narrow = fastest < slowest && *slowest <= NARROW * fastest;
    let bounds = if is_narrow { even(*fastest, *slowest) } else { logarithmic() };
    let mut begin = 0;
    let mut bars: Vec<Bucket> = Vec::new();
    for pair in bounds.windows(2) {
        let (lower, upper) = (pair[0], pair[1]);
        if begin == sorted.len() {
            break;
        }
        // Bounds such as 0.7 are not quite what a double holds.
        let end = sorted.partition_point(|span| *span <= upper * (1.0 + 1e-9));
        if end > begin && bars.is_empty() {
            bars.push(Bucket { upper_ms: rounded(lower), count: 0 });
        }
        if end > begin || !bars.is_empty() {
            bars.push(Bucket { upper_ms: rounded(upper), count: (end - begin) as u64 });
        }
        begin = end;
    }
    if begin < sorted.len() {
        bars.push(Bucket { upper_ms: *slowest, count: (sorted.len() - begin) as u64 });
    }
    bars
}

/// Without the rounding error of a power of ten.
fn rounded(bound: f64) -> f64 {
    (bound * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(spans: &[f64]) -> Vec<(f64, u64)> {
        let found = distribution(spans.to_vec()).unwrap();
        assert_eq!(found.buckets.iter().map(|bar| bar.count).sum::<u64>(), spans.len() as u64);
        found.buckets.iter().map(|bar| (bar.upper_ms, bar.count)).collect()
    }

    #[test]
    fn percentiles_are_measured_spans() {
        assert_eq!(distribution(Vec::new()), None);
        let one = distribution(vec![7.5]).unwrap();
        assert_eq!(
            (one.count, one.p50_ms, one.p95_ms, one.p99_ms, one.min_ms, one.max_ms),
            (1, 7.5, 7.5, 7.5, 7.5, 7.5)
        );
        let hundred = distribution((1..=100).rev().map(f64::from).collect()).unwrap();
        assert_eq!((hundred.p50_ms, hundred.p95_ms, hundred.p99_ms), (50.0, 95.0, 99.0));
        assert_eq!((hundred.min_ms, hundred.max_ms), (1.0, 100.0));
    }

    #[test]
    fn bars_have_no_gaps_and_hold_everything() {
        for (spans, expected) in [
            (vec![0.0], vec![(0.0, 0), (0.1, 1)]),
            (vec![2.0, 2.0], vec![(1.5, 0), (2.0, 2)]),
            (vec![0.6, 2.5], vec![(0.5, 0), (0.7, 1), (1.0, 0), (1.5, 0), (2.0, 0), (3.0, 1)]),
            (
                vec![187.0, 250.0, 900.0],
                vec![(150.0, 0), (200.0, 1), (300.0, 1), (500.0, 0), (700.0, 0), (1000.0, 1)],
            ),
            (vec![9e8], vec![(9e8, 1)]),
        ] {
            assert_eq!(bars(&spans), expected, "{spans:?}");
        }
    }

    #[test]
    fn narrow_distributions_have_bars_of_one_width() {
        let found = bars(&[9_003.0, 9_110.0, 9_130.0, 9_602.0]);
        let bounds: Vec<_> = found.iter().map(|(upper, _)| *upper).collect();
        assert_eq!(bounds, [9_000.0, 9_100.0, 9_200.0, 9_300.0, 9_400.0, 9_500.0, 9_600.0, 9_700.0]);
        assert_eq!(found.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [0, 1, 2, 0, 0, 0, 0, 1]);
        for (fastest, slowest) in [(1.0, 1.1), (1.0, 4.0), (70.2, 143.9), (0.3, 0.32), (1e7, 3.9e7)] {
            let found = bars(&[fastest, slowest]);
            assert!((3..=13).contains(&found.len()), "{fastest} to {slowest}: {found:?}");
            assert!(found[0].0 < fastest && found[found.len() - 1].0 >= slowest, "{found:?}");
        }
    }
}
