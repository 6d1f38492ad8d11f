//! Small plots of how figures grow: one panel a figure, both axes logarithmic, as SVG that follows the reader's light or
//! dark page.

use std::fmt::Write;

use crate::figure::{Budget, Figure, count, number, whole};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 190.0;
/// Space around a panel's field, for labels and numbers.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 34.0;
/// Panels in a row.
const ACROSS: usize = 3;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#3d4450}.title{font-weight:600;fill:#14181f}\
     .axis{stroke:#c9ced6}.ours{stroke:#0b62c4;fill:none;stroke-width:2}.dot{fill:#0b62c4}\
     .theirs{stroke:#7a828e;fill:none;stroke-width:1.5;stroke-dasharray:5 3}.budget{stroke:#b3261e;stroke-dasharray:2 3}\
     @media(prefers-color-scheme:dark){text{fill:#b6bdc8}.title{fill:#eef1f5}.axis{stroke:#444b57}\
     .ours{stroke:#6db1ff}.dot{fill:#6db1ff}.theirs{stroke:#9aa3b0}.budget{stroke:#ff8a80}}";

/// Panels for every figure that was measured at more than one size; none when there is nothing to plot.
pub(crate) fn plot(figures: &[Figure]) -> Option<String> {
    let series: Vec<Vec<&Figure>> = series(figures).into_iter().filter(|series| series.len() > 1).collect();
    if series.is_empty() {
        return None;
    }
    let (across, down) = (series.len().min(ACROSS), series.len().div_ceil(ACROSS));
    let (width, height) = (WIDTH * count(across), HEIGHT * count(down));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\"><style>{STYLE}</style>\n"
    );
    for (index, series) in series.iter().enumerate() {
        let (x, y) = (index % ACROSS, index / ACROSS);
        let (x, y) = (WIDTH * count(x), HEIGHT * count(y));
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">{}</g>", panel(series));
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// Figures of the same name, in the order of their first.
fn series(figures: &[Figure]) -> Vec<Vec<&Figure>> {
    let mut all: Vec<Vec<&Figure>> = Vec::new();
    for figure in figures {
        match all.iter_mut().find(|series| series[0].what == figure.what) {
            Some(series) => series.push(figure),
            None => all.push(vec![figure]),
        }
    }
    all
}

/// A logarithmic axis: where a value lies between two ends, from 0 to 1.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Wide enough for all values, and never of no width.
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| *value > 0.0) {
            (low, high) = (low.min(value.log10()), high.max(value.log10()));
        }
        if !low.is_finite() {
            (low, high) = (0.0, 1.0);
        }
        // A nearly constant series must not be scaled to look variable.
        let missing = (1.0 - (high - low)).max(0.0) / 2.0;
        Self { low: low - missing, high: high + missing }
    }

    fn at(&self, value: f64) -> f64 {
        ((value.max(1e-12).log10() - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

fn panel(series: &[&Figure]) -> String {
    let theirs = |figure: &Figure| figure.baseline.as_ref().map(|baseline| baseline.value);
    let bounds = series.iter().filter_map(|figure| figure.budget).map(Budget::bound);
    let sizes = Axis::of(series.iter().map(|figure| count(figure.size)));
    let values = Axis::of(
        series.iter().flat_map(|figure| [Some(figure.value), theirs(figure)]).flatten().chain(bounds.clone()),
    );
    let x = |size: usize| LEFT + sizes.at(count(size)) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (1.0 - values.at(value)) * (HEIGHT - TOP - BOTTOM);
    let line = |points: Vec<(usize, f64)>| {
        points
            .iter()
            .map(|(size, value)| format!("{:.1},{:.1}", x(*size), y(*value)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let first = series[0];
    let (left, right, bottom) = (LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM);
    let mut svg = format!(
        "<text class=\"title\" x=\"8\" y=\"17\">{}</text><text x=\"8\" y=\"32\">{}</text>\
         <path class=\"axis\" d=\"M{left} {TOP}V{bottom}H{right}\" fill=\"none\"/>",
        first.what, first.unit
    );
    for bound in bounds {
        let _ = write!(svg, "<path class=\"budget\" d=\"M{left} {0:.1}H{right}\"/>", y(bound));
    }
    let ours = line(series.iter().map(|figure| (figure.size, figure.value)).collect());
    let beside = line(series.iter().filter_map(|figure| Some((figure.size, theirs(figure)?))).collect());
    let _ = write!(
        svg,
        "<polyline class=\"theirs\" points=\"{beside}\"/><polyline class=\"ours\" points=\"{ours}\"/>"
    );
    for figure in series {
        let (x, y) = (x(figure.size), y(figure.value));
        let _ = write!(
            svg,
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y - 7.0,
            number(figure.value),
            bottom + 15.0,
            whole(figure.size)
        );
    }
    let _ =
        write!(svg, "<text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", bottom + 29.0, first.of);
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_for_each_series_of_more_than_one() {
        let figure = |what, size| Figure::new(what, size, "devices", 10.0, "devices/s");
        assert_eq!(plot(&[figure("alone", 1)]), None);
        let svg =
            plot(&[figure("a", 1), figure("b", 1), figure("a", 10), figure("b", 10), figure("alone", 1)])
                .unwrap();
        assert_eq!(svg.matches("<g ").count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("alone"), "{svg}");
    }

    #[test]
    fn constant_values_are_in_the_middle() {
        let axis = Axis::of([5.0, 5.0].into_iter());
        assert!((axis.at(5.0) - 0.5).abs() < 1e-9);
        assert!(Axis::of(std::iter::empty()).at(1.0).is_finite());
    }
}
