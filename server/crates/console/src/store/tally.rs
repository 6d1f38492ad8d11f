//! A job's counters: how many of its devices are in each state.

use console_wire::outcome::{Outcome, Outcomes};
use hub_wire::{Timestamp, device_job::DeviceJobStatus, job::DeviceJobStatistics};

/// How many of a job's devices are in each state, and what the hub's five counts need besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) outcomes: Outcomes,
    /// Failed ones that answered with an error status: the hub counts them as succeeded.
    pub(super) error_responses: u64,
    /// Queued ones that the hub counts and that have no row here yet.
    pub(super) unfetched: u64,
    /// When the last device so far was sent.
    pub(super) last_sent: Option<Timestamp>,
}

impl Tally {
    /// Devices that have a row here.
    pub(super) fn fetched(&self) -> u64 {
        self.outcomes.total() - self.unfetched
    }

    /// Counts so many devices without a row.
    pub(super) fn set_unfetched(&mut self, unfetched: u64) {
        self.outcomes.queued = self.outcomes.queued - self.unfetched + unfetched;
        self.unfetched = unfetched;
    }

    pub(super) fn add(&mut self, outcome: Outcome, status: DeviceJobStatus) {
        self.add_many(outcome, status, 1);
    }

    pub(super) fn add_many(&mut self, outcome: Outcome, status: DeviceJobStatus, devices: u64) {
        *self.outcomes.get_mut(outcome) += devices;
        self.error_responses += devices * u64::from(is_error_response(outcome, status));
    }

    /// Notes when a device was sent, if it was.
    pub(super) fn note_sent(&mut self, sent: Option<Timestamp>) {
        self.last_sent = self.last_sent.max(sent);
    }

    pub(super) fn remove(&mut self, outcome: Outcome, status: DeviceJobStatus) {
        *self.outcomes.get_mut(outcome) -= 1;
        self.error_responses -= u64::from(is_error_response(outcome, status));
    }

    /// The hub's five counts.
    pub(super) fn statistics(&self) -> DeviceJobStatistics {
        let Outcomes { queued, in_flight, succeeded, .. } = self.outcomes;
        let succeeded = succeeded + self.error_responses;
        let total = self.outcomes.total();
        DeviceJobStatistics {
            device_count: total,
            pending_count: queued,
            running_count: in_flight,
            succeeded_count: succeeded,
            failed_count: total - queued - in_flight - succeeded,
        }
    }
}

fn is_error_response(outcome: Outcome, status: DeviceJobStatus) -> bool {
    outcome == Outcome::Failed && status == DeviceJobStatus::Completed
}
