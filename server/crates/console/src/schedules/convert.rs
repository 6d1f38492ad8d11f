//! Between the wire's schedules and those of the crate `schedule`, which the browser does not have. Pure.

use console_wire::{
    problem::FieldError,
    schedule::{
        ClockChange, DayRule, NextRun, Overlap, PauseCause, RepeatedTime, Rule, SchedulePause, ScheduleSpec,
        SkippedTime, Weekday,
    },
};
use hub_wire::Timestamp;
use jiff::civil::Date;
use schedule::{Fault, Occurrence, Pause, PauseReason, Plan, TimeOfDay, ZoneChange, Zones};

/// Checks when a schedule runs.
///
/// # Errors
/// Every field at fault, below `spec`.
pub(super) fn plan(
    schedule_id: &str,
    spec: &ScheduleSpec,
    zones: &Zones,
) -> Result<(schedule::ScheduleSpec, Plan), Vec<FieldError>> {
    let converted = self::spec(spec)?;
    let plan = Plan::new(schedule_id, &converted, zones)
        .map_err(|faults| faults.iter().map(field_error).collect::<Vec<_>>())?;
    Ok((converted, plan))
}

fn field_error(fault: &Fault) -> FieldError {
    let error =
        FieldError::new(format!("spec.{}", fault.field), format!("{}; {}", fault.what, fault.what_to_do));
    match fault.column {
        Some(column) => error.at(1, column),
        None => error,
    }
}

fn spec(spec: &ScheduleSpec) -> Result<schedule::ScheduleSpec, Vec<FieldError>> {
    let mut errors = Vec::new();
    let rule = rule(&spec.rule, &mut errors);
    let mut exclusions = Vec::new();
    for (index, range) in spec.exclusions.iter().enumerate() {
        let from = date(&range.from, &format!("spec.exclusions[{index}].from"), &mut errors);
        let to = range.to.as_ref().map(|to| date(to, &format!("spec.exclusions[{index}].to"), &mut errors));
        exclusions.push(schedule::Exclusion { from: from.unwrap_or_default(), to: to.flatten() });
    }
    let mut instant = |at: Option<Timestamp>, field: &str| {
        let converted = at.map(instant);
        if converted == Some(None) {
            errors.push(FieldError::new(field, "is out of range; choose a year between 1 and 9999"));
        }
        converted.flatten()
    };
    let (start, end) = (instant(spec.start, "spec.start"), instant(spec.end, "spec.end"));
    let Some(rule) = rule.filter(|_| errors.is_empty()) else { return Err(errors) };
    Ok(schedule::ScheduleSpec {
        rule,
        zone: spec.zone.clone(),
        clock_changes: schedule::ClockPolicy {
            skipped_time: match spec.clock_changes.skipped_time {
                SkippedTime::RunAfter => schedule::SkippedTime::RunAfter,
                SkippedTime::LeaveOut => schedule::SkippedTime::LeaveOut,
            },
            repeated_time: match spec.clock_changes.repeated_time {
                RepeatedTime::First => schedule::RepeatedTime::First,
                RepeatedTime::Second => schedule::RepeatedTime::Second,
                RepeatedTime::Both => schedule::RepeatedTime::Both,
            },
        },
        exclusions,
        start,
        end,
        jitter_seconds: spec.jitter_seconds,
        runs: schedule::RunPolicy {
            overlap: match spec.runs.overlap {
                Overlap::Skip => schedule::Overlap::Skip,
                Overlap::BufferOne => schedule::Overlap::BufferOne,
                Overlap::CancelOther => schedule::Overlap::CancelOther,
                Overlap::Allow => schedule::Overlap::Allow,
            },
            catch_up_seconds: spec.runs.catch_up_seconds,
            pause_after_failures: spec.runs.pause_after_failures,
        },
    })
}

