//! Days without runs, ready to be searched.

use jiff::civil::Date;

use crate::spec::Exclusion;

/// Ranges of days, both ends in them, sorted and apart from each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions(Vec<(Date, Date)>);

impl Exclusions {
    pub(crate) fn new(exclusions: &[Exclusion]) -> Self {
        let mut ranges: Vec<_> =
            exclusions.iter().map(|range| (range.from, range.to.unwrap_or(range.from))).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(Date, Date)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// The last day of the range that a day is in; nothing when the day is not excluded.
    pub(crate) fn last_day_of_range(&self, date: Date) -> Option<Date> {
        let after = self.0.partition_point(|(from, _)| *from <= date);
        let (_, to) = self.0[..after].last()?;
        (date <= *to).then_some(*to)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_found_in_its_range() {
        let range = |from, to| Exclusion { from, to };
        let exclusions = Exclusions::new(&[
            range(date(2026, 12, 24), Some(date(2026, 12, 31))),
            range(date(2026, 5, 1), None),
            range(date(2026, 12, 30), Some(date(2027, 1, 6))),
            range(date(2026, 12, 26), Some(date(2026, 12, 27))),
        ]);
        for (day, last) in [
            (date(2026, 4, 30), None),
            (date(2026, 5, 1), Some(date(2026, 5, 1))),
            (date(2026, 5, 2), None),
            (date(2026, 12, 23), None),
            (date(2026, 12, 24), Some(date(2027, 1, 6))),
            (date(2026, 12, 28), Some(date(2027, 1, 6))),
            (date(2027, 1, 6), Some(date(2027, 1, 6))),
            (date(2027, 1, 7), None),
        ] {
            assert_eq!(exclusions.last_day_of_range(day), last, "{day}");
        }
        assert_eq!(Exclusions::default().last_day_of_range(date(2026, 5, 1)), None);
    }
}
