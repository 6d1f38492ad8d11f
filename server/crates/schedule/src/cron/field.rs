//! One field of a cron expression.

use super::fault;
use crate::fault::Fault;

/// Which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    /// The values that `*` stands for.
    fn range(self) -> (u8, u8) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
        }
    }

    /// The highest number that may be written.
    fn highest(self) -> u8 {
        if self == Self::DayOfWeek { 7 } else { self.range().1 }
    }

    /// Names of the values, from the lowest.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => {
                &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
            }
            Self::DayOfWeek => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
            _ => &[],
        }
    }

    /// What may be written for a value.
    fn expected(self) -> &'static str {
        match self {
            Self::Minute => "write 0 to 59, * or */5",
            Self::Hour => "write 0 to 23, * or */2",
            Self::DayOfMonth => "write 1 to 31 or *",
            Self::Month => "write 1 to 12, JAN to DEC or *",
            Self::DayOfWeek => "write 0 to 7, SUN to SAT or *",
        }
    }
}

/// The values of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values {
    field: Field,
    bits: u64,
    /// Whether the text begins with `*`.
    pub(super) begins_with_star: bool,
}

impl Values {
    pub(super) fn has(&self, value: u8) -> bool {
        self.bits & 1 << value != 0
    }

    /// From the lowest.
    pub(super) fn iter(&self) -> impl Iterator<Item = u8> + Clone + use<> {
        let values = *self;
        (0..60).filter(move |value| values.has(*value))
    }

    /// Whether it is `*`, or says the same by `*/1`. A range of all values such as `1-31` is not: cron counts it as a choice
    /// of days.
    pub(super) fn is_star(&self) -> bool {
        let (low, high) = self.field.range();
        self.begins_with_star && (low..=high).all(|value| self.has(value))
    }
}

/// Reads a field that begins at a column, from 1.
pub(super) fn parse(field: Field, (column, text): (u32, &str)) -> Result<Values, Fault> {
    let mut values = Values { field, bits: 0, begins_with_star: text.starts_with('*') };
    let mut column = column;
    for item in text.split(',') {
        let in_field = |wrong: Fault| {
            let what = format!("{}: {}", field.name(), wrong.what);
            Fault { what, ..wrong }.at(column)
        };
        values.bits |= parse_item(field, item).map_err(in_field)?;
        column += 1 + u32::try_from(item.chars().count()).unwrap_or(0);
    }
    Ok(values)
}

/// The bits of `*`, `5`, `1-5`, `*/2` or `1-5/2`.
fn parse_item(field: Field, item: &str) -> Result<u64, Fault> {
    refuse_extensions(field, item)?;
    let (base, step) = match item.split_once('/') {
        Some((base, step)) => (base, parse_step(field, item, step)?),
        None => (item, 1),
    };
    let (low, high) = if base == "*" {
        field.range()
    } else if let Some((low, high)) = base.split_once('-') {
        parse_range(field, low, high)?
    } else if base == item {
        let value = parse_value(field, base)?;
        (value, value)
    } else {
        let value = parse_value(field, base)?;
        let what_to_do = format!("write {value}-{}/{step}", field.range().1);
        return Err(fault(format!("{item} has a step without a range"), what_to_do));
    };
    let values = (low..=high).step_by(step.into());
    // Sunday may be written as 7.
    let as_kept = |value: u8| if field == Field::DayOfWeek { value % 7 } else { value };
    Ok(values.fold(0, |bits, value| bits | 1 << as_kept(value)))
}

fn parse_range(field: Field, low: &str, high: &str) -> Result<(u8, u8), Fault> {
    let (from, mut to) = (parse_value(field, low)?, parse_value(field, high)?);
    // The week of `FRI-SUN` ends with Sunday.
    if field == Field::DayOfWeek && to == 0 && from > 0 {
        to = 7;
    }
    if from > to {
        let (first, last) = field.range();
        let what_to_do = format!("write {from}-{last},{first}-{to}");
        return Err(fault(format!("{low}-{high} goes backwards"), what_to_do));
    }
    Ok((from, to))
}

fn parse_step(field: Field, item: &str, step: &str) -> Result<u8, Fault> {
    let (low, high) = field.range();
    match parse_number(step) {
        Some(step) if (1..=high - low).contains(&step) => Ok(step),
        _ => {
            let what = format!("{item} has a step that is out of range");
            Err(fault(what, format!("write a step of 1 to {}, or use a rule of type interval", high - low)))
        }
    }
}

fn parse_value(field: Field, text: &str) -> Result<u8, Fault> {
    let (low, _) = field.range();
    let by_name = (low..).zip(field.names()).find(|(_, name)| text.eq_ignore_ascii_case(name));
    by_name
        .map(|(value, _)| value)
        .or_else(|| parse_number(text).filter(|number| (low..=field.highest()).contains(number)))
        .ok_or_else(|| fault(format!("{text:?} is not a value"), field.expected()))
}

fn parse_number(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Refuses what some cron programs take beyond the classic fields, with what to use here.
fn refuse_extensions(field: Field, item: &str) -> Result<(), Fault> {
    let upper = item.to_ascii_uppercase();
    // `JUL` has an L, too.
    let letters = field.names().iter().fold(upper, |text, name| text.replace(name, ""));
    let refused =
        |sign: &str, what_to_do: &str| Err(fault(format!("{sign} is not taken in {item}"), what_to_do));
    if letters.contains('?') {
        refused("?", "write *")
    } else if letters.contains('#') {
        refused("#", "use a rule of type calendar with nthWeekday")
    } else if letters.contains('W') {
        refused("W", "use a rule of type calendar with lastWorkday, or name the weekdays")
    } else if letters.contains('L') {
        refused("L", "use a rule of type calendar with lastDay or lastWeekday")
    } else {
        Ok(())
    }
}
