//! Rollouts: a job in waves that stops by itself when it goes wrong. What an operator chooses, where a rollout is, and what was
//! decided. What the settings mean is in `docs/rollouts.md`; the rules are in the crate `rollout`.
//!
//! Reading order: [`settings`] (what is chosen), [`progress`] (where it is), [`command`] (what a person may do), [`approval`],
//! [`approvals`], [`estimate`], [`hub`].

pub mod approval;
pub mod approvals;
pub mod command;
pub mod decimal;
pub mod estimate;
pub mod hub;
pub mod progress;
pub mod settings;
pub mod stop_rule;

pub use self::{
    approval::{ApprovalResult, RolloutApproval},
    approvals::{ApprovalRequest, Approvals},
    command::{ApprovalDecision, Comment, Counting, MAX_COMMENT, Resume},
    estimate::{EngineEstimate, Estimate, EstimateRequest, Limit, Point, RolloutEstimates, WindowSpan},
    hub::{HubJobCounts, HubUse},
    progress::{
        Decision, HistoryEntry, PauseReason, Phase, RateLimit, Rollout, RolloutSummary, Stage, StopReason,
        StopRuleProgress, WaveProgress,
    },
    settings::Settings,
    stop_rule::Reading,
};
