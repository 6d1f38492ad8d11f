//! Where a rollout is, and what was decided until now.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    approval::RolloutApproval,
    command::Counting,
    hub::{HubJobCounts, HubUse},
    settings::{Gate, Settings, StopAction, StopRule},
    stop_rule::Reading,
};
use crate::{access::PersonRef, outcome::Outcomes};

/// The part of its life in which a rollout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutPhase))]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Another person has to agree.
    AwaitingApproval,
    /// It waits for its start time.
    Scheduled,
    /// The devices that match are being read.
    ReadingTargets,
    /// Devices are called, or a gate is waited for.
    Running,
    /// No device is called until it is resumed.
    Paused(PauseReason),
    /// Nothing more begins; calls under way go on.
    Stopping(StopReason),
    /// Every device has ended, or it never started.
    Ended(StopReason),
}

/// How far the current wave is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStage))]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Devices are called or answer.
    Calling,
    /// Its gate is met; the wait lasts until then.
    Soaking(Timestamp),
    /// A person has to start the next wave.
    AwaitsPerson,
    /// A webhook was asked.
    AwaitsWebhook,
    /// The next wave may start as soon as the rollout is not paused.
    Passed,
    /// Its gate is not met, or a webhook said no or did not answer; a person may start the next wave by resuming.
    Held,
}

/// What limits the rate of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutRateLimit))]
#[serde(rename_all = "camelCase")]
pub enum RateLimit {
    /// The rate of the settings.
    Settings,
    /// The limit of the hub.
    Hub,
}

/// Why a rollout is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutPauseReason))]
#[serde(rename_all = "camelCase")]
pub enum PauseReason {
    /// By a person.
    Person,
    /// By the stop rule with this position in the settings.
    StopRule(usize),
    /// The gate after this wave was not met.
    GateNotMet(usize),
    /// A webhook refused to continue after this wave.
    Webhook(usize),
    /// Not every webhook that was asked after this wave has answered in time.
    NoWebhookAnswer(usize),
    /// The target has grown by more than a tenth since it was approved.
    TargetGrew,
}

/// Why nothing more begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStopReason))]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// Every device has ended by itself.
    Completed,
    /// Cancelled by a person.
    Cancelled,
    /// By the stop rule with this position in the settings.
    StopRule(usize),
    /// The gate after this wave was not met.
    GateNotMet(usize),
    /// The end time has come.
    EndTime,
    /// Another person did not agree.
    Rejected,
    /// No other person decided on the approval in time.
    Lapsed,
}

/// A line of a rollout's history. Waves are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutDecision))]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// A person changed action, target or settings before the start.
    Edited,
    /// Another person agreed.
    Approved,
    /// The targets were read and fixed.
    Started {
        /// How many devices.
        devices: u64,
    },
    /// Devices joined the last wave.
    Joined {
        /// How many devices.
        devices: u64,
    },
    /// A wave began.
    WaveStarted {
        /// Which.
        wave: usize,
    },
    /// A gate was met, and the wait after it began.
    GateMet {
        /// The wave before it.
        wave: usize,
        /// Devices of the wave that succeeded.
        succeeded: u64,
        /// Devices of the wave.
        devices: u64,
    },
    /// A gate was not met.
    GateNotMet {
        /// The wave before it.
        wave: usize,
        /// Devices of the wave that succeeded.
        succeeded: u64,
        /// Devices of the wave.
        devices: u64,
    },
    /// A person is to start the next wave.
    PersonAsked {
        /// The wave before it.
        wave: usize,
    },
    /// Webhooks are asked whether the next wave may start.
    WebhookAsked {
        /// The wave before it.
        wave: usize,
    },
    /// Every webhook that was asked agreed.
    WebhookAgreed {
        /// The wave before it.
        wave: usize,
    },
    /// A person started the next wave before its gate did.
    WaitSkipped {
        /// The wave before it.
        wave: usize,
    },
    /// A stop rule fired.
    StopRuleFired {
        /// Which, by its position in the settings.
        rule: usize,
        /// Devices that it counted.
        counted: u64,
        /// Devices that had ended.
        ended: u64,
        /// What it did.
        action: StopAction,
    },
    /// No further device is called.
    Paused(PauseReason),
    /// It went on.
    Resumed(Counting),
    /// What had not begun was cancelled.
    Stopped(StopReason),
    /// Every device has ended.
    Finished(StopReason),
}

/// A decision, when it was made, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutHistoryEntry))]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub decision: Decision,
    /// Who decided it; absent for what the rollout decided by itself, and without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
    /// Why, if the person or the webhook said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Where the rollout of a job is, as every list of jobs shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RolloutSummary {
    /// The part of its life in which it is.
    pub phase: Phase,
    /// Since when.
    pub phase_since: Timestamp,
    /// Who brought it into this phase: paused, resumed, rejected, cancelled it. Absent where the rollout did it by itself, and
    /// without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_by: Option<PersonRef>,
    /// How far the current wave is.
    pub stage: Stage,
    /// The current wave, from 0.
    pub wave: usize,
    /// How many waves it has, the last one included.
    pub waves: usize,
    /// When it does something by itself next: a gate's wait ends, a window opens, the approval lapses, the end time comes. While
    /// devices are called it is mostly the next call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<Timestamp>,
}

/// A wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWave))]
#[serde(rename_all = "camelCase")]
pub struct WaveProgress {
    /// How many of its devices are in each state. The waves sum to the job.
    pub outcomes: Outcomes,
    /// How many of its queued devices were not online when they were called, and are called again when they connect.
    pub waiting_to_connect: u64,
    /// What has to be true before the next wave begins; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// Its gate cannot be met any more, whatever the devices answer that are still out.
    pub is_gate_lost: bool,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
}

/// A stop rule and what it has counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStopRuleProgress))]
#[serde(rename_all = "camelCase")]
pub struct StopRuleProgress {
    /// The rule.
    pub rule: StopRule,
    /// What it has counted since the start, or since the last resume that counts afresh.
    pub reading: Reading,
}

/// A rollout: the answer of `GET /api/v1/jobs/{job_id}/rollout`, and a part of a job's snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// The job.
    pub job_id: String,
    /// What was chosen.
    pub settings: Settings,
    /// Where it is; the same as in the job.
    pub summary: RolloutSummary,
    /// The waves in their order; none before the start.
    pub waves: Vec<WaveProgress>,
    /// The stop rules, in the order of the settings.
    pub stop_rules: Vec<StopRuleProgress>,
    /// Calls by how each of them ended: a device that was called three times is in here three times.
    pub calls: Outcomes,
    /// Devices that were called at least once.
    pub notified: u64,
    /// How many devices a minute are called at most now.
    pub rate_per_minute: f64,
    /// What limits that.
    pub rate_limit: RateLimit,
    /// The jobs on the hub that call the devices; absent where the console calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_jobs: Option<HubJobCounts>,
    /// How much of what the hub allows is used now; absent where no limit is known, and in a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_use: Option<HubUse>,
    /// The approval that is waited for, or was given; absent where none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<RolloutApproval>,
    /// What was decided, the newest first; at most the newest 500 lines.
    pub history: Vec<HistoryEntry>,
}
