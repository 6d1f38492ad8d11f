//! A rule of the calendar, ready to be searched. Cron expressions become this too.

use jiff::civil::{Date, DateTime};

use crate::{
    exclusions::Exclusions,
    rule::{DayRule, Weekday},
    time_of_day::TimeOfDay,
};

/// How many months a search looks ahead: 41 years. The rarest day that there is, a 29 February on a given weekday, comes within 40
/// (from 2072 to 2112, since 2100 is no leap year).
const MONTHS_AHEAD: u32 = 41 * 12;

/// Days × times of the day.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    days: Vec<DayRule>,
    /// 1 to 12, sorted; all twelve when the rule names none.
    months: Vec<u8>,
    /// Sorted, without doubles, at least one.
    times: Vec<TimeOfDay>,
    runs_every_hour: bool,
}

impl Calendar {
    /// `months` may be empty, which means all of them; `times` has at least one.
    pub(crate) fn new(days: Vec<DayRule>, mut months: Vec<u8>, mut times: Vec<TimeOfDay>) -> Self {
        if months.is_empty() {
            months = (1..=12).collect();
        }
        months.sort_unstable();
        months.dedup();
        times.sort_unstable();
        times.dedup();
        let runs_every_hour = have_same_minutes_every_hour(&times);
        Self { days, months, times, runs_every_hour }
    }

    pub(crate) fn days(&self) -> &[DayRule] {
        &self.days
    }

    /// 1 to 12, sorted.
    pub(crate) fn months(&self) -> &[u8] {
        &self.months
    }

    /// Sorted, without doubles.
    pub(crate) fn times(&self) -> &[TimeOfDay] {
        &self.times
    }

    /// Whether every hour of the day has the same minutes. Such a rule means elapsed time, not times of the day.
    pub(crate) fn runs_every_hour(&self) -> bool {
        self.runs_every_hour
    }

    /// Whether it names any date at all; 31 February is none.
    pub(crate) fn has_dates(&self) -> bool {
        self.first_date(Date::constant(2000, 1, 1)).is_some()
    }

    /// The first time at or after `from` on a day that is not excluded; nothing when there is none within 41 years or in the
    /// calendar that jiff knows, which ends with the year 9999.
    pub(crate) fn first_at_or_after(&self, from: DateTime, exclusions: &Exclusions) -> Option<DateTime> {
        let has_passed = |time: &TimeOfDay| time.to_civil() < from.time();
        let today = self.times.get(self.times.partition_point(has_passed));
        let mut day = if today.is_some() { from.date() } else { from.date().tomorrow().ok()? };
        loop {
            let date = self.first_date(day)?;
            let Some(last_excluded) = exclusions.last_day_of_range(date) else {
                let time = today.filter(|_| date == from.date()).or(self.times.first())?;
                return Some(date.to_datetime(time.to_civil()));
            };
            day = last_excluded.tomorrow().ok()?;
        }
    }

    fn first_date(&self, from: Date) -> Option<Date> {
        let (mut year, mut month, mut first_day) = (from.year(), from.month(), from.day());
        for _ in 0..MONTHS_AHEAD {
            if self.months.binary_search(&month.unsigned_abs()).is_ok()
                && let Some(date) = self.first_date_in_month(Date::new(year, month, 1).ok()?, first_day)
            {
                return Some(date);
            }
            (year, month) = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
            first_day = 1;
        }
        None
    }

    fn first_date_in_month(&self, first_of_month: Date, first_day: i8) -> Option<Date> {
        let month = Month::of(first_of_month);
        let mut days = first_day.unsigned_abs()..=month.days;
        let day = days.find(|day| self.days.iter().any(|rule| month.has(*day, rule)))?;
        Date::new(first_of_month.year(), first_of_month.month(), day.cast_signed()).ok()
    }
}

/// `times` is sorted and without doubles.
fn have_same_minutes_every_hour(times: &[TimeOfDay]) -> bool {
    let per_hour = times.len() / 24;
    per_hour > 0
        && times.len() == per_hour * 24
        && times.iter().enumerate().all(|(index, time)| {
            usize::from(time.hour()) == index / per_hour && time.minute() == times[index % per_hour].minute()
        })
}

/// What is to be known of a month to say which of its days a rule names.
struct Month {
    days: u8,
    first_weekday: Weekday,
}

impl Month {
    fn of(first: Date) -> Self {
        Self { days: first.days_in_month().unsigned_abs(), first_weekday: first.weekday().into() }
    }

