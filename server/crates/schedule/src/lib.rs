//! Schedules: when a job runs again and again, and what clock changes do to it.
//!
//! The console does not use this crate yet. It holds the rules alone: nothing here reads a clock, and only [`Zones`] reads files.
//!
//! A person writes a [`ScheduleSpec`]: a [`Rule`], a zone, and what happens in special cases. [`Plan::new`] checks it; every
//! [`Fault`] names the field, what is wrong and what to do. [`sentence`] says it in words. [`Plan::occurrences_after`] gives the next [`Occurrence`]s, each with
//! what a [`ClockChange`] does to it.

mod calendar;
mod check;
mod compile;
mod cron;
mod exclusions;
mod fault;
mod jitter;
mod occurrence;
mod occurrences;
mod offset_period;
mod plan;
mod rule;
mod spec;
mod time_of_day;
mod words;
mod zone;

pub use self::{
    fault::Fault,
    occurrence::{ClockChange, Occurrence},
    occurrences::Occurrences,
    plan::Plan,
    rule::{DayRule, Rule, Weekday},
    spec::{ClockPolicy, Exclusion, Overlap, RepeatedTime, RunPolicy, ScheduleSpec, SkippedTime},
    time_of_day::TimeOfDay,
    words::{rule as rule_in_words, sentence},
    zone::{ZoneChange, Zones, next_change},
};
