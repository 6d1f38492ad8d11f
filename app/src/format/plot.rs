//! The geometry of a line chart: a line, the area under it, and its scale.

use super::number::fixed;

/// Width of the drawing in its own units.
pub(crate) const WIDTH: f64 = 640.0;
/// Height of the drawing in its own units.
pub(crate) const HEIGHT: f64 = 96.0;

/// A chart's geometry.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plot {
    /// The line's path; empty below two values.
    pub(crate) line: String,
    /// The area's path.
    pub(crate) area: String,
    /// The number at the top of the scale; the scale begins at 0.
    pub(crate) top: f64,
}

/// The geometry of values, the newest at the right edge of a chart with room for `slots` of them.
pub(crate) fn plot(values: &[f64], slots: usize) -> Plot {
    let top = ceiling(values.iter().copied().fold(0.0, f64::max));
    if values.len() < 2 {
        return Plot { top, ..Plot::default() };
    }
    let step = WIDTH / float(slots.saturating_sub(1).max(1));
    let begin = WIDTH - step * float(values.len() - 1);
    let points: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let (x, y) = (begin + step * float(index), HEIGHT - value / top * HEIGHT);
            format!("{} {}", fixed(x, 1), fixed(y, 1))
        })
        .collect();
    let line = format!("M{}", points.join("L"));
    let (floor, end, begin) = (fixed(HEIGHT, 0), fixed(WIDTH, 1), fixed(begin, 1));
    let area = format!("{line}L{end} {floor}L{begin} {floor}Z");
    Plot { line, area, top }
}

/// The next of 2, 4, 10, 20, 40, 100 and so on, so that half of it is whole too.
pub(crate) fn ceiling(most: f64) -> f64 {
    let mut top = 2.0;
    while top < most {
        for factor in [2.0, 5.0] {
            if top * factor >= most {
                return top * factor;
            }
        }
        top *= 10.0;
    }
    top
}

fn float(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing has a few hundred points")]
    let float = count as f64;
    float
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales() {
        for (most, top) in
            [(0.0, 2.0), (2.0, 2.0), (3.0, 4.0), (9.0, 10.0), (11.0, 20.0), (100.0, 100.0), (101.0, 200.0)]
        {
            assert_eq!(ceiling(most).to_bits(), f64::to_bits(top), "{most}");
        }
    }

    #[test]
    fn the_newest_is_at_the_right_edge() {
        let drawn = plot(&[0.0, 1.0, 2.0], 5);
        assert_eq!(drawn.line, "M320.0 96.0L480.0 48.0L640.0 0.0");
        assert!(drawn.area.ends_with("L640.0 96L320.0 96Z"), "{}", drawn.area);
        assert_eq!(plot(&[7.0], 5), Plot { top: 10.0, ..Plot::default() });
    }
}
