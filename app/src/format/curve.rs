//! The charts of how a job's devices ended: the share over time beside the typical run, and results a minute beside the
//! hub's limit. Geometry and words; no browser.

use std::fmt::Write as _;

use console_wire::curve::{Curve, TYPICAL_STEPS};

use super::{
    number::{count_noun, fixed, grouped, share},
    plot::{HEIGHT, WIDTH, ceiling},
    time,
};

/// Rows of the table for readers.
const ROWS: u64 = 10;

/// Both charts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CurveChart {
    /// The share that has ended, as a path; it ends now.
    pub(crate) line: String,
    /// The area under it.
    pub(crate) area: String,
    /// The typical run as a path; empty where it is not known.
    pub(crate) typical: String,
    /// Results a minute as a path of bars.
    pub(crate) bars: String,
    /// The hub's limit as a path; empty where it has none.
    pub(crate) limit: String,
    /// The number at the top of the scale of results a minute.
    pub(crate) top: f64,
    /// The time at the right edge, in milliseconds.
    pub(crate) width_ms: u64,
}

/// The charts of a curve of a job on so many devices.
pub(crate) fn chart(curve: &Curve, devices: u64) -> CurveChart {
    let typical_end = curve.typical.as_ref().and_then(|typical| typical.times_ms.last().copied());
    let width_ms = curve.span_ms.max(typical_end.unwrap_or_default()).max(curve.bucket_ms).max(1);
    let x = |millis: u64| fixed(float(millis.min(width_ms)) / float(width_ms) * WIDTH, 1);
    let y = |share: f64| fixed(HEIGHT - share.clamp(0.0, 1.0) * HEIGHT, 1);
    let mut line = format!("M0.0 {}", y(0.0));
    let mut ended = 0;
    for (part, count) in (1_u64..).zip(&curve.ended) {
        ended += count;
        let end = (part * curve.bucket_ms).min(curve.span_ms.max(1));
        // A text takes everything that is written into it.
        let _ = write!(line, "L{} {}", x(end), y(float(ended) / float(devices.max(1))));
    }
    let area = format!("{line}V{}L0.0 {}Z", fixed(HEIGHT, 1), fixed(HEIGHT, 1));
    let typical = curve.typical.as_ref().map_or_else(String::new, |typical| {
        let steps = (1_u32..).zip(&typical.times_ms);
        let points =
            steps.map(|(step, at)| format!("L{} {}", x(*at), y(f64::from(step) / f64::from(TYPICAL_STEPS))));
        format!("M0.0 {}{}", y(0.0), points.collect::<String>())
    });
    let most = curve.ended.iter().map(|count| a_minute(*count, curve.bucket_ms)).fold(0.0, f64::max);
    let limit_rate = curve.limit_per_minute.map(float);
    let top = ceiling(most.max(limit_rate.unwrap_or_default()));
    let bars = (0_u64..).zip(&curve.ended).filter(|(_, count)| **count > 0).map(|(part, count)| {
        let rate = y(a_minute(*count, curve.bucket_ms) / top);
        let (from, to) = (x(part * curve.bucket_ms), x((part + 1) * curve.bucket_ms));
        format!("M{from} {}V{rate}H{to}V{}Z", fixed(HEIGHT, 1), fixed(HEIGHT, 1))
    });
    let limit =
        limit_rate.map_or_else(String::new, |rate| format!("M0 {}H{}", y(rate / top), fixed(WIDTH, 0)));
    CurveChart { line, area, typical, bars: bars.collect(), limit, top, width_ms }
}

/// What the first chart shows: `61.2 % ended after 3 min; 58.0 % in the typical run, the median of 14 runs.`
pub(crate) fn sentence(curve: &Curve, devices: u64) -> String {
    let after = time::duration(curve.span_ms);
    if curve.total() == 0 {
        return "No device has ended yet.".to_owned();
    }
    let own = format!("{} ended after {after}", share(curve.total(), devices));
    match &curve.typical {
        Some(typical) => format!(
            "{own}; {} in the typical run, the median of {} runs.",
            percent(typical.share_at(curve.span_ms)),
            typical.runs
        ),
        None => format!("{own}. No typical run yet: it needs 3 completed runs before this one."),
    }
}

