//! Schedules as the crate's users see them: tables for what is known, properties for the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_schedules;
mod clock_changes;
mod documentation;
mod oracle;
mod properties;
mod simulation;
mod support;
mod wire;
