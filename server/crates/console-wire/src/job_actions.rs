//! Which actions a job allows in which state: the one table that console and pages ask.
//!
//! | job | cancel | rerun |
//! |---|---|---|
//! | queued, enqueued, scheduled | the whole job | its devices that have ended |
//! | running, unknown | only parts that have not begun | its devices that have ended |
//! | completed, failed, cancelled | nothing | all of its devices |
//!
//! The hub decides last: it refuses to cancel a job that has begun in the meantime.

use hub_wire::job::JobStatus;

use crate::outcome::Outcome;

/// What can still be cancelled of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellable {
    /// All of it: it has not begun.
    Whole,
    /// Of several parts those that have not begun; of a job with one part nothing.
    UnstartedParts,
    /// Nothing: it has ended.
    Nothing,
}

/// What can still be cancelled of a job with this status.
pub const fn cancellable(status: JobStatus) -> Cancellable {
    match status {
        JobStatus::Queued | JobStatus::Enqueued | JobStatus::Scheduled => Cancellable::Whole,
        JobStatus::Running | JobStatus::Unknown => Cancellable::UnstartedParts,
        JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => Cancellable::Nothing,
    }
}

/// Whether a device can be in a rerun of a job. One that the job may still send to would act twice.
pub const fn can_rerun(status: JobStatus, outcome: Outcome) -> bool {
    status.is_terminal() || outcome.is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_actions() {
        use Cancellable::{Nothing, UnstartedParts, Whole};
        for (status, cancel, reruns_queued) in [
            (JobStatus::Queued, Whole, false),
            (JobStatus::Enqueued, Whole, false),
            (JobStatus::Scheduled, Whole, false),
            (JobStatus::Running, UnstartedParts, false),
            (JobStatus::Unknown, UnstartedParts, false),
            (JobStatus::Completed, Nothing, true),
            (JobStatus::Failed, Nothing, true),
            (JobStatus::Cancelled, Nothing, true),
        ] {
            assert_eq!(cancellable(status), cancel, "{status:?}");
            assert_eq!(can_rerun(status, Outcome::Queued), reruns_queued, "{status:?}");
            assert_eq!(can_rerun(status, Outcome::InFlight), reruns_queued, "{status:?}");
            assert!(can_rerun(status, Outcome::Failed), "{status:?}");
            assert!(can_rerun(status, Outcome::Succeeded), "{status:?}");
        }
    }
}
