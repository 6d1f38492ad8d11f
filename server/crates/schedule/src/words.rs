//! A schedule in words.

mod days;
mod times;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    plan::{CompiledRule, Interval, Plan},
    spec::{Exclusion, ScheduleSpec},
    zone,
};

/// How many exclusions are named; of more only the number is said.
const NAMED_EXCLUSIONS: usize = 3;

/// The rule alone, such as `The last Sunday of each month at 02:30`. Starts with a capital letter, ends without a full stop.
pub fn rule(plan: &Plan) -> String {
    capitalized(match &plan.rule {
        CompiledRule::Calendar(calendar) => {
            let times = times::phrase(calendar.times());
            match days::phrase(calendar.days(), calendar.months()) {
                // "Every 15 minutes" says every day.
                days::Phrase::EveryDay if times.is_repetition => times.text,
                days => format!("{} {}", days.text(), times.text),
            }
        }
        CompiledRule::Interval(interval) => times::every_minutes(interval.every.as_mins()),
    })
}

/// The whole schedule, such as `The last Sunday of each month at 02:30 in Berlin, except on 27 Dec 2026, until 1 Jan 2028 00:00`.
///
/// `plan` is made from `spec`. Dates and times are those of the schedule's zone.
pub fn sentence(plan: &Plan, spec: &ScheduleSpec) -> String {
    let place = place(&spec.zone);
    let mut parts = match &plan.rule {
        CompiledRule::Calendar(_) => vec![format!("{} {place}", rule(plan))],
        CompiledRule::Interval(Interval { from, .. }) => {
            vec![rule(plan), format!("counted from {} {place}", instant(*from, &plan.zone))]
        }
    };
    parts.extend(exclusions(&spec.exclusions));
    parts.extend(spec.start.map(|start| format!("from {}", instant(start, &plan.zone))));
    parts.extend(spec.end.map(|end| format!("until {}", instant(end, &plan.zone))));
    if spec.jitter_seconds > 0 {
        parts.push(format!("up to {} later", duration(spec.jitter_seconds.into())));
    }
    parts.join(", ")
}

fn place(zone: &str) -> String {
    if zone.eq_ignore_ascii_case("UTC") { "UTC".into() } else { format!("in {}", zone::city(zone)) }
}

fn exclusions(exclusions: &[Exclusion]) -> Option<String> {
    let one = |range: &Exclusion| match range.to {
        Some(to) if to != range.from => format!("{} to {}", date(range.from), date(to)),
        _ => format!("on {}", date(range.from)),
    };
    match exclusions {
        [] => None,
        many if many.len() > NAMED_EXCLUSIONS => Some(format!("except on {} dates or ranges", many.len())),
        few => Some(format!("except {}", list(few.iter().map(one)))),
    }
}

fn date(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

fn instant(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%-d %b %Y %H:%M").to_string()
}

/// A span in at most two units, such as `45 s`, `10 min` or `1 h 22 min`.
pub(crate) fn duration(seconds: i64) -> String {
    let mut left = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, size) in [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)] {
        if left >= size {
            parts.push(format!("{} {unit}", left / size));
        }
        left %= size;
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".into() } else { parts.join(" ") }
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    match items.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => items.concat(),
    }
}

fn capitalized(text: String) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests;
