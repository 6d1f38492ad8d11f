//! Cron expressions with five fields, compiled into a calendar.
//!
//! ```text
//! ┌ minute 0-59
//! │  ┌ hour 0-23
//! │  │ ┌ day of month 1-31
//! │  │ │ ┌ month 1-12 or JAN-DEC
//! │  │ │ │ ┌ day of week 0-7 or SUN-SAT, 0 and 7 are Sunday
//! 30 2 * * 1-5
//! ```
//!
//! A field is `*`, a value, a range `1-5`, or a list of these with commas; `*` and ranges may have a step: `*/15`, `8-17/3`. As
//! in Vixie cron, a day has to be in *either* of the two day fields when neither is `*`. What cron programs disagree about
//! is refused, with what to write instead; most of it is a rule of the calendar.

mod field;

use self::field::{Field, Values};
use crate::{
    calendar::Calendar,
    fault::Fault,
    rule::{DayRule, Weekday},
    time_of_day::TimeOfDay,
};

/// Longest expression, in characters.
const MAX_LENGTH: usize = 200;

/// Reads an expression.
pub(crate) fn compile(expression: &str) -> Result<Calendar, Fault> {
    if expression.chars().count() > MAX_LENGTH {
        return Err(fault(
            "it is longer than 200 characters",
            "use a rule of type calendar, or several schedules",
        ));
    }
    let words = words(expression);
    if let Some((column, word)) = words.first() {
        refuse_prefix(word).map_err(|wrong| wrong.at(*column))?;
    }
    let [minute, hour, day, month, weekday] = words.as_slice() else {
        return Err(wrong_number_of_fields(&words));
    };
    let minutes = field::parse(Field::Minute, *minute)?;
    let hours = field::parse(Field::Hour, *hour)?;
    let days = field::parse(Field::DayOfMonth, *day)?;
    let months = field::parse(Field::Month, *month)?;
    let weekdays = field::parse(Field::DayOfWeek, *weekday)?;
    let days = day_rules(&days, &weekdays).map_err(|wrong| wrong.at(day.0))?;
    let times = hours.iter().flat_map(|hour| minutes.iter().filter_map(move |at| TimeOfDay::new(hour, at)));
    Ok(Calendar::new(days, months.iter().collect(), times.collect()))
}

/// The two day fields. A day is in the union of what is restricted.
fn day_rules(days: &Values, weekdays: &Values) -> Result<Vec<DayRule>, Fault> {
    let of_month = || DayRule::DaysOfMonth { days: days.iter().collect() };
    let of_week = || {
        let named = |weekday: &Weekday| weekdays.has((weekday.index() + 1) % 7);
        DayRule::Weekdays { weekdays: Weekday::ALL.into_iter().filter(named).collect() }
    };
    match (days.is_star(), weekdays.is_star()) {
        (true, true) => Ok(vec![DayRule::EveryDay {}]),
        (false, true) => Ok(vec![of_month()]),
        (true, false) => Ok(vec![of_week()]),
        // Vixie cron takes the intersection if either begins with a star, and other programs the union.
        (false, false) if days.begins_with_star || weekdays.begins_with_star => Err(fault(
            "cron programs disagree about a step of * in one day field beside days in the other",
            "write the days of the step as a list, such as 1,3,5, or * in one of the two fields",
        )),
        (false, false) => Ok(vec![of_month(), of_week()]),
    }
}

/// The words of a text with the columns at which they begin, in characters from 1.
fn words(text: &str) -> Vec<(u32, &str)> {
    let mut words: Vec<(u32, &str)> = Vec::new();
    let mut begun = None;
    let end = std::iter::once((text.len(), ' '));
    for (column, (at, letter)) in (1_u32..).zip(text.char_indices().chain(end)) {
        match (begun, letter.is_whitespace()) {
            (None, false) => begun = Some((column, at)),
            (Some((column, from)), true) => {
                words.push((column, &text[from..at]));
                begun = None;
            }
            _ => {}
        }
    }
    words
}

fn refuse_prefix(word: &str) -> Result<(), Fault> {
    if word.starts_with("CRON_TZ=") || word.starts_with("TZ=") {
        return Err(fault(
            "the zone is not part of the expression",
            "leave it out here and write it into zone",
        ));
    }
    if !word.starts_with('@') {
        return Ok(());
    }
    let what_to_do = match word {
        "@yearly" | "@annually" => "write 0 0 1 1 *",
        "@monthly" => "write 0 0 1 * *",
        "@weekly" => "write 0 0 * * 0",
        "@daily" | "@midnight" => "write 0 0 * * *",
        "@hourly" => "write 0 * * * *",
        "@reboot" => {
            "a schedule runs by the clock; runs that a restart missed are caught up by runs.catchUpSeconds"
        }
        "@every" => "use a rule of type interval",
        _ => "write five fields such as 30 2 * * 1-5",
    };
    Err(fault(format!("{word} is not taken"), what_to_do))
}

fn wrong_number_of_fields(words: &[(u32, &str)]) -> Fault {
    match words.len() {
        0 => fault("it is empty", "write five fields such as 30 2 * * 1-5"),
        few @ 1..5 => fault(
            format!("it has {few} of 5 fields"),
            "write minute, hour, day of month, month and day of week, such as 30 2 * * 1-5",
        ),
        many => {
            let sixth = words[5].0;
            let what_to_do = "write five: leave out the seconds in front and the year behind";
            fault(format!("it has {many} fields instead of 5"), what_to_do).at(sixth)
        }
    }
}

fn fault(what: impl Into<String>, what_to_do: impl Into<String>) -> Fault {
    Fault::new("rule.expression", what, what_to_do)
}

#[cfg(test)]
mod tests;
