//! How long devices took, as percentiles and a histogram. Pure.

use console_wire::latency::{Bucket, Distribution};

/// Bars of a decade, as multiples of its beginning.
const STEPS: [f64; 6] = [1.5, 2.0, 3.0, 5.0, 7.0, 10.0];
/// The first decade begins at this many milliseconds.
const BEGIN: f64 = 0.1;
/// Decades: up to 28 hours.
const DECADES: i32 = 9;

/// The distribution of spans in milliseconds, in no order; none of none.
pub(crate) fn distribution(mut spans: Vec<f64>) -> Option<Distribution> {
    spans.sort_unstable_by(f64::total_cmp);
    let (min, max) = (*spans.first()?, *spans.last()?);
    // The nearest rank: a span that a device really took.
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

/// Upper bounds of all bars, in order.
fn bounds() -> impl Iterator<Item = f64> {
    let decade = |number: i32| STEPS.map(|step| step * BEGIN * 10_f64.powi(number));
    std::iter::once(BEGIN).chain((0..DECADES).flat_map(decade))
}

/// Bars over sorted spans, from the first that holds any to the last.
fn buckets(sorted: &[f64]) -> Vec<Bucket> {
    let mut begin = 0;
    let mut bars: Vec<Bucket> = Vec::new();
    for upper_ms in bounds() {
        if begin == sorted.len() {
            break;
        }
        // Bounds such as 0.7 are not quite what a double holds.
        let end = sorted.partition_point(|span| *span <= upper_ms * (1.0 + 1e-9));
        if end > begin || !bars.is_empty() {
            bars.push(Bucket { upper_ms: rounded(upper_ms), count: (end - begin) as u64 });
        }
        begin = end;
    }
    if begin < sorted.len()
        && let Some(slowest) = sorted.last()
    {
        bars.push(Bucket { upper_ms: *slowest, count: (sorted.len() - begin) as u64 });
    }
    bars
}

/// Without the digits that a power of ten leaves behind.
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
    fn percentiles_are_spans_that_were() {
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
            (vec![0.0], vec![(0.1, 1)]),
            (vec![1.0, 1.1, 1.5], vec![(1.0, 1), (1.5, 2)]),
            (vec![0.7, 2.5], vec![(0.7, 1), (1.0, 0), (1.5, 0), (2.0, 0), (3.0, 1)]),
            (vec![187.0, 250.0, 900.0], vec![(200.0, 1), (300.0, 1), (500.0, 0), (700.0, 0), (1000.0, 1)]),
            (vec![9e8], vec![(9e8, 1)]),
        ] {
            assert_eq!(bars(&spans), expected, "{spans:?}");
        }
    }
}
