//! The days of a rule in words.

use super::list;
use crate::rule::{DayRule, Weekday};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of a rule.
pub(super) enum Phrase {
    /// Every day of every month.
    EveryDay,
    /// Others, such as `the last day of each month`.
    Some(String),
}

impl Phrase {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::EveryDay => "every day",
            Self::Some(text) => text,
        }
    }
}

/// The days and the months, 1 to 12 and sorted, of a rule.
pub(super) fn phrase(days: &[DayRule], months: &[u8]) -> Phrase {
    let is_every_month = months.len() == MONTHS.len();
    if days.contains(&DayRule::EveryDay {}) {
        return if is_every_month {
            Phrase::EveryDay
        } else {
            Phrase::Some(format!("every day in {}", names_of(months)))
        };
    }
    let of_months =
        if is_every_month { "of each month".to_owned() } else { format!("of {}", names_of(months)) };
    let named: Vec<_> = days.iter().map(|rule| one(rule, &of_months)).collect();
    let only_weekdays = days.iter().all(|rule| matches!(rule, DayRule::Weekdays { .. }));
    let text = list(named);
    Phrase::Some(if only_weekdays && !is_every_month {
        format!("{text} in {}", names_of(months))
    } else if days.len() > 1 {
        // Sets the days apart from the times that follow: "the 13th of each month and Fridays, at 00:00".
        format!("{text},")
    } else {
        text
    })
}

fn one(rule: &DayRule, of_months: &str) -> String {
    match rule {
        DayRule::EveryDay {} => "every day".into(),
        DayRule::Weekdays { weekdays: named } => weekdays(named),
        DayRule::DaysOfMonth { days } => {
            let mut days = days.clone();
            days.sort_unstable();
            days.dedup();
            format!("the {} {of_months}", list(days.into_iter().map(ordinal)))
        }
        DayRule::NthWeekday { nth, weekday } => {
            let nth = match nth {
                1 => "first",
                2 => "second",
                3 => "third",
                4 => "fourth",
                _ => "fifth",
            };
            format!("the {nth} {} {of_months}", weekday.name())
        }
        DayRule::LastWeekday { weekday } => format!("the last {} {of_months}", weekday.name()),
        DayRule::LastDay {} => format!("the last day {of_months}"),
        DayRule::LastWorkday {} => format!("the last workday (Monday to Friday) {of_months}"),
    }
}

/// `Monday to Friday`, `Saturdays and Sundays`, `Mondays, Wednesdays and Fridays`.
fn weekdays(named: &[Weekday]) -> String {
    let mut days = named.to_vec();
    days.sort_unstable();
    days.dedup();
    match days.as_slice() {
        [first, .., last]
            if days.len() > 2 && usize::from(last.index() - first.index()) + 1 == days.len() =>
        {
            format!("{} to {}", first.name(), last.name())
        }
        _ => list(days.iter().map(|day| format!("{}s", day.name()))),
    }
}

fn names_of(months: &[u8]) -> String {
    let name = |month: &u8| MONTHS[usize::from(month - 1) % MONTHS.len()].to_owned();
    match months {
        [first, .., last] if months.len() > 2 && usize::from(last - first) + 1 == months.len() => {
            format!("{} to {}", name(first), name(last))
        }
        _ => list(months.iter().map(name)),
    }
}

fn ordinal(day: u8) -> String {
    let ending = match day {
        11..=13 => "th",
        _ if day % 10 == 1 => "st",
        _ if day % 10 == 2 => "nd",
        _ if day % 10 == 3 => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}
