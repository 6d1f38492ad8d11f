//! The geometry of the connected devices over 24 hours: a line that is interrupted where nothing was measured.

use std::fmt::Write as _;

use console_wire::overview::{Gap, History, HistoryPoint};
use hub_wire::Timestamp;

use crate::format::number::fixed;

/// Size of the drawing in its own units.
pub(crate) const SIZE: (f64, f64) = (320.0, 36.0);
/// Space above the highest and below the lowest value.
const MARGIN: f64 = 4.0;

/// A chart's geometry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Chart {
    /// The line's path.
    pub(crate) line: String,
    /// The area's path.
    pub(crate) area: String,
    /// The path of the times without samples, as wide rectangles.
    pub(crate) gaps: String,
}

/// Draws the samples.
pub(crate) fn chart(history: &History) -> Chart {
    let connected: Vec<f64> = history.points.iter().filter_map(|point| point.connected).map(float).collect();
    let (low, high) =
        connected.iter().fold((f64::MAX, 0.0_f64), |(low, high), at| (low.min(*at), high.max(*at)));
    let y = |connected: f64| {
        let share = if high > low { (connected - low) / (high - low) } else { 0.7 };
        SIZE.1 - MARGIN - share * (SIZE.1 - 2.0 * MARGIN)
    };
    let step = i64::from(history.step_minutes) * 60_000;
    let mut drawn = Chart::default();
    for run in runs(&history.points, step) {
        let mut points: Vec<(f64, f64)> =
            run.iter().map(|(at, value)| (x(history, *at), y(*value))).collect();
        // A point alone is as wide as the time that it sums up.
        if let ([one], Some((at, _))) = (points.as_slice(), run.first()) {
            let (_, y) = *one;
            points.push((x(history, Timestamp::from_unix_millis(at.unix_millis() + step)), y));
        }
        let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else { continue };
        let texts: Vec<_> =
            points.iter().map(|(x, y)| format!("{} {}", fixed(*x, 1), fixed(*y, 1))).collect();
        let line = format!("M{}", texts.join("L"));
        let floor = fixed(SIZE.1, 0);
        let _ = write!(drawn.area, "{line}L{} {floor}L{} {floor}Z", fixed(last.0, 1), fixed(first.0, 1));
        drawn.line.push_str(&line);
    }
    for Gap { from, to } in &history.gaps {
        let (from, to) = (x(history, *from), x(history, *to));
        let (from, to, floor) = (fixed(from, 1), fixed(to, 1), fixed(SIZE.1, 0));
        let _ = write!(drawn.gaps, "M{from} 0H{to}V{floor}H{from}Z");
    }
    drawn
}

/// Points that follow each other without a gap.
fn runs(points: &[HistoryPoint], step: i64) -> Vec<Vec<(Timestamp, f64)>> {
    let mut runs: Vec<Vec<(Timestamp, f64)>> = Vec::new();
    for point in points {
        let Some(connected) = point.connected else { continue };
        let follows = runs
            .last()
            .and_then(|run| run.last())
            .is_some_and(|(before, _)| point.time.unix_millis() - before.unix_millis() <= step);
        let value = (point.time, float(connected));
        match runs.last_mut() {
            Some(run) if follows => run.push(value),
            _ => runs.push(vec![value]),
        }
    }
    runs
}

fn x(history: &History, at: Timestamp) -> f64 {
    let span = history.to.unix_millis() - history.from.unix_millis();
    let share = float_of(at.unix_millis() - history.from.unix_millis()) / float_of(span.max(1));
    share.clamp(0.0, 1.0) * SIZE.0
}

fn float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let float = count as f64;
    float
}

fn float_of(millis: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let float = millis as f64;
    float
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_millis(minutes * 60_000)
    }

    fn history(points: &[(i64, Option<u64>)], gaps: &[(i64, i64)]) -> History {
        let point = |(minutes, connected): &(i64, Option<u64>)| HistoryPoint {
            time: at(*minutes),
            connected: *connected,
            devices: *connected,
            in_flight: 0,
            operations: 0,
            throttled: 0,
        };
        History {
            from: at(0),
            to: at(100),
            step_minutes: 10,
            points: points.iter().map(point).collect(),
            gaps: gaps.iter().map(|(from, to)| Gap { from: at(*from), to: at(*to) }).collect(),
            lowest: None,
        }
    }

    #[test]
    fn the_line_is_interrupted_where_nothing_was_measured() {
        let drawn = chart(&history(
            &[(0, Some(10)), (10, Some(20)), (20, None), (50, Some(15)), (60, Some(10))],
            &[(19, 50)],
        ));
        assert_eq!(drawn.line, "M0.0 32.0L32.0 4.0M160.0 18.0L192.0 32.0");
        assert_eq!(drawn.gaps, "M60.8 0H160.0V36H60.8Z");
        assert!(drawn.area.ends_with("L192.0 36L160.0 36Z"), "{}", drawn.area);
    }

    #[test]
    fn one_sample_is_a_short_line_and_none_is_nothing() {
        assert_eq!(chart(&history(&[(90, Some(7))], &[])).line, "M288.0 12.4L320.0 12.4");
        assert_eq!(chart(&history(&[], &[])), Chart::default());
    }
}
