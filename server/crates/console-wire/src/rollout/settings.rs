//! What an operator chooses for a rollout. Everything here is fixed at the start; [`check`](Settings::check) says what is
//! wrong with it.
//!
//! The wire form is that of the API: members in camelCase, and of an alternative with values the name of the alternative
//! around them, such as `{"percent": 1.5}`.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::decimal::{Factor, Percent};

mod check;
mod windows;

pub use self::windows::{Day, TimeOfDay, Window, Windows, Zone, ZoneTag};

/// Most waves of a rollout, the last one included.
pub const MAX_WAVES: usize = 100;
/// Longest time between the end of a wave and the next one, in minutes: seven days.
pub const MAX_SOAK_MINUTES: u32 = 7 * 24 * 60;
/// Most devices a minute.
pub const MAX_RATE: u32 = 60_000;
/// Most stop rules.
pub const MAX_STOP_RULES: usize = 10;
/// Most repeated calls of one device.
pub const MAX_RETRIES: u8 = 10;
/// Longest wait between two calls of one device, in seconds.
pub const MAX_RETRY_WAIT_SECONDS: u32 = 15 * 60;
/// Longest wait for a device to connect, in minutes: seven days.
pub const MAX_OFFLINE_MINUTES: u32 = 7 * 24 * 60;
/// Most maintenance windows of a rollout.
pub const MAX_WINDOWS: usize = 20;
/// Most values of a tag in an order or a wave.
pub const MAX_TAG_VALUES: usize = 1_000;

/// How a job is rolled out. With the default all devices are called in one wave, as fast as the hub takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutSettings))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// How devices are reached.
    pub engine: Engine,
    /// Whether devices that come to match later are included.
    pub targets: Targets,
    /// Which device comes first.
    pub order: Order,
    /// The waves but the last, in their order. The last wave has the devices that no other has.
    pub waves: Vec<WaveSetting>,
    /// What happens when a wave has ended and its gate is not met.
    pub if_gate_not_met: StopAction,
    /// How many devices a minute at most; absent: as many as the hub takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// When to stop by itself.
    pub stop_rules: Vec<StopRule>,
    /// Which calls are repeated.
    pub retry: Retry,
    /// What happens to devices that are not online.
    pub offline: Offline,
    /// How long a device has to answer, in seconds, 5 to 300.
    pub response_timeout_in_seconds: u32,
    /// When devices may be called; absent: at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// When to start; absent: at once, or as soon as it is approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When to end, whatever has been done until then; absent: when every device has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            targets: Targets::default(),
            order: Order::default(),
            waves: Vec::new(),
            if_gate_not_met: StopAction::default(),
            rate: None,
            stop_rules: Vec::new(),
            retry: Retry::default(),
            offline: Offline::default(),
            response_timeout_in_seconds: 30,
            windows: None,
            start_time: None,
            end: None,
        }
    }
}

/// How devices are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEngine))]
#[serde(rename_all = "camelCase")]
pub enum Engine {
    /// The console calls each device. A restart interrupts the calls that are under way.
    #[default]
    DirectCalls,
    /// The hub gets jobs, one for each minute's share of the rate. The hub goes on while the console restarts; a job
    /// that it runs cannot be cancelled.
    HubJobs,
}

/// Whether devices that come to match later are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutTargets))]
#[serde(rename_all = "camelCase")]
pub enum Targets {
    /// The devices that match at the start.
    #[default]
    Frozen,
    /// Devices that come to match join the last wave, until the end. Needs an end.
    Growing,
}

/// Which device comes first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutOrder))]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// By a hash of job and device id: a fair sample, the same on every server and after a restart.
    #[default]
    Sample,
    /// By a tag's values in the given order, then by the hash. Devices with another value come last.
    Tag(TagValues),
}

/// A tag and some of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutTagValues))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagValues {
    /// Path of the tag, such as `tags.building`.
    pub tag: String,
    /// Its values.
    pub values: Vec<String>,
}

/// A wave that is not the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWaveSetting))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaveSetting {
    /// Which devices.
    pub size: WaveSize,
    /// What has to be true before the next wave begins.
    #[serde(default)]
    pub gate: Gate,
}

/// Which devices a wave has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWaveSize))]
#[serde(rename_all = "camelCase")]
pub enum WaveSize {
    /// So many devices.
    Devices(u32),
    /// A share of all devices of the job at its start, not of those that remain; at least one device.
    Percent(Percent),
    /// The devices with one of these values. All waves of a job then name the same tag.
    Tag(TagValues),
}

