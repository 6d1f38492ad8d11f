//! The fields for a job that repeats, and the rule that they describe. Pure, the same on both sides.

use serde::{Deserialize, Serialize};

#[cfg(any(feature = "ssr", test))]
use console_wire::{
    problem::FieldError,
    schedule::{
        ClockPolicy, DayRule, Exclusion, Overlap, RepeatedTime, Rule, RunPolicy, ScheduleSpec, SkippedTime,
        Weekday,
    },
};
#[cfg(any(feature = "ssr", test))]
use hub_wire::Timestamp;

/// How a job repeats, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RepeatForm {
    /// `1` where the fields were on the page: a plain form that was opened for one run does not have them.
    pub(crate) shown: String,
    /// The schedule that is changed; empty for a new one.
    pub(crate) schedule: String,
    /// `day`, `week`, `month`, `interval`, `cron`, or `rule` for a rule that has no fields of its own.
    pub(crate) every: String,
    /// `monday` to `sunday`, `workdays` or `weekend`; of a month `monday` to `sunday`.
    pub(crate) weekday: String,
    /// Of a month: `day`, `1` to `4`, `last`, `lastDay`, `lastWorkday`.
    pub(crate) nth: String,
    /// Day of the month.
    pub(crate) day: String,
    /// Times of the day, with commas.
    pub(crate) times: String,
    /// Minutes of an interval.
    pub(crate) minutes: String,
    /// The first run of an interval; empty for the next minute.
    pub(crate) from: String,
    /// Five fields of cron.
    pub(crate) cron: String,
    /// JSON of a rule that has no fields of its own.
    pub(crate) rule: String,
    /// An IANA name.
    pub(crate) zone: String,
    /// `runAfter` or `leaveOut`.
    pub(crate) skipped: String,
    /// `first`, `second` or `both`.
    pub(crate) repeated: String,
    /// `skip`, `bufferOne`, `cancelOther` or `allow`.
    pub(crate) overlap: String,
    /// Minutes that a run may be late.
    pub(crate) late: String,
    /// Failed runs in a row after which it pauses; empty for never.
    pub(crate) failures: String,
    /// Minutes by which a run may be delayed.
    pub(crate) jitter: String,
    /// Nothing runs before, in UTC.
    pub(crate) start: String,
    /// Nothing runs from then on, in UTC.
    pub(crate) end: String,
    /// Days without runs, with commas: a date, or two with `to` between.
    pub(crate) exclusions: String,
}

impl Default for RepeatForm {
    fn default() -> Self {
        Self {
            shown: String::new(),
            schedule: String::new(),
            every: "day".into(),
            weekday: "monday".into(),
            nth: "day".into(),
            day: "1".into(),
            times: "02:30".into(),
            minutes: "60".into(),
            from: String::new(),
            cron: "30 2 * * *".into(),
            rule: String::new(),
            zone: "UTC".into(),
            skipped: "runAfter".into(),
            repeated: "first".into(),
            overlap: "skip".into(),
            late: "60".into(),
            failures: String::new(),
            jitter: "0".into(),
            start: String::new(),
            end: String::new(),
            exclusions: String::new(),
        }
    }
}

#[cfg(any(feature = "ssr", test))]
impl RepeatForm {
    /// When the schedule runs.
    ///
    /// # Errors
    /// One for each field at fault, named as a member of the schedule. The server's rules find more.
    pub(crate) fn to_spec(&self, now: Timestamp) -> Result<ScheduleSpec, Vec<FieldError>> {
        let mut errors = Vec::new();
        let rule = self.rule(now, &mut errors);
        let minutes = number(&self.late, "spec.runs.catchUpSeconds", 1, 10_080, &mut errors);
        let jitter = number(&self.jitter, "spec.jitterSeconds", 0, 30, &mut errors);
        let failures = match self.failures.trim() {
            "" => None,
            text => number(text, "spec.runs.pauseAfterFailures", 1, 100, &mut errors),
        };
        let start = instant(&self.start, "spec.start", &mut errors);
        let end = instant(&self.end, "spec.end", &mut errors);
        let Some(rule) = rule.filter(|_| errors.is_empty()) else { return Err(errors) };
        Ok(ScheduleSpec {
            zone: self.zone.trim().to_owned(),
            clock_changes: ClockPolicy {
                skipped_time: word(&self.skipped).unwrap_or(SkippedTime::RunAfter),
                repeated_time: word(&self.repeated).unwrap_or(RepeatedTime::First),
            },
            exclusions: self.exclusions.split(',').filter_map(exclusion).collect(),
            start,
            end,
            jitter_seconds: jitter.unwrap_or_default() * 60,
            runs: RunPolicy {
                overlap: word(&self.overlap).unwrap_or(Overlap::Skip),
                catch_up_seconds: minutes.unwrap_or(60) * 60,
                pause_after_failures: failures,
            },
            ..ScheduleSpec::new(rule)
        })
    }

