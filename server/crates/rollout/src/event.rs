//! What a rollout hears, and what it wants to be done.

use console_wire::outcome::Outcome;
pub use console_wire::rollout::{Counting, Decision, PauseReason, StopReason};
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    approval::{Request, RequestHash},
    order::Target,
    refusal::Refusal,
    retry::Answer,
    settings::Settings,
};

/// A device of a rollout: its position in the targets as they were read, later ones behind.
pub type DeviceIndex = u32;

/// What happened, or what a person wants. Its serialised form is kept with the time of the step: the same steps make the same
/// state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// A call was taken back before the hub got it: the device is where it was before the call.
    NotSent {
        /// The device.
        device: DeviceIndex,
        /// Which of its calls, from 1. The next one has this number again.
        attempt: u16,
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
    /// A webhook was asked by [`Effect::AskWebhook`] and has not answered in time.
    WebhookUnanswered {
        /// The wave before the gate, from 0.
        wave: usize,
    },
    /// The hub takes so many devices a minute, at least 1.
    HubPace(u32),
    /// So many calls may be under way at once, at least 1.
    AtOnce(u32),
    /// The program was started again. Calls whose answers the program no longer waits for are interrupted.
    Restarted,
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
    /// Ask the webhook whether the wave after this one may start, and answer with [`Event::WebhookAnswered`] or
    /// [`Event::WebhookUnanswered`].
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
