//! The geometry of a histogram of durations: bars of equal width, labels, and marks for percentiles. The component draws
//! them.

use console_wire::latency::Distribution;

use super::{
    number::{fixed, grouped},
    time::duration,
};

/// Width of the drawing in its own units.
pub(crate) const WIDTH: f64 = 400.0;
/// Height of the drawing in its own units.
pub(crate) const HEIGHT: f64 = 150.0;
/// The y of the axis.
pub(crate) const FLOOR: f64 = 132.0;
/// The y at which the tallest bar ends.
const CEILING: f64 = 30.0;
/// Marks closer than this share a label.
const MIN_DISTANCE: f64 = 30.0;
/// Distance between a mark and its label.
pub(crate) const LABEL_GAP: f64 = 4.0;
/// Width of the widest character of a label.
const CHARACTER_WIDTH: f64 = 7.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    /// Left edge.
    pub(crate) x: f64,
    /// Top edge.
    pub(crate) y: f64,
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
    /// Its count as text; empty for 0.
    pub(crate) count: String,
}

/// A label of the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    /// Position on the axis.
    pub(crate) x: f64,
    /// The time.
    pub(crate) text: String,
}

/// A line that marks a percentile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// Position on the axis.
    pub(crate) x: f64,
    /// Its label; empty when a mark close to it has it.
    pub(crate) text: String,
    /// Whether the label is on the left of the line.
    pub(crate) is_left: bool,
}

impl Mark {
    /// Left and right edge of its label.
    fn label_extent(&self) -> (f64, f64) {
        let width = CHARACTER_WIDTH * float(self.text.len() as u64);
        if self.is_left {
            (self.x - LABEL_GAP - width, self.x - LABEL_GAP)
        } else {
            (self.x + LABEL_GAP, self.x + LABEL_GAP + width)
        }
    }
}

/// A histogram's geometry.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plot {
    /// Left to right.
    pub(crate) bars: Vec<Bar>,
    /// Under the axis.
    pub(crate) labels: Vec<Label>,
    /// Dashed lines, left to right.
    pub(crate) marks: Vec<Mark>,
    /// Description for screen readers.
    pub(crate) summary: String,
}

/// The geometry of a distribution; empty when nothing was measured.
pub(crate) fn plot(distribution: &Distribution) -> Plot {
    let is_filled = |index: &usize| distribution.buckets[*index].count > 0;
    let count = distribution.buckets.len();
    let (Some(first), Some(last)) = ((0..count).find(is_filled), (0..count).rev().find(is_filled)) else {
        return Plot::default();
    };
    let shown = &distribution.buckets[first..=last];
    let lowest = match first {
        0 => shown[0].upper_ms / 2.0,
        _ => distribution.buckets[first - 1].upper_ms,
    };
    let edges: Vec<f64> = std::iter::once(lowest).chain(shown.iter().map(|bucket| bucket.upper_ms)).collect();
    let tallest = shown.iter().map(|bucket| bucket.count).max().unwrap_or(1);
    let step = WIDTH / float(shown.len() as u64);
    let bars = shown
        .iter()
        .enumerate()
        .map(|(index, bucket)| {
            let share = float(bucket.count) / float(tallest);
            let height = if bucket.count == 0 { 0.0 } else { (share * (FLOOR - CEILING)).max(1.0) };
            Bar {
                x: step * float(index as u64) + 1.0,
                y: FLOOR - height,
                width: step - 2.0,
                height,
                count: if bucket.count == 0 { String::new() } else { grouped(bucket.count) },
            }
        })
        .collect();
    let every = edges.len().div_ceil(6).max(1);
    let labels = edges
        .iter()
        .enumerate()
        .step_by(every)
        .map(|(index, edge)| Label { x: step * float(index as u64), text: time_label(*edge) })
        .collect();
    let summary = shown
        .iter()
        .filter(|bucket| bucket.count > 0)
        .map(|bucket| format!("{} up to {}", grouped(bucket.count), time_label(bucket.upper_ms)))
        .collect::<Vec<_>>()
        .join(", ");
    Plot { bars, labels, marks: marks(distribution, &edges, step), summary }
}

