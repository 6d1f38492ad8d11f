//! Whether each field of a schedule is right.

use jiff::{SignedDuration, Timestamp};

use crate::{
    calendar::Calendar,
    cron,
    fault::Fault,
    plan::{CompiledRule, Interval},
    rule::{DayRule, Rule},
    spec::ScheduleSpec,
    time_of_day::TimeOfDay,
};

const MAX_DAY_RULES: usize = 31;
const MAX_TIMES: usize = 96;
const MAX_EXCLUSIONS: usize = 200;
const MAX_INTERVAL_MINUTES: u32 = 366 * 24 * 60;
const MAX_JITTER_SECONDS: u32 = 30 * 60;
const CATCH_UP_SECONDS: std::ops::RangeInclusive<u32> = 60..=7 * 24 * 60 * 60;
const MAX_FAILURES: u32 = 100;
const MAX_COMMENT: usize = 500;

/// Checks what a person writes when pausing a schedule, where it is required, or when asking for a run, where it is not.
///
/// # Errors
/// It is missing, or longer than 500 characters.
pub fn comment(comment: &str, is_required: bool) -> Result<(), Fault> {
    let length = comment.chars().count();
    if is_required && comment.trim().is_empty() {
        return Err(Fault::new(
            "comment",
            "it is empty",
            "write why, for those who find the schedule paused",
        ));
    }
    if length > MAX_COMMENT {
        let what = format!("it has {length} characters");
        return Err(Fault::new("comment", what, format!("write at most {MAX_COMMENT}")));
    }
    Ok(())
}

/// Checks a rule and makes it ready to be searched.
pub(crate) fn rule(rule: &Rule) -> Result<CompiledRule, Vec<Fault>> {
    let calendar = match rule {
        Rule::Interval { every_minutes, from } => return interval(*every_minutes, *from),
        Rule::Calendar { days, months, times } => calendar(days, months, times)?,
        Rule::Cron { expression } => cron::compile(expression).map_err(|wrong| vec![wrong])?,
    };
    if calendar.has_dates() {
        Ok(CompiledRule::Calendar(calendar))
    } else {
        let field = if matches!(rule, Rule::Cron { .. }) { "rule.expression" } else { "rule.days" };
        Err(vec![Fault::new(
            field,
            "no month of the rule has such a day",
            "choose another day or another month, or the last day of the month",
        )])
    }
}

fn interval(every_minutes: u32, from: Timestamp) -> Result<CompiledRule, Vec<Fault>> {
    if !(1..=MAX_INTERVAL_MINUTES).contains(&every_minutes) {
        return Err(vec![Fault::new(
            "rule.everyMinutes",
            format!("{every_minutes} minutes are no interval"),
            "write 1 to 527,040 minutes (366 days)",
        )]);
    }
    Ok(CompiledRule::Interval(Interval { from, every: SignedDuration::from_mins(every_minutes.into()) }))
}

fn calendar(days: &[DayRule], months: &[u8], times: &[TimeOfDay]) -> Result<Calendar, Vec<Fault>> {
    let mut faults = Vec::new();
    faults.extend(size("rule.days", days.len(), 1, MAX_DAY_RULES));
    faults.extend(size("rule.months", months.len(), 0, 12));
    faults.extend(size("rule.times", times.len(), 1, MAX_TIMES));
    faults.extend(days.iter().enumerate().filter_map(|(index, rule)| day_rule(index, rule)));
    if let Some(month) = months.iter().find(|month| !(1..=12).contains(*month)) {
        faults.push(Fault::new("rule.months", format!("there is no month {month}"), "write 1 to 12"));
    }
    if faults.is_empty() {
        Ok(Calendar::new(days.to_vec(), months.to_vec(), times.to_vec()))
    } else {
        Err(faults)
    }
}

fn day_rule(index: usize, rule: &DayRule) -> Option<Fault> {
    let field = |member: &str| format!("rule.days[{index}].{member}");
    match rule {
        DayRule::Weekdays { weekdays } => size(&field("weekdays"), weekdays.len(), 1, 7),
        DayRule::DaysOfMonth { days } => size(&field("days"), days.len(), 1, 31).or_else(|| {
            let wrong = days.iter().find(|day| !(1..=31).contains(*day))?;
            Some(Fault::new(field("days"), format!("no month has a day {wrong}"), "write 1 to 31"))
        }),
        DayRule::NthWeekday { nth, weekday } if !(1..=5).contains(nth) => Some(Fault::new(
            field("nth"),
            format!("no month has {} {nth}", weekday.name()),
            "write 1 to 5, or use lastWeekday",
        )),
        _ => None,
    }
}

/// A list that is too short or too long.
fn size(field: &str, entries: usize, least: usize, most: usize) -> Option<Fault> {
    if entries < least {
        Some(Fault::new(field, "it is empty", "give at least one"))
    } else if entries > most {
        Some(Fault::new(field, format!("it has {entries} entries"), format!("give at most {most}")))
    } else {
        None
    }
}

/// Everything of a schedule except its rule and its zone.
pub(crate) fn settings(spec: &ScheduleSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(size("exclusions", spec.exclusions.len(), 0, MAX_EXCLUSIONS));
    for (index, range) in spec.exclusions.iter().enumerate() {
        if let Some(to) = range.to.filter(|to| *to < range.from) {
            faults.push(Fault::new(
                format!("exclusions[{index}].to"),
                format!("{to} is before {}", range.from),
                "write the later day here, or leave it out for one day",
            ));
        }
    }
    if let (Some(start), Some(end)) = (spec.start, spec.end)
        && end <= start
    {
        faults.push(Fault::new("end", "it is not after the start", "choose a later end"));
    }
    if spec.jitter_seconds > MAX_JITTER_SECONDS {
        faults.push(Fault::new(
            "jitterSeconds",
            format!("{} seconds are too long", spec.jitter_seconds),
            "write 0 to 1,800 (30 minutes)",
        ));
    }
    if !CATCH_UP_SECONDS.contains(&spec.runs.catch_up_seconds) {
        faults.push(Fault::new(
            "runs.catchUpSeconds",
            format!("{} seconds are out of range", spec.runs.catch_up_seconds),
            "write 60 (1 minute) to 604,800 (7 days)",
        ));
    }
    if let Some(failures) = spec.runs.pause_after_failures.filter(|count| !(1..=MAX_FAILURES).contains(count))
    {
        faults.push(Fault::new(
            "runs.pauseAfterFailures",
            format!("{failures} is out of range"),
            "write 1 to 100, or leave it out to never pause",
        ));
    }
    faults
}
