//! Schedules: when a job runs again and again, what clock changes do to it, and what becomes of each run.
//!
//! It holds the rules alone: nothing here reads a clock, and only [`Zones`] reads files. Whoever uses it, as the console does, keeps [`ScheduleSpec`] and [`ScheduleState`], calls [`tick`] when a schedule is to be looked at, and commits
//! what comes back in one transaction.
//!
//! One schedule from its form to its history:
//!
//! 1. A person writes a [`ScheduleSpec`]: a [`Rule`], a zone, and what happens in special cases. [`Plan::new`] checks it; every
//!    [`Fault`] names the field, what is wrong and what to do. [`sentence`] says it in words.
//! 2. [`Plan::occurrences_after`] gives the next [`Occurrence`]s, each with what a [`ClockChange`] does to it. The page shows ten.
//! 3. [`tick`] looks at the schedule when the next one starts. It gives runs to be started, [`Row`]s of what does not run, with
//!    [`Why`], and when to look again. [`decide`] is its rule for one occurrence, [`run_now`] that for a run a person asks for.
//! 4. [`ScheduleState::run_ended`] counts failures in a row and pauses the schedule after too many.
//!
//! ```
//! use schedule::{Plan, ScheduleSpec, Zones};
//!
//! let spec: ScheduleSpec = serde_json::from_str(
//!     r#"{"rule": {"type": "cron", "expression": "30 2 * * *"}, "zone": "Europe/Berlin"}"#,
//! )?;
//! let plan = Plan::new("night-clean", &spec, &Zones::bundled()).map_err(|faults| faults[0].clone())?;
//! assert_eq!(schedule::sentence(&plan, &spec), "Every day at 02:30 in Berlin");
//!
//! // The night in which the clock is put forward from 02:00 to 03:00.
//! let run = plan.occurrences_after("2027-03-27T12:00:00Z".parse()?).next().ok_or("no run")?;
//! assert_eq!(run.due.to_string(), "2027-03-28T01:00:00Z");
//! assert_eq!(run.clock_change.ok_or("no change")?.to_string(), "02:30 is skipped, runs at 03:00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading order: [`ScheduleSpec`] with [`Rule`], `check` and `compile` (from the one to a [`Plan`]), `cron` and `calendar`
//! (which days and times), `offset_period` and `occurrences` (from these to instants, across clock changes), `jitter`; then
//! `decide`, `state`, `row` and `tick`; `words`.

mod calendar;
mod check;
mod compile;
mod cron;
mod decide;
mod exclusions;
mod fault;
mod jitter;
mod occurrence;
mod occurrences;
mod offset_period;
mod pause;
mod plan;
mod row;
mod rule;
mod spec;
mod state;
mod tick;
mod time_of_day;
mod words;
mod zone;

pub use self::{
    check::comment as check_comment,
    decide::{Decision, Situation, Start, decide, run_now},
    fault::Fault,
    occurrence::{ClockChange, Occurrence},
    occurrences::Occurrences,
    pause::{Pause, PauseReason},
    plan::Plan,
    row::{Downtime, Row, RowState, Why},
    rule::{DayRule, Rule, Weekday},
    spec::{ClockPolicy, Exclusion, Overlap, RepeatedTime, RunPolicy, ScheduleSpec, SkippedTime},
    state::ScheduleState,
    tick::{Tick, tick},
    time_of_day::TimeOfDay,
    words::{rule as rule_in_words, sentence},
    zone::{ZoneChange, Zones, next_change},
};
