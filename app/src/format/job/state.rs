//! The state of a job as it is shown.

use console_wire::job::JobSummary;
use hub_wire::job::JobStatus;

use crate::format::Badge;

/// A job's state, finer than the hub's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Accepted; it starts at once.
    Queued,
    /// It waits for its time.
    Scheduled,
    /// Devices are addressed.
    Running,
    /// Every device succeeded.
    Completed,
    /// It ran, and its condition selected no device.
    NoDevice,
    /// Some devices failed.
    WithFailures,
    /// Every device failed.
    AllFailed,
    /// It ended, no device failed, and some were not addressed.
    InPart,
    /// It did not run, because of an error.
    Failed,
    /// It was cancelled, and nothing had been sent.
    CancelledBeforeStart,
    /// It was cancelled while it ran.
    Cancelled,
    /// The hub reports a status that is not known here.
    Unknown,
}

impl State {
    /// The state of a job.
    pub(crate) fn of(job: &JobSummary) -> Self {
        let outcomes = &job.outcomes;
        let (total, problems) = (outcomes.total(), outcomes.problems());
        match job.status {
            JobStatus::Queued | JobStatus::Enqueued => Self::Queued,
            JobStatus::Scheduled => Self::Scheduled,
            JobStatus::Running => Self::Running,
            JobStatus::Completed if total == 0 => Self::NoDevice,
            JobStatus::Completed if problems == total => Self::AllFailed,
            JobStatus::Completed if problems > 0 => Self::WithFailures,
            JobStatus::Completed if outcomes.succeeded < total => Self::InPart,
            JobStatus::Completed => Self::Completed,
            JobStatus::Failed => Self::Failed,
            JobStatus::Cancelled if outcomes.cancelled == total => Self::CancelledBeforeStart,
            JobStatus::Cancelled => Self::Cancelled,
            JobStatus::Unknown => Self::Unknown,
        }
    }

    /// As a badge, where there is room.
    pub(crate) const fn badge(self) -> Badge {
        let (label, icon, status) = match self {
            Self::Queued => ("Queued", "circle-dashed", "queued"),
            Self::Scheduled => ("Scheduled", "calendar-clock", "scheduled"),
            Self::Running => ("Running", "loader-circle", "running"),
            Self::Completed => ("Completed", "circle-check", "completed"),
            Self::NoDevice => ("No device matched", "search", "queued"),
            Self::WithFailures => ("Finished with failures", "circle-alert", "with-failures"),
            Self::AllFailed => ("All failed", "circle-x", "with-failures"),
            Self::InPart => ("Finished in part", "circle-slash", "cancelled"),
            Self::Failed => ("Failed", "circle-x", "failed"),
            Self::CancelledBeforeStart | Self::Cancelled => ("Cancelled", "circle-slash", "cancelled"),
            Self::Unknown => ("Unknown", "circle-dashed", "queued"),
        };
        Badge { label, icon, status }
    }

    /// As a badge in a narrow column.
    pub(crate) const fn short_badge(self) -> Badge {
        let badge = self.badge();
        match self {
            Self::WithFailures => Badge { label: "With failures", ..badge },
            Self::NoDevice => Badge { label: "No device", ..badge },
            Self::InPart => Badge { label: "In part", ..badge },
            _ => badge,
        }
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;

    use super::*;
    use crate::format::job::tests::job;

    /// Only a job in which every device succeeded looks like it.
    #[test]
    fn only_completed_is_green() {
        for (outcomes, is_green) in [
            (Outcomes { succeeded: 3, ..Outcomes::default() }, true),
            (Outcomes { succeeded: 3, cancelled: 1, ..Outcomes::default() }, false),
            (Outcomes { succeeded: 3, interrupted: 1, ..Outcomes::default() }, false),
            (Outcomes { not_online: 4, ..Outcomes::default() }, false),
            (Outcomes::default(), false),
        ] {
            let badge = State::of(&JobSummary { outcomes, ..job(JobStatus::Completed) }).badge();
            assert_eq!(badge.status == "completed", is_green, "{outcomes:?}");
            assert_eq!(badge.icon == "circle-check", is_green, "{outcomes:?}");
        }
    }
}
