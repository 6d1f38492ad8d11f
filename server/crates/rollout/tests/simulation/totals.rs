//! What has been seen in all runs.

use std::collections::BTreeMap;

use console_wire::outcome::Outcome;

/// What has been seen in all runs, so that a test that no longer exercises a rule fails.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) steps: u64,
    pub(crate) calls: u64,
    pub(crate) not_sent: u64,
    pub(crate) read_back: u64,
    pub(crate) crashes: u64,
    pub(crate) refusals: u64,
    pub(crate) ends: BTreeMap<String, u64>,
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    pub(crate) decisions: BTreeMap<String, u64>,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.calls += other.calls;
        self.not_sent += other.not_sent;
        self.read_back += other.read_back;
        self.crashes += other.crashes;
        self.refusals += other.refusals;
        for (key, count) in &other.ends {
            *self.ends.entry(key.clone()).or_default() += count;
        }
        for (key, count) in &other.outcomes {
            *self.outcomes.entry(key).or_default() += count;
        }
        for (key, count) in &other.decisions {
            *self.decisions.entry(key.clone()).or_default() += count;
        }
    }

    pub(crate) fn check_that_all_happened(&self) {
        let is_often = |count: Option<&u64>| count.is_some_and(|count| *count >= 50);
        for end in ["Completed", "Cancelled", "StopRule", "GateNotMet", "EndTime", "Rejected", "Lapsed"] {
            assert!(is_often(self.ends.get(end)), "runs that ended as {end}: {:?}", self.ends);
        }
        for outcome in Outcome::ALL.into_iter().filter(|outcome| outcome.is_terminal()) {
            assert!(is_often(self.outcomes.get(outcome.as_str())), "devices that ended as {outcome:?}");
        }
        for decision in [
            "Approved",
            "Started",
            "Joined",
            "WaveStarted",
            "GateMet",
            "GateNotMet",
            "PersonAsked",
            "WaitSkipped",
            "StopRuleFired",
            "Paused",
            "Resumed",
            "Stopped",
            "Finished",
        ] {
            assert!(is_often(self.decisions.get(decision)), "{decision}: {:?}", self.decisions);
        }
        assert!(
            is_often(Some(&self.crashes))
                && is_often(Some(&self.not_sent))
                && is_often(Some(&self.refusals))
                && is_often(Some(&self.read_back))
        );
    }
}