fn rule(rule: &Rule, errors: &mut Vec<FieldError>) -> Option<schedule::Rule> {
    match rule {
        Rule::Calendar { days, months, times } => {
            let mut read = Vec::with_capacity(times.len());
            for (index, time) in times.iter().enumerate() {
                match time.parse::<TimeOfDay>() {
                    Ok(time) => read.push(time),
                    Err(message) => {
                        errors.push(FieldError::new(format!("spec.rule.times[{index}]"), message));
                    }
                }
            }
            Some(schedule::Rule::Calendar {
                days: days.iter().map(days_of).collect(),
                months: months.clone(),
                times: read,
            })
        }
        Rule::Interval { every_minutes, from } => {
            let Some(from) = instant(*from) else {
                let message = "is out of range; choose a year between 1 and 9999";
                errors.push(FieldError::new("spec.rule.from", message));
                return None;
            };
            Some(schedule::Rule::Interval { every_minutes: *every_minutes, from })
        }
        Rule::Cron { expression } => Some(schedule::Rule::Cron { expression: expression.clone() }),
    }
}

fn days_of(days: &DayRule) -> schedule::DayRule {
    match days {
        DayRule::EveryDay => schedule::DayRule::EveryDay {},
        DayRule::Weekdays { weekdays } => {
            schedule::DayRule::Weekdays { weekdays: weekdays.iter().copied().map(weekday).collect() }
        }
        DayRule::DaysOfMonth { days } => schedule::DayRule::DaysOfMonth { days: days.clone() },
        DayRule::NthWeekday { nth, weekday } => {
            schedule::DayRule::NthWeekday { nth: *nth, weekday: self::weekday(*weekday) }
        }
        DayRule::LastWeekday { weekday } => {
            schedule::DayRule::LastWeekday { weekday: self::weekday(*weekday) }
        }
        DayRule::LastDay => schedule::DayRule::LastDay {},
        DayRule::LastWorkday => schedule::DayRule::LastWorkday {},
    }
}

const fn weekday(weekday: Weekday) -> schedule::Weekday {
    match weekday {
        Weekday::Monday => schedule::Weekday::Monday,
        Weekday::Tuesday => schedule::Weekday::Tuesday,
        Weekday::Wednesday => schedule::Weekday::Wednesday,
        Weekday::Thursday => schedule::Weekday::Thursday,
        Weekday::Friday => schedule::Weekday::Friday,
        Weekday::Saturday => schedule::Weekday::Saturday,
        Weekday::Sunday => schedule::Weekday::Sunday,
    }
}

fn date(text: &str, field: &str, errors: &mut Vec<FieldError>) -> Option<Date> {
    let date = text.trim().parse().ok();
    if date.is_none() {
        let shown: String = text.chars().take(40).collect();
        errors.push(FieldError::new(field, format!("{shown:?} is not a date; write one such as 2026-12-24")));
    }
    date
}

/// An instant of the wire; `None` outside of the years 1 to 9999.
pub(super) fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(i128::from(at.ticks()) * 100).ok()
}

/// An instant for the wire. Rounded up to the wire's 100 ns, so that nothing seems due before it is.
pub(super) fn timestamp(at: jiff::Timestamp) -> Timestamp {
    let nanoseconds = at.as_nanosecond();
    let ticks = nanoseconds.div_euclid(100) + i128::from(nanoseconds.rem_euclid(100) > 0);
    Timestamp::from_ticks(i64::try_from(ticks).unwrap_or(i64::MAX))
}

pub(super) fn next_run(occurrence: &Occurrence) -> NextRun {
    NextRun {
        due: timestamp(occurrence.due),
        start: timestamp(occurrence.start),
        local: occurrence.local.to_string(),
        runs: occurrence.runs,
        clock_change: occurrence.clock_change.as_ref().map(ToString::to_string),
    }
}

pub(super) fn clock_change(change: &ZoneChange) -> ClockChange {
    ClockChange { at: timestamp(change.at), from: change.from.to_string(), to: change.to.to_string() }
}

