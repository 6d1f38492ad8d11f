//! What several tests need.

use jiff::Timestamp;
use proptest::test_runner::Config;
use schedule::{Occurrence, Plan, ScheduleSpec, Zones};

/// As many cases as `PROPTEST_CASES` says. A failing case is printed and becomes a line of a table.
pub(crate) fn cases() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

/// A schedule from its JSON.
pub(crate) fn spec(json: &str) -> ScheduleSpec {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// A schedule that is right, with the zone data of the program: the same on every machine.
pub(crate) fn plan(spec: &ScheduleSpec) -> Plan {
    Plan::new("night-clean", spec, &Zones::bundled()).unwrap_or_else(|faults| panic!("{spec:?}: {faults:?}"))
}

/// An instant from its text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The occurrences after one instant and before another.
pub(crate) fn between(plan: &Plan, after: Timestamp, before: Timestamp) -> Vec<Occurrence> {
    plan.occurrences_after(after).take_while(|occurrence| occurrence.due < before).collect()
}
