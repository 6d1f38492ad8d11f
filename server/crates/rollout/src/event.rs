//! What a rollout hears, and what it wants to be done.

use console_wire::outcome::Outcome;
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    approval::{Request, RequestHash},
    order::Target,
    refusal::Refusal,
    retry::Answer,
    settings::{Settings, StopAction},
};

/// A device of a rollout: its position in the targets as they were read, later ones behind.
pub type DeviceIndex = u32;

/// What happened, or what a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The time of the last [`Effect::WakeAt`] has come.
    Tick,
    /// Settings, action or target were changed before the start. An approval is asked for anew.
    Edit {
        /// The settings now.
        settings: Box<Settings>,
        /// The request now, by who edited it.
        request: Request,
    },
    /// A person agrees to what has this hash.
    Approve {
        /// Id of the person's account.
        by: String,
        /// The hash that was shown to the person.
        seen: RequestHash,
    },
    /// A person does not agree.
    Reject {
        /// Id of the person's account.
        by: String,
        /// The hash that was shown to the person.
        seen: RequestHash,
    },
    /// The devices that match, as [`Effect::ReadTargets`] asked. A job on a list has them in the list's order.
    TargetsRead(Vec<Target>),
    /// Devices that have come to match, none of which was in a list before.
    TargetsJoined(Vec<Target>),
    /// A call has ended.
    Answered {
        /// The device.
        device: DeviceIndex,
        /// Which of its calls, from 1.
        attempt: u16,
        /// How.
        answer: Answer,
    },
    /// A device has connected, or is found to be connected.
    Connected(DeviceIndex),
    /// Call no further device.
    Pause,
    /// Go on after a pause.
    Resume {
        /// How stop rules count from now.
        counting: Counting,
    },
    /// Start the next wave without waiting.
    NextWave,
    /// Cancel what has not begun. Before the start: withdraw the job.
    Cancel,
    /// A webhook was asked by [`Effect::AskWebhook`] and has answered.
    WebhookAnswered {
        /// The wave before the gate, from 0.
        wave: usize,
        /// Whether the next wave may start.
        may_continue: bool,
    },
    /// The hub takes so many devices a minute, at least 1.
    HubPace(u32),
    /// The program was started again. Calls of which nobody waits for the answer any more are interrupted.
    Restarted,
}

/// How stop rules count after a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counting {
    /// From the resume: a rule needs its number of devices and its share again.
    #[default]
    Afresh,
    /// From the start of the job, so a share that is still too high pauses it with the next result.
    FromStart,
}

/// What is to be done.
///
/// The new state has to be stored before any effect is carried out: a stop between the two then loses a call, which ends as
/// interrupted, and repeats none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask for an approval for so many devices.
    AskApproval {
        /// How many devices.
        devices: u64,
    },
    /// Read the devices that match, with the tags that the settings name, and answer with [`Event::TargetsRead`].
    ReadTargets,
    /// Call a device, and answer with [`Event::Answered`].
    Call {
        /// The device.
        device: DeviceIndex,
        /// Which of its calls this is, from 1.
        attempt: u16,
    },
    /// A device has its outcome, which does not change any more.
    Ended {
        /// The device.
        device: DeviceIndex,
        /// How it ended.
        outcome: Outcome,
    },
    /// Ask the webhook whether the wave after this one may start, and answer with [`Event::WebhookAnswered`].
    AskWebhook {
        /// The wave before the gate, from 0.
        wave: usize,
    },
    /// A line of the rollout's history.
    Record(Decision),
    /// The event changed nothing.
    Refuse(Refusal),
    /// Send [`Event::Tick`] at this time. Each step gives it anew if there is one; the time of an earlier step is void.
    WakeAt(Timestamp),
}

/// A line of a rollout's history. Waves are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
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

/// Why a rollout is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PauseReason {
    /// By a person.
    Person,
    /// By the stop rule with this position in the settings.
    StopRule(usize),
    /// The gate after this wave was not met.
    GateNotMet(usize),
    /// A webhook said no after this wave.
    Webhook(usize),
    /// The target has grown by more than a tenth since it was approved.
    TargetGrew,
}

/// Why nothing more begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Nobody decided on the approval in time.
    Lapsed,
}