fn marks(distribution: &Distribution, edges: &[f64], step: f64) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (name, value) in
        [("p50", distribution.p50_ms), ("p95", distribution.p95_ms), ("p99", distribution.p99_ms)]
    {
        let x = position(value, edges, step);
        let near = marks.iter_mut().rev().find(|mark| !mark.text.is_empty() && x - mark.x < MIN_DISTANCE);
        let text = if let Some(near) = near {
            near.text = format!("{} {name}", near.text);
            String::new()
        } else {
            name.into()
        };
        marks.push(Mark { x, text, is_left: false });
    }
    // A label is on the right of its line, or on the left where it would leave the drawing or overlap the next one.
    let mut end = WIDTH;
    for mark in marks.iter_mut().rev().filter(|mark| !mark.text.is_empty()) {
        mark.is_left = mark.label_extent().1 > end;
        end = mark.label_extent().0;
    }
    marks
}

/// The position of a time on the axis. Bars have equal width, so the position within one is logarithmic.
fn position(millis: f64, edges: &[f64], step: f64) -> f64 {
    let bucket = edges[1..].iter().position(|upper| millis <= *upper).unwrap_or(edges.len() - 2);
    let (lower, upper) = (edges[bucket].max(0.001), edges[bucket + 1].max(0.002));
    let within = ((millis.max(0.001) / lower).ln() / (upper / lower).ln()).clamp(0.0, 1.0);
    (float(bucket as u64) + within) * step
}

/// A duration as text; below ten milliseconds with tenths.
pub(crate) fn time_label(millis: f64) -> String {
    if millis < 10.0 && millis.fract() > 0.05 {
        return format!("{} ms", fixed(millis, 1));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times are positive and small"
    )]
    let whole = millis.round().max(0.0) as u64;
    duration(whole)
}

fn float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let float = count as f64;
    float
}

#[cfg(test)]
mod tests {
    use console_wire::latency::Bucket;

    use super::*;

    fn distribution(counts: &[u64], p50_ms: f64, p95_ms: f64, p99_ms: f64) -> Distribution {
        let mut upper_ms = 0.5;
        let buckets = counts
            .iter()
            .map(|count| {
                upper_ms *= 2.0;
                Bucket { upper_ms, count: *count }
            })
            .collect();
        Distribution {
            count: counts.iter().sum(),
            p50_ms,
            p95_ms,
            p99_ms,
            min_ms: 1.0,
            max_ms: 64.0,
            buckets,
        }
    }

    #[test]
    fn nothing_measured_gives_an_empty_plot() {
        assert_eq!(plot(&distribution(&[0, 0], 0.0, 0.0, 0.0)), Plot::default());
        assert_eq!(plot(&distribution(&[], 0.0, 0.0, 0.0)), Plot::default());
    }

    #[test]
    fn empty_buckets_at_the_ends_are_left_out() {
        let plot = plot(&distribution(&[0, 10, 20, 0, 5, 0], 3.0, 12.0, 15.0));
        assert_eq!(plot.bars.len(), 4);
        assert_eq!((plot.bars[1].y, plot.bars[1].height), (CEILING, FLOOR - CEILING));
        assert_eq!((plot.bars[2].height, plot.bars[2].count.as_str()), (0.0, ""));
        assert_eq!(plot.labels[0].text, "1 ms");
        assert_eq!(plot.summary, "10 up to 2 ms, 20 up to 4 ms, 5 up to 16 ms");
    }

    #[test]
    fn near_marks_share_a_label() {
        let marks = plot(&distribution(&[0, 10, 20, 0, 5, 0], 3.0, 14.0, 15.0)).marks;
        let texts: Vec<_> = marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(texts, ["p50", "p95 p99", ""]);
        assert!(marks[0].x > 100.0 && marks[0].x < 200.0, "in the second bar: {}", marks[0].x);
    }

    #[test]
    fn labels_of_marks_do_not_overlap() {
        let seven = [10; 7];
        for (percentiles, expected) in [
            ([3.0, 12.0, 33.0], [("p50", false), ("p95", false), ("p99", false)]),
            // The last label moves to the left, and then the one before it too.
            ([38.0, 63.0, 63.0], [("p50", true), ("p95 p99", true), ("", false)]),
            ([3.0, 63.0, 63.0], [("p50", false), ("p95 p99", true), ("", false)]),
            ([63.0, 63.0, 63.0], [("p50 p95 p99", true), ("", false), ("", false)]),
        ] {
            let marks = plot(&distribution(&seven, percentiles[0], percentiles[1], percentiles[2])).marks;
            let labels: Vec<_> = marks.iter().map(|mark| (mark.text.as_str(), mark.is_left)).collect();
            assert_eq!(labels, expected, "{percentiles:?}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(
            (time_label(0.5).as_str(), time_label(2.0).as_str(), time_label(1600.0).as_str()),
            ("0.5 ms", "2 ms", "1.6 s")
        );
    }
}