pub(super) fn pause(pause: &Pause) -> SchedulePause {
    SchedulePause {
        since: timestamp(pause.since),
        cause: match pause.reason {
            PauseReason::Person { .. } => PauseCause::Person,
            PauseReason::Failures { .. } => PauseCause::Failures,
            PauseReason::OwnerLacksPermission { .. } => PauseCause::OwnerLacksPermission,
        },
        reason: pause.reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The wire's type reads and writes the JSON of the crate `schedule`, and both mean the same.
    #[test]
    fn the_wire_and_the_rules_agree() {
        for rule in [
            json!({"type": "calendar", "days": [
                {"type": "everyDay"}, {"type": "weekdays", "weekdays": ["monday", "sunday"]},
                {"type": "daysOfMonth", "days": [1, 15]},
                {"type": "nthWeekday", "nth": 2, "weekday": "tuesday"},
                {"type": "lastWeekday", "weekday": "friday"}, {"type": "lastDay"}, {"type": "lastWorkday"},
            ], "months": [3, 10], "times": ["02:30", "14:00"]}),
            json!({"type": "interval", "everyMinutes": 360, "from": "2026-11-30T00:00:00Z"}),
            json!({"type": "cron", "expression": "30 2 * * 1-5"}),
        ] {
            let text = json!({
                "rule": rule, "zone": "Europe/Berlin",
                "clockChanges": {"skippedTime": "leaveOut", "repeatedTime": "both"},
                "exclusions": [{"from": "2026-12-24", "to": "2027-01-02"}, {"from": "2027-05-01"}],
                "start": "2026-12-01T00:00:00Z", "end": "2027-12-01T00:00:00Z", "jitterSeconds": 600,
                "runs": {"overlap": "cancelOther", "catchUpSeconds": 600, "pauseAfterFailures": 3},
            })
            .to_string();
            let wire: ScheduleSpec = serde_json::from_str(&text).unwrap();
            let rules: schedule::ScheduleSpec = serde_json::from_str(&text).unwrap();
            assert_eq!(spec(&wire).unwrap(), rules);
            assert_eq!(
                serde_json::from_value::<ScheduleSpec>(serde_json::to_value(&rules).unwrap()).unwrap(),
                wire
            );
            plan("x", &wire, &Zones::bundled()).unwrap();
        }
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let cron = |expression: &str| json!({"type": "cron", "expression": expression});
        for (change, field) in [
            (json!({"rule": cron("* * * *")}), "spec.rule.expression"),
            (json!({"zone": "Europe/Berln"}), "spec.zone"),
            (json!({"rule": {"type": "calendar", "days": [], "times": ["12:00"]}}), "spec.rule.days"),
            (
                json!({"rule": {"type": "calendar", "days": [{"type": "everyDay"}], "times": ["12:60"]}}),
                "spec.rule.times[0]",
            ),
            (json!({"exclusions": [{"from": "2026-02-30"}]}), "spec.exclusions[0].from"),
            (json!({"jitterSeconds": 1801}), "spec.jitterSeconds"),
            (json!({"runs": {"catchUpSeconds": 59}}), "spec.runs.catchUpSeconds"),
            (json!({"runs": {"pauseAfterFailures": 0}}), "spec.runs.pauseAfterFailures"),
        ] {
            let mut spec = json!({"rule": cron("0 12 * * *")});
            let (Value::Object(all), Value::Object(change)) = (&mut spec, change) else { unreachable!() };
            all.extend(change);
            let spec: ScheduleSpec = serde_json::from_value(spec).unwrap();
            let errors = plan("x", &spec, &Zones::bundled()).unwrap_err();
            assert_eq!(errors[0].field, field, "{errors:?}");
        }
    }

    #[test]
    fn an_instant_is_rounded_up() {
        let at = |nanosecond| timestamp(jiff::Timestamp::from_nanosecond(nanosecond).unwrap()).ticks();
        assert_eq!([at(0), at(1), at(100), at(101), at(-1)], [0, 1, 1, 2, 0]);
    }
}