    fn rule(&self, now: Timestamp, errors: &mut Vec<FieldError>) -> Option<Rule> {
        let times = || self.times.split(',').map(|time| time.trim().to_owned()).collect::<Vec<_>>();
        let calendar =
            |days: DayRule| Rule::Calendar { days: vec![days], months: Vec::new(), times: times() };
        match self.every.as_str() {
            "week" => Some(calendar(match self.weekday.as_str() {
                "workdays" => DayRule::Weekdays { weekdays: Weekday::ALL[..5].to_vec() },
                "weekend" => DayRule::Weekdays { weekdays: Weekday::ALL[5..].to_vec() },
                day => DayRule::Weekdays { weekdays: vec![word(day).unwrap_or(Weekday::Monday)] },
            })),
            "month" => {
                let weekday = word(&self.weekday).unwrap_or(Weekday::Monday);
                Some(calendar(match self.nth.as_str() {
                    "last" => DayRule::LastWeekday { weekday },
                    "lastDay" => DayRule::LastDay,
                    "lastWorkday" => DayRule::LastWorkday,
                    "day" => {
                        let day = number(&self.day, "spec.rule.days", 1, 31, errors)?;
                        DayRule::DaysOfMonth { days: vec![u8::try_from(day).unwrap_or(1)] }
                    }
                    nth => DayRule::NthWeekday { nth: nth.parse().unwrap_or(1), weekday },
                }))
            }
            "interval" => {
                let every_minutes = number(&self.minutes, "spec.rule.everyMinutes", 1, 527_040, errors)?;
                // A whole minute: the runs are easier to read.
                let minute = Timestamp::from_unix_millis(now.unix_seconds().div_euclid(60) * 60_000);
                let from = instant(&self.from, "spec.rule.from", errors).unwrap_or(minute);
                Some(Rule::Interval { every_minutes, from })
            }
            "cron" => Some(Rule::Cron { expression: self.cron.trim().to_owned() }),
            "rule" => match serde_json::from_str(&self.rule) {
                Ok(rule) => Some(rule),
                Err(error) => {
                    errors.push(FieldError::new("spec.rule", format!("This is not a rule: {error}.")));
                    None
                }
            },
            _ => Some(calendar(DayRule::EveryDay)),
        }
    }

    /// The fields that describe a schedule.
    pub(crate) fn from_spec(schedule_id: &str, spec: &ScheduleSpec) -> Self {
        let mut form = Self {
            shown: "1".into(),
            schedule: schedule_id.to_owned(),
            zone: spec.zone.clone(),
            skipped: wire_word(&spec.clock_changes.skipped_time),
            repeated: wire_word(&spec.clock_changes.repeated_time),
            overlap: wire_word(&spec.runs.overlap),
            late: (spec.runs.catch_up_seconds / 60).to_string(),
            failures: spec.runs.pause_after_failures.map(|count| count.to_string()).unwrap_or_default(),
            jitter: (spec.jitter_seconds / 60).to_string(),
            start: spec.start.map(|at| at.to_string()).unwrap_or_default(),
            end: spec.end.map(|at| at.to_string()).unwrap_or_default(),
            exclusions: spec.exclusions.iter().map(line).collect::<Vec<_>>().join(", "),
            ..Self::default()
        };
        match &spec.rule {
            Rule::Cron { expression } => {
                form.every = "cron".into();
                form.cron.clone_from(expression);
            }
            Rule::Interval { every_minutes, from } => {
                form.every = "interval".into();
                form.minutes = every_minutes.to_string();
                form.from = from.to_string();
            }
            Rule::Calendar { days, months, times } => {
                form.times = times.join(", ");
                let is_simple = months.is_empty() && days.len() == 1 && form.set_days(&days[0]);
                if !is_simple {
                    form.every = "rule".into();
                    form.rule = serde_json::to_string_pretty(&spec.rule).unwrap_or_default();
                }
            }
        }
        form
    }

    /// Fills in the fields of some days; false where there are none for them.
    fn set_days(&mut self, days: &DayRule) -> bool {
        let mut month = |nth: &str, weekday: Option<&Weekday>| {
            self.every = "month".into();
            nth.clone_into(&mut self.nth);
            if let Some(weekday) = weekday {
                self.weekday = wire_word(weekday);
            }
        };
        match days {
            DayRule::EveryDay => self.every = "day".into(),
            DayRule::LastDay => month("lastDay", None),
            DayRule::LastWorkday => month("lastWorkday", None),
            DayRule::LastWeekday { weekday } => month("last", Some(weekday)),
            DayRule::NthWeekday { nth, weekday } if *nth < 5 => month(&nth.to_string(), Some(weekday)),
            DayRule::DaysOfMonth { days } if days.len() == 1 => {
                month("day", None);
                self.day = days[0].to_string();
            }
            DayRule::Weekdays { weekdays } => {
                self.weekday = match weekdays.as_slice() {
                    [one] => wire_word(one),
                    days if *days == Weekday::ALL[..5] => "workdays".into(),
                    days if *days == Weekday::ALL[5..] => "weekend".into(),
                    _ => return false,
                };
                self.every = "week".into();
            }
            DayRule::NthWeekday { .. } | DayRule::DaysOfMonth { .. } => return false,
        }
        true
    }
}

