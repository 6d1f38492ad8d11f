//! The state of a job as it is shown.

use console_wire::{
    job::JobSummary,
    rollout::{PauseReason, Phase, RolloutSummary, Stage, StopReason},
};
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
    /// Another person has to agree before it starts.
    AwaitingApproval,
    /// A person paused its rollout.
    Paused,
    /// A stop rule paused its rollout.
    PausedByRule,
    /// The gate of a wave was not met.
    PausedAtGate,
    /// A gate waits for its time or for a webhook.
    AtGate,
    /// A gate asks a person.
    AsksPerson,
    /// Nothing more begins; calls under way go on.
    Stopping,
    /// Another person did not agree.
    Rejected,
    /// No other person decided in time.
    Lapsed,
    /// A stop rule or a gate cancelled what had not begun.
    StoppedByRule,
    /// The hub reports a status that is not known here.
    Unknown,
}

impl State {
    /// The state of a job.
    pub(crate) fn of(job: &JobSummary) -> Self {
        if let Some(state) = job.rollout.as_ref().and_then(Self::of_rollout) {
            return state;
        }
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

    /// The state that only a rollout has; `None` where it is that of any job.
    const fn of_rollout(rollout: &RolloutSummary) -> Option<Self> {
        Some(match (rollout.phase, rollout.stage) {
            (Phase::AwaitingApproval | Phase::Paused(PauseReason::TargetGrew), _) => Self::AwaitingApproval,
            (Phase::Paused(PauseReason::Person), _) => Self::Paused,
            (Phase::Paused(PauseReason::StopRule(_)), _) => Self::PausedByRule,
            (
                Phase::Paused(
                    PauseReason::GateNotMet(_) | PauseReason::Webhook(_) | PauseReason::NoWebhookAnswer(_),
                ),
                _,
            ) => Self::PausedAtGate,
            (Phase::Running, Stage::AwaitsPerson) => Self::AsksPerson,
            (Phase::Running, Stage::Soaking(_) | Stage::AwaitsWebhook) => Self::AtGate,
            (Phase::Stopping(_), _) => Self::Stopping,
            (Phase::Ended(StopReason::Rejected), _) => Self::Rejected,
            (Phase::Ended(StopReason::Lapsed), _) => Self::Lapsed,
            (Phase::Ended(StopReason::StopRule(_) | StopReason::GateNotMet(_)), _) => Self::StoppedByRule,
            _ => return None,
        })
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
            Self::AwaitingApproval => ("Awaiting approval", "user-check", "awaiting"),
            Self::Paused => ("Paused", "circle-pause", "awaiting"),
            Self::PausedByRule => ("Paused by its stop rule", "octagon-pause", "awaiting"),
            Self::PausedAtGate => ("Paused at a gate", "octagon-pause", "awaiting"),
            Self::AtGate => ("At a gate", "hourglass", "awaiting"),
            Self::AsksPerson => ("Asks a person", "hand", "awaiting"),
            Self::Stopping => ("Stopping", "loader-circle", "running"),
            Self::Rejected => ("Rejected", "circle-x", "failed"),
            Self::Lapsed => ("Lapsed", "circle-slash", "cancelled"),
            Self::StoppedByRule => ("Cancelled by its stop rule", "circle-slash", "failed"),
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
            Self::PausedByRule => Badge { label: "Paused by rule", ..badge },
            Self::StoppedByRule => Badge { label: "Stopped by rule", ..badge },
            _ => badge,
        }
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;

    use super::*;
    use crate::format::job::tests::job;

    #[test]
    fn a_rollout_has_states_of_its_own() {
        for (phase, stage, status, label) in [
            (r#""awaitingApproval""#, r#""calling""#, JobStatus::Scheduled, "Awaiting approval"),
            (r#""scheduled""#, r#""calling""#, JobStatus::Scheduled, "Scheduled"),
            (r#""running""#, r#""calling""#, JobStatus::Running, "Running"),
            (r#""running""#, r#""awaitsPerson""#, JobStatus::Running, "Asks a person"),
            (r#"{"paused":"person"}"#, r#""calling""#, JobStatus::Running, "Paused"),
            (r#"{"paused":{"stopRule":0}}"#, r#""calling""#, JobStatus::Running, "Paused by its stop rule"),
            (r#"{"paused":{"gateNotMet":0}}"#, r#""held""#, JobStatus::Running, "Paused at a gate"),
            (r#"{"ended":"rejected"}"#, r#""calling""#, JobStatus::Cancelled, "Rejected"),
            (r#"{"ended":"lapsed"}"#, r#""calling""#, JobStatus::Cancelled, "Lapsed"),
            (r#"{"ended":"completed"}"#, r#""passed""#, JobStatus::Completed, "Completed"),
        ] {
            let rollout = format!(
                r#"{{"phase":{phase},"stage":{stage},"phaseSince":"2026-12-01T12:00:00Z","wave":0,"waves":3}}"#
            );
            let rollout = serde_json::from_str(&rollout).unwrap();
            assert_eq!(State::of(&JobSummary { rollout, ..job(status) }).badge().label, label);
        }
    }

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
