//! A measured value, its budget and its baseline.

/// One measured value.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// What it is; the same for every size of a series.
    pub(crate) what: &'static str,
    /// Devices, watchers, jobs: how many there were.
    pub(crate) size: usize,
    /// What [`Figure::size`] counts.
    pub(crate) of: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The design's budget; only at full size.
    pub(crate) budget: Option<Budget>,
    /// The same work done by something else in the same run.
    pub(crate) baseline: Option<Baseline>,
}

/// A bound on the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Budget {
    AtMost(f64),
    AtLeast(f64),
}

impl Budget {
    /// Where it lies, whichever side is the good one.
    pub(crate) fn bound(self) -> f64 {
        let (Self::AtMost(bound) | Self::AtLeast(bound)) = self;
        bound
    }
}

/// The baseline of a value.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    /// What did the work.
    pub(crate) by: &'static str,
    /// In the figure's own unit.
    pub(crate) value: f64,
    /// How much longer than the baseline (or larger) ours may be; none when it is only shown.
    pub(crate) at_most: Option<f64>,
}

impl Figure {
    /// A value without a budget.
    pub(crate) fn new(
        what: &'static str,
        size: usize,
        of: &'static str,
        value: f64,
        unit: &'static str,
    ) -> Self {
        Self { what, size, of, value, unit, budget: None, baseline: None }
    }

    /// With the design's budget, if this is the full size.
    pub(crate) fn within(mut self, budget: Budget, is_full: bool) -> Self {
        self.budget = is_full.then_some(budget);
        self
    }

    /// Beside the same work done otherwise.
    pub(crate) fn beside(mut self, by: &'static str, value: f64, at_most: Option<f64>) -> Self {
        self.baseline = Some(Baseline { by, value, at_most });
        self
    }

    /// A rate: more is better.
    pub(crate) fn is_rate(&self) -> bool {
        self.unit.ends_with("/s")
    }

    /// How many times the baseline's time (or amount) ours took.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let baseline = self.baseline.as_ref()?;
        Some(if self.is_rate() { baseline.value / self.value } else { self.value / baseline.value })
    }

    /// Whether the bounds hold; none when there are none.
    pub(crate) fn is_met(&self) -> Option<bool> {
        let budget = self.budget.map(|budget| match budget {
            Budget::AtMost(bound) => self.value <= bound,
            Budget::AtLeast(bound) => self.value >= bound,
        });
        let ratio = self
            .ratio()
            .zip(self.baseline.as_ref().and_then(|it| it.at_most))
            .map(|(ratio, most)| ratio <= most);
        match (budget, ratio) {
            (None, None) => None,
            (budget, ratio) => Some(budget.unwrap_or(true) && ratio.unwrap_or(true)),
        }
    }

    /// The cells of its row: what, size, figure, budget, baseline, ratio, met.
    pub(crate) fn cells(&self) -> [String; 7] {
        let budget = match self.budget {
            None => String::new(),
            Some(Budget::AtMost(bound)) => format!("≤ {}", number(bound)),
            Some(Budget::AtLeast(bound)) => format!("≥ {}", number(bound)),
        };
        let baseline = self.baseline.as_ref().map(|it| format!("{} ({})", number(it.value), it.by));
        let ratio = self.ratio().map(|ratio| {
            let most = self.baseline.as_ref().and_then(|it| it.at_most);
            most.map_or_else(|| format!("{ratio:.2}"), |most| format!("{ratio:.2} (≤ {most})"))
        });
        [
            self.what.to_owned(),
            format!("{} {}", whole(self.size), self.of),
            format!("{} {}", number(self.value), self.unit),
            budget,
            baseline.unwrap_or_default(),
            ratio.unwrap_or_default(),
            match self.is_met() {
                None => String::new(),
                Some(true) => "met".to_owned(),
                Some(false) => "**missed**".to_owned(),
            },
        ]
    }
}

/// The heads of [`Figure::cells`].
pub(crate) const HEADS: [&str; 7] = ["what", "size", "figure", "budget", "baseline", "ratio", ""];

/// Three digits that count, thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value >= 1000.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is rounded and not negative"
        )]
        return whole(value.round() as usize);
    }
    match value {
        0.0 => "0".to_owned(),
        value if value < 1.0 => format!("{value:.3}"),
        value if value < 10.0 => trimmed(&format!("{value:.2}")),
        value if value < 100.0 => trimmed(&format!("{value:.1}")),
        value => format!("{value:.0}"),
    }
}

fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number, thousands apart.
pub(crate) fn whole(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The value in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which such a share lies; not a number for no values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (values.len() as f64 * share) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// A count as a number to reckon with.
pub(crate) fn count(value: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let value = value as f64;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_for_reading() {
        for (value, text) in [
            (0.0, "0"),
            (0.0123, "0.012"),
            (2.0, "2"),
            (2.346, "2.35"),
            (34.56, "34.6"),
            (345.6, "346"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn bounds() {
        let figure = Figure::new("a", 1, "devices", 100.0, "devices/s");
        assert_eq!(figure.is_met(), None);
        let within = figure.clone().within(Budget::AtLeast(90.0), true);
        assert_eq!(within.is_met(), Some(true));
        assert_eq!(figure.clone().within(Budget::AtLeast(110.0), false).is_met(), None);
        let slow = within.beside("other", 150.0, Some(1.3));
        assert_eq!((slow.ratio(), slow.is_met()), (Some(1.5), Some(false)));
    }

    #[test]
    fn quantiles() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((quantile(&mut values, 0.99) - 100.0).abs() < 1e-9);
        assert!((median(&mut values) - 51.0).abs() < 1e-9);
        assert!(median(&mut []).is_nan());
    }
}