/// What has to be true before the next wave begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutGate))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Gate {
    /// The share of the wave's devices that has to succeed; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_percent: Option<Percent>,
    /// How long to wait after that, in minutes, 0 to 10,080.
    pub soak_minutes: u32,
    /// What follows the wait.
    pub then: Then,
}

/// What follows the wait of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutThen))]
#[serde(rename_all = "camelCase")]
pub enum Then {
    /// The next wave.
    #[default]
    Continue,
    /// A person starts the next wave.
    AskPerson,
    /// Every webhook that is subscribed to `rollout.gate` is asked. The next wave starts when all of them agree; the job pauses
    /// when one says no, or when there is no answer within an hour.
    AskWebhook,
}

/// How many devices a minute are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutRate))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// Devices a minute, 1 to 60,000: all the time, or at first.
    pub per_minute: u32,
    /// How it rises; absent: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
}

/// How a rate rises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutRamp))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ramp {
    /// What the rate is multiplied by at each step.
    pub factor: Factor,
    /// When a step is made.
    pub after_each: AfterEach,
    /// The highest rate, in devices a minute, up to 60,000.
    pub up_to_per_minute: u32,
}

/// When a rate rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutAfterEach))]
#[serde(rename_all = "camelCase")]
pub enum AfterEach {
    /// Each time that so many more devices have been called. A device counts once, whatever is repeated.
    Notified(u32),
    /// Each time that so many more devices have succeeded.
    Succeeded(u32),
}

/// When a rollout stops by itself. The share is that of the devices of this job that have ended; it is checked with every
/// result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStopRule))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopRule {
    /// Which outcomes count.
    pub outcome: StopOutcome,
    /// The share at which it fires, 0 to 100. It never fires without a device that counts, so 0 is the first such device.
    pub percent: Percent,
    /// It does not fire before so many devices have ended, at least 1.
    pub at_least: u32,
    /// What it does.
    #[serde(default)]
    pub action: StopAction,
}

/// Which outcomes a stop rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStopOutcome))]
#[serde(rename_all = "camelCase")]
pub enum StopOutcome {
    /// Failed.
    Failed,
    /// No answer in time.
    TimedOut,
    /// Not online until the end of its wait.
    NotOnline,
    /// Any of these, and interrupted calls.
    Any,
}

/// What happens when a rollout stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutStopAction))]
#[serde(rename_all = "camelCase")]
pub enum StopAction {
    /// Nothing more is called until a person resumes.
    #[default]
    Pause,
    /// What has not begun is cancelled.
    Cancel,
}

/// Which calls are repeated. Errors of the hub that say that the device was not reached (429xxx, 500xxx, 503xxx) always are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutRetry))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Retry {
    /// Most repeated calls of a device, 0 to 10. A device that was not online is called again without counting.
    pub at_most: u8,
    /// The first wait, in seconds, 1 to 900. Each further one is twice as long, at most 15 minutes; the wait is drawn
    /// between nothing and that.
    pub first_wait_seconds: u32,
    /// The action may be done twice: a call without an answer (504101) is repeated.
    pub safe_to_repeat: bool,
    /// Answers of the device itself, 400 or more, after which it is called again.
    pub device_statuses: Vec<i32>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { at_most: 3, first_wait_seconds: 30, safe_to_repeat: false, device_statuses: Vec::new() }
    }
}

/// What happens to devices that are not online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutOffline))]
#[serde(rename_all = "camelCase")]
pub enum Offline {
    /// A device has so many minutes to connect after the first call, 0 to 10,080. With 0 it ends at once.
    WaitMinutes(u32),
    /// A device may connect until the end of the job. Needs an end.
    UntilEnd,
}

impl Default for Offline {
    fn default() -> Self {
        Self::WaitMinutes(0)
    }
}

/// When a rollout ends, whatever has been done until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEnd))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct End {
    /// The time.
    pub at: Timestamp,
    /// What happens then to devices that were called and are to be called again.
    #[serde(default)]
    pub behaviour: EndBehaviour,
}

/// What happens at the end time to devices that were called and are to be called again. Devices that were never called are
/// cancelled, devices that did not connect end as not online, calls under way go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEndBehaviour))]
#[serde(rename_all = "camelCase")]
pub enum EndBehaviour {
    /// They end with the outcome of their last call.
    #[default]
    Cancel,
    /// They are called again as if there were no end, unless the rollout is paused at that time.
    Stop,
}