/// What the second chart shows.
pub(crate) fn rate_sentence(curve: &Curve) -> String {
    let most = curve.ended.iter().map(|count| a_minute(*count, curve.bucket_ms)).fold(0.0, f64::max);
    let most = format!("At most {} results a minute", rounded(most));
    match curve.limit_per_minute {
        Some(limit) => format!("{most}; the hub's limit is {} a minute.", grouped(limit)),
        None => format!("{most}. This hub has no limit."),
    }
}

/// A number of the scale of results a minute.
pub(crate) fn rounded(rate: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is a rounded positive number"
    )]
    let whole = rate.round() as u64;
    grouped(whole)
}

/// A row of the table: time since the start, devices that ended in it, share that has ended, share in the typical run.
pub(crate) type CurveRow = [String; 4];

/// The curve as a table of at most ten rows.
pub(crate) fn rows(curve: &Curve, devices: u64) -> Vec<CurveRow> {
    let parts = u64::try_from(curve.ended.len()).unwrap_or_default();
    let each = usize::try_from(parts.div_ceil(ROWS).max(1)).unwrap_or(usize::MAX);
    let mut ended = 0;
    let row = |(number, parts): (u64, &[u64])| {
        let here: u64 = parts.iter().sum();
        ended += here;
        let end = ((number + 1) * each as u64 * curve.bucket_ms).min(curve.span_ms);
        let typical = curve.typical.as_ref().map(|typical| percent(typical.share_at(end)));
        [
            time::duration(end),
            count_noun(here, "device", "devices"),
            share(ended, devices),
            typical.unwrap_or_else(|| "not known".to_owned()),
        ]
    };
    (0_u64..).zip(curve.ended.chunks(each)).map(row).collect()
}

fn a_minute(count: u64, bucket_ms: u64) -> f64 {
    float(count) * 60_000.0 / float(bucket_ms.max(1))
}

fn percent(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 1))
}

#[expect(clippy::cast_precision_loss, reason = "a drawing is made of rounded numbers")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use console_wire::curve::TypicalCurve;

    use super::*;

    fn curve(ended: &[u64]) -> Curve {
        Curve {
            bucket_ms: 1_000,
            ended: ended.to_vec(),
            span_ms: ended.len() as u64 * 1_000,
            typical: None,
            limit_per_minute: None,
        }
    }

    fn typical(last_ms: u64) -> Option<TypicalCurve> {
        let run: Vec<_> = (1..=u64::from(TYPICAL_STEPS)).map(|step| step * last_ms / 50).collect();
        TypicalCurve::median(&[run.clone(), run.clone(), run])
    }

    #[test]
    fn a_run_that_is_slower_than_usual() {
        let mut slow = curve(&[0, 5]);
        slow.typical = typical(4_000);
        let drawn = chart(&slow, 10);
        assert_eq!(drawn.width_ms, 4_000, "the typical run is longer");
        assert_eq!(drawn.line, "M0.0 96.0L160.0 96.0L320.0 48.0");
        assert!(drawn.typical.ends_with("L640.0 0.0"), "{}", drawn.typical);
        assert_eq!(
            sentence(&slow, 10),
            "50.0 % ended after 2.0 s; 50.0 % in the typical run, the median of 3 runs."
        );
    }

    #[test]
    fn results_a_minute_beside_the_limit() {
        let mut limited = curve(&[5, 10]);
        limited.limit_per_minute = Some(600);
        let drawn = chart(&limited, 20);
        assert!((drawn.top - 1000.0).abs() < 1e-9);
        assert_eq!(drawn.limit, "M0 38.4H640");
        assert_eq!(drawn.bars, "M0.0 96.0V67.2H320.0V96.0ZM320.0 96.0V38.4H640.0V96.0Z");
        assert_eq!(rate_sentence(&limited), "At most 600 results a minute; the hub's limit is 600 a minute.");
        assert_eq!(chart(&curve(&[1]), 1).limit, "");
    }

    #[test]
    fn nothing_has_ended() {
        assert_eq!(sentence(&curve(&[0]), 10), "No device has ended yet.");
        assert_eq!(chart(&curve(&[0]), 0).bars, "");
    }

    #[test]
    fn the_table_has_few_rows_and_every_device() {
        let long = curve(&[1; 120]);
        let rows = rows(&long, 120);
        assert_eq!(rows.len(), 10);
        assert_eq!(rows[0], ["12 s", "12 devices", "10.0 %", "not known"]);
        assert_eq!(rows[9][2], "100.0 %");
    }
}