/// A word of the wire as its type.
#[cfg(any(feature = "ssr", test))]
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

#[cfg(any(feature = "ssr", test))]
fn wire_word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(any(feature = "ssr", test))]
fn number(text: &str, field: &str, least: u32, most: u32, errors: &mut Vec<FieldError>) -> Option<u32> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        errors.push(FieldError::new(field, format!("A whole number, {least} to {most}.")));
    }
    number
}

/// A time in UTC, such as `2026-12-01 18:00`.
#[cfg(any(feature = "ssr", test))]
fn instant(text: &str, field: &str, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let with_seconds =
        if text.len() == "2026-12-01 18:00".len() { format!("{text}:00") } else { text.to_owned() };
    let at = Timestamp::parse(&with_seconds.replacen(' ', "T", 1)).ok();
    if at.is_none() {
        errors.push(FieldError::new(
            field,
            "Year, month and day, then the time of 24 hours: 2026-12-01 18:00.",
        ));
    }
    at
}

/// Days without runs. What is no date is refused by the server, which names it.
#[cfg(any(feature = "ssr", test))]
fn exclusion(line: &str) -> Option<Exclusion> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let (from, to) = match line.split_once(" to ") {
        Some((from, to)) => (from.trim(), Some(to.trim().to_owned())),
        None => (line, None),
    };
    Some(Exclusion { from: from.to_owned(), to })
}

#[cfg(any(feature = "ssr", test))]
fn line(exclusion: &Exclusion) -> String {
    match &exclusion.to {
        Some(to) => format!("{} to {to}", exclusion.from),
        None => exclusion.from.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-12-01T18:00:30Z").unwrap()
    }

    #[test]
    fn fields_become_a_rule_and_a_rule_becomes_fields() {
        let of = |every: &str| RepeatForm { every: every.into(), shown: "1".into(), ..RepeatForm::default() };
        for form in [
            of("day"),
            RepeatForm { times: "02:30, 14:00".into(), ..of("day") },
            of("week"),
            RepeatForm { weekday: "workdays".into(), ..of("week") },
            RepeatForm { weekday: "weekend".into(), ..of("week") },
            RepeatForm { nth: "day".into(), day: "15".into(), ..of("month") },
            RepeatForm { nth: "2".into(), weekday: "tuesday".into(), ..of("month") },
            RepeatForm { nth: "last".into(), weekday: "sunday".into(), ..of("month") },
            RepeatForm { nth: "lastDay".into(), ..of("month") },
            RepeatForm { nth: "lastWorkday".into(), ..of("month") },
            of("interval"),
            RepeatForm { cron: "*/15 8-17 * * 1-5".into(), ..of("cron") },
            RepeatForm {
                zone: "Europe/Berlin".into(),
                skipped: "leaveOut".into(),
                repeated: "both".into(),
                overlap: "bufferOne".into(),
                late: "10".into(),
                failures: "3".into(),
                jitter: "5".into(),
                start: "2026-12-02 00:00".into(),
                end: "2027-12-02 00:00".into(),
                exclusions: "2026-12-24 to 2027-01-02, 2027-05-01".into(),
                ..of("day")
            },
        ] {
            let spec = form.to_spec(now()).unwrap();
            let again = RepeatForm::from_spec("", &spec);
            assert_eq!(again.every, form.every);
            assert_eq!(again.to_spec(now()).unwrap(), spec, "{form:?}");
        }
    }

    #[test]
    fn a_rule_without_fields_is_kept_as_it_is() {
        let days = vec![DayRule::LastDay, DayRule::DaysOfMonth { days: vec![1, 15] }];
        let rule = Rule::Calendar { days, months: vec![3], times: vec!["02:30".into()] };
        let spec = ScheduleSpec::new(rule);
        let form = RepeatForm::from_spec("night", &spec);
        assert_eq!((form.every.as_str(), form.schedule.as_str()), ("rule", "night"));
        assert_eq!(form.to_spec(now()).unwrap(), spec);
    }

    #[test]
    fn wrong_fields_are_named() {
        let form = RepeatForm {
            every: "interval".into(),
            minutes: "0".into(),
            late: "x".into(),
            jitter: "31".into(),
            failures: "101".into(),
            start: "soon".into(),
            ..RepeatForm::default()
        };
        let errors = form.to_spec(now()).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "spec.rule.everyMinutes",
                "spec.runs.catchUpSeconds",
                "spec.jitterSeconds",
                "spec.runs.pauseAfterFailures",
                "spec.start"
            ]
        );
    }
}