    /// Whether the rule names a day of this month, 1 to its last.
    fn has(&self, day: u8, rule: &DayRule) -> bool {
        let weekday = self.first_weekday.plus(day - 1);
        let days_left = self.days - day;
        match rule {
            DayRule::EveryDay {} => true,
            DayRule::Weekdays { weekdays } => weekdays.contains(&weekday),
            DayRule::DaysOfMonth { days } => days.contains(&day),
            DayRule::NthWeekday { nth, weekday: named } => weekday == *named && (day - 1) / 7 + 1 == *nth,
            DayRule::LastWeekday { weekday: named } => weekday == *named && days_left < 7,
            DayRule::LastDay {} => days_left == 0,
            DayRule::LastWorkday {} => {
                weekday.is_workday() && (days_left == 0 || weekday == Weekday::Friday && days_left <= 2)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;
    use crate::spec::Exclusion;

    fn at(text: &str) -> TimeOfDay {
        text.parse().unwrap()
    }

    fn dates(days: Vec<DayRule>, months: &[u8], from: Date, count: usize) -> Vec<String> {
        let calendar = Calendar::new(days, months.to_vec(), vec![at("02:30")]);
        let mut from = from.at(0, 0, 0, 0);
        let mut found = Vec::new();
        while found.len() < count {
            let next = calendar.first_at_or_after(from, &Exclusions::default()).unwrap();
            found.push(next.date().to_string());
            from = next.date().tomorrow().unwrap().at(0, 0, 0, 0);
        }
        found
    }

    #[test]
    fn each_day_rule_names_its_dates() {
        use Weekday::{Friday, Monday, Saturday, Sunday};
        let weekdays = |weekdays: &[Weekday]| DayRule::Weekdays { weekdays: weekdays.to_vec() };
        let days = |days: &[u8]| DayRule::DaysOfMonth { days: days.to_vec() };
        for (rules, months, expected) in [
            (vec![DayRule::EveryDay {}], vec![], ["2026-11-30", "2026-12-01", "2026-12-02"]),
            (vec![weekdays(&[Saturday, Sunday])], vec![], ["2026-12-05", "2026-12-06", "2026-12-12"]),
            (vec![days(&[31])], vec![], ["2026-12-31", "2027-01-31", "2027-03-31"]),
            (vec![days(&[29])], vec![2], ["2028-02-29", "2032-02-29", "2036-02-29"]),
            (
                vec![DayRule::NthWeekday { nth: 1, weekday: Monday }],
                vec![],
                ["2026-12-07", "2027-01-04", "2027-02-01"],
            ),
            (
                vec![DayRule::NthWeekday { nth: 5, weekday: Friday }],
                vec![],
                ["2027-01-29", "2027-04-30", "2027-07-30"],
            ),
            (
                vec![DayRule::LastWeekday { weekday: Sunday }],
                vec![3, 10],
                ["2027-03-28", "2027-10-31", "2028-03-26"],
            ),
            (vec![DayRule::LastDay {}], vec![2], ["2027-02-28", "2028-02-29", "2029-02-28"]),
            (vec![DayRule::LastWorkday {}], vec![1, 2, 5], ["2027-01-29", "2027-02-26", "2027-05-31"]),
            // The union of both, as cron has it.
            (vec![days(&[13]), weekdays(&[Friday])], vec![], ["2026-12-04", "2026-12-11", "2026-12-13"]),
        ] {
            assert_eq!(dates(rules.clone(), &months, date(2026, 11, 30), 3), expected, "{rules:?}");
        }
    }

    #[test]
    fn the_rarest_date_is_found_and_an_impossible_one_is_not() {
        let fifth_monday = vec![DayRule::NthWeekday { nth: 5, weekday: Weekday::Monday }];
        assert_eq!(dates(fifth_monday, &[2], date(2072, 3, 1), 1), ["2112-02-29"]);
        for (days, months) in [(vec![31], vec![2, 4, 6, 9, 11]), (vec![30], vec![2])] {
            let rule = DayRule::DaysOfMonth { days };
            assert!(!Calendar::new(vec![rule.clone()], months, vec![at("00:00")]).has_dates(), "{rule:?}");
        }
    }

    #[test]
    fn times_of_the_same_day_come_before_the_next_day() {
        let calendar = Calendar::new(vec![DayRule::EveryDay {}], vec![], vec![at("18:00"), at("06:00")]);
        let none = Exclusions::default();
        for (from, expected) in [
            (datetime(2026, 5, 1, 5, 59, 59, 0), datetime(2026, 5, 1, 6, 0, 0, 0)),
            (datetime(2026, 5, 1, 6, 0, 0, 0), datetime(2026, 5, 1, 6, 0, 0, 0)),
            (datetime(2026, 5, 1, 6, 0, 0, 1), datetime(2026, 5, 1, 18, 0, 0, 0)),
            (datetime(2026, 5, 31, 18, 1, 0, 0), datetime(2026, 6, 1, 6, 0, 0, 0)),
        ] {
            assert_eq!(calendar.first_at_or_after(from, &none), Some(expected), "{from}");
        }
        let may = Exclusions::new(&[Exclusion { from: date(2026, 5, 1), to: Some(date(2026, 5, 31)) }]);
        let after = calendar.first_at_or_after(datetime(2026, 5, 1, 7, 0, 0, 0), &may);
        assert_eq!(after, Some(datetime(2026, 6, 1, 6, 0, 0, 0)));
        let last = datetime(9999, 12, 31, 18, 1, 0, 0);
        assert_eq!(calendar.first_at_or_after(last, &none), None);
    }

    #[test]
    fn a_rule_with_the_same_minutes_in_every_hour_is_known() {
        let every = |minutes: &[u8], hours: std::ops::Range<u8>| {
            let times = hours.flat_map(|hour| minutes.iter().filter_map(move |at| TimeOfDay::new(hour, *at)));
            Calendar::new(vec![DayRule::EveryDay {}], vec![], times.collect())
        };
        assert!(every(&[0], 0..24).runs_every_hour());
        assert!(every(&[5, 35], 0..24).runs_every_hour());
        assert!(!every(&[0, 30], 0..12).runs_every_hour());
        assert!(!every(&[0], 0..23).runs_every_hour());
        let uneven = (0..24).map(|hour| TimeOfDay::new(hour, hour).unwrap()).collect();
        assert!(!Calendar::new(vec![DayRule::EveryDay {}], vec![], uneven).runs_every_hour());
    }
}
