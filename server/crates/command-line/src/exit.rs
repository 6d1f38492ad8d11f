//! The exit code, by outcome. Pure.

use console_wire::job::JobSummary;
use hub_wire::job::JobStatus;

/// How a command ended. Errors, wrong use among them, are 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; of a job that was followed, every device succeeded.
    Succeeded,
    /// 2: the job, or some of its devices, failed; the device did not do what was asked.
    Failed,
    /// 3: the job was cancelled.
    Cancelled,
    /// 4: the job has not ended in time.
    NotInTime,
}

impl Exit {
    /// The program's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 2,
            Self::Cancelled => 3,
            Self::NotInTime => 4,
        }
    }

    /// Of a job that was followed until now.
    pub(crate) fn of(job: &JobSummary) -> Self {
        match job.status {
            JobStatus::Cancelled => Self::Cancelled,
            status if !status.is_terminal() => Self::NotInTime,
            _ if job.outcomes.cancelled > 0 && !job.has_failures() => Self::Cancelled,
            _ if job.has_failures() => Self::Failed,
            _ => Self::Succeeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;

    use super::*;

    fn job(status: &str, outcomes: Outcomes) -> JobSummary {
        serde_json::from_value(serde_json::json!({
            "jobId": "a", "name": "a", "type": "scheduleDeviceMethod", "status": status, "queryCondition": "*",
            "createdTime": "2026-11-30T00:00:00Z", "startTime": null, "endTime": null,
            "maxExecutionTimeInSeconds": null,
            "deviceJobStatistics": {"deviceCount": 0, "failedCount": 0, "succeededCount": 0, "runningCount": 0,
                "pendingCount": 0},
            "outcomes": outcomes, "origin": "api", "sequence": 1, "asOf": "2026-11-30T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn codes_by_outcome() {
        let none = Outcomes::default();
        for (status, outcomes, code) in [
            ("completed", none, 0),
            ("completed", Outcomes { succeeded: 5, ..none }, 0),
            ("completed", Outcomes { succeeded: 5, not_online: 1, ..none }, 2),
            ("completed", Outcomes { succeeded: 5, cancelled: 3, ..none }, 3),
            ("completed", Outcomes { failed: 5, cancelled: 3, ..none }, 2),
            ("failed", none, 2),
            ("cancelled", none, 3),
            ("running", Outcomes { failed: 5, ..none }, 4),
            ("scheduled", none, 4),
        ] {
            assert_eq!(Exit::of(&job(status, outcomes)).code(), code, "{status} {outcomes:?}");
        }
    }
}
