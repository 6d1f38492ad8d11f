//! One device's share of a job, in the console's finer states.

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device_job::{DeviceJob, DeviceJobError, DeviceJobStatus},
    direct_method::DirectMethodResponse,
    error::ErrorCode,
};
use serde::{Deserialize, Serialize};

/// Error code of a device job whose call was under way when the hub stopped. Ours, not IoT Hub's.
pub const INTERRUPTED: &str = "DeviceJobInterrupted";

/// Where one device is. Eight states; every device of a job is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Not sent yet.
    Queued,
    /// Sent, waiting for the answer.
    InFlight,
    /// The device answered below 400, or its twin was written.
    Succeeded,
    /// The device answered 400 or more, or the hub says failed.
    Failed,
    /// No answer in time (504101).
    TimedOut,
    /// The device was not connected, or does not subscribe to methods (404103).
    NotOnline,
    /// The hub stopped while the call was under way; whether the device acted is not known.
    Interrupted,
    /// Cancelled before it was sent.
    Cancelled,
}

impl Outcome {
    /// All of them, in the order of a progress bar.
    pub const ALL: [Self; 8] = [
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::NotOnline,
        Self::Interrupted,
        Self::Cancelled,
        Self::InFlight,
        Self::Queued,
    ];

    /// The value on the wire, in addresses and in style attributes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "inFlight",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timedOut",
            Self::NotOnline => "notOnline",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }

    /// By the value on the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// It does not change any more.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::InFlight)
    }

    /// Ended as failed, timed out, not online or interrupted.
    pub const fn is_problem(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::NotOnline | Self::Interrupted)
    }

    /// What a hub's row means. The hub counts an answer of 500 as completed; an operator does not.
    pub fn of(row: &DeviceJob) -> Self {
        match row.status {
            DeviceJobStatus::Pending | DeviceJobStatus::Scheduled | DeviceJobStatus::Unknown => Self::Queued,
            DeviceJobStatus::Running => Self::InFlight,
            DeviceJobStatus::Canceled => Self::Cancelled,
            DeviceJobStatus::Completed => {
                let answer = row.outcome.as_ref().and_then(|outcome| outcome.device_method_response.as_ref());
                if answer.is_some_and(|answer| answer.status >= 400) { Self::Failed } else { Self::Succeeded }
            }
            DeviceJobStatus::Failed => {
                row.error.as_ref().map_or(Self::Failed, |error| Self::of_error(&error.code))
            }
        }
    }

    fn of_error(code: &str) -> Self {
        let is = |known: ErrorCode| code == known.name() || code == known.number().to_string();
        if is(ErrorCode::DeviceNotOnline) {
            Self::NotOnline
        } else if is(ErrorCode::GatewayTimeout) {
            Self::TimedOut
        } else if code == INTERRUPTED {
            Self::Interrupted
        } else {
            Self::Failed
        }
    }
}

/// How many devices are in each state. Always sums to the job's device count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Outcomes {
    /// Devices that wait to be sent.
    pub queued: u64,
    /// Devices that were sent and have not answered.
    pub in_flight: u64,
    /// Devices that did what was asked.
    pub succeeded: u64,
    /// Devices that answered 400 or more, or failed for the hub.
    pub failed: u64,
    /// Devices that did not answer in time.
    pub timed_out: u64,
    /// Devices that were not connected.
    pub not_online: u64,
    /// Devices whose call was under way when the hub stopped.
    pub interrupted: u64,
    /// Devices that were cancelled before they were sent.
    pub cancelled: u64,
}

impl Outcomes {
    /// The count of one state.
    pub const fn get(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Queued => self.queued,
            Outcome::InFlight => self.in_flight,
            Outcome::Succeeded => self.succeeded,
            Outcome::Failed => self.failed,
            Outcome::TimedOut => self.timed_out,
            Outcome::NotOnline => self.not_online,
            Outcome::Interrupted => self.interrupted,
            Outcome::Cancelled => self.cancelled,
        }
    }

    /// The count of one state, to change.
    pub const fn get_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Queued => &mut self.queued,
            Outcome::InFlight => &mut self.in_flight,
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::TimedOut => &mut self.timed_out,
            Outcome::NotOnline => &mut self.not_online,
            Outcome::Interrupted => &mut self.interrupted,
            Outcome::Cancelled => &mut self.cancelled,
        }
    }

    /// All devices.
    pub fn total(&self) -> u64 {
        Outcome::ALL.into_iter().map(|outcome| self.get(outcome)).sum()
    }

    /// Devices that have ended, one way or another.
    pub fn finished(&self) -> u64 {
        self.total() - self.queued - self.in_flight
    }

    /// Devices whose outcome is a problem.
    pub const fn problems(&self) -> u64 {
        self.failed + self.timed_out + self.not_online + self.interrupted
    }
}

/// One device's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceResult {
    /// The device.
    pub device_id: DeviceId,
    /// The module, for a job over modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// The hub's status.
    pub status: DeviceJobStatus,
    /// The console's state.
    pub outcome: Outcome,
    /// The device's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<DirectMethodResponse>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeviceJobError>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_utc: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_utc: Option<Timestamp>,
    /// In a rollout, the calls before the last one, the oldest first. Lists leave them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_calls: Vec<EarlierCall>,
}

/// A call of a device that a rollout has repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EarlierCall {
    /// Which of the device's calls, from 1.
    pub attempt: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// The device's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<DirectMethodResponse>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeviceJobError>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_utc: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_utc: Option<Timestamp>,
}

impl EarlierCall {
    /// From the device's row of that call.
    pub fn new(attempt: u16, row: DeviceJob) -> Self {
        Self {
            attempt,
            outcome: Outcome::of(&row),
            response: row.outcome.and_then(|outcome| outcome.device_method_response),
            error: row.error,
            start_time_utc: row.start_time_utc,
            end_time_utc: row.end_time_utc,
        }
    }
}

impl DeviceResult {
    /// Milliseconds from sending to the end; none where nothing went to the device and back: it was not online, or its
    /// twin was written in the hub.
    pub fn round_trip_ms(&self) -> Option<u64> {
        let is_written_twin = self.outcome == Outcome::Succeeded && self.response.is_none();
        if self.outcome == Outcome::NotOnline || is_written_twin {
            return None;
        }
        let span = self.end_time_utc?.since(self.start_time_utc?);
        u64::try_from(span.as_millis()).ok()
    }
}

impl From<DeviceJob> for DeviceResult {
    fn from(row: DeviceJob) -> Self {
        Self {
            outcome: Outcome::of(&row),
            status: row.status,
            device_id: row.device_id,
            module_id: row.module_id,
            response: row.outcome.and_then(|outcome| outcome.device_method_response),
            error: row.error,
            start_time_utc: row.start_time_utc,
            end_time_utc: row.end_time_utc,
            earlier_calls: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(status: &str, rest: &serde_json::Value, outcome: Outcome) {
        let mut row =
            json!({"deviceId": "d", "jobId": "j", "jobType": "scheduleDeviceMethod", "status": status});
        row.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let row: DeviceJob = serde_json::from_value(row).unwrap();
        assert_eq!(Outcome::of(&row), outcome, "{row:?}");
    }

    #[test]
    fn the_hubs_status_and_our_outcome() {
        let answer =
            |status: i32| json!({"outcome": {"deviceMethodResponse": {"status": status, "payload": null}}});
        let error = |code: &str| json!({"error": {"code": code, "description": "why"}});
        check("pending", &json!({}), Outcome::Queued);
        check("scheduled", &json!({}), Outcome::Queued);
        check("running", &json!({}), Outcome::InFlight);
        check("completed", &answer(200), Outcome::Succeeded);
        check("completed", &answer(399), Outcome::Succeeded);
        check("completed", &answer(400), Outcome::Failed);
        check("completed", &answer(500), Outcome::Failed);
        check("completed", &json!({"outcome": {"deviceMethodResponse": null}}), Outcome::Succeeded);
        check("failed", &error("DeviceNotOnline"), Outcome::NotOnline);
        check("failed", &error("404103"), Outcome::NotOnline);
        check("failed", &error("GatewayTimeout"), Outcome::TimedOut);
        check("failed", &error(INTERRUPTED), Outcome::Interrupted);
        check("failed", &error("DeviceNotFound"), Outcome::Failed);
        check("failed", &json!({}), Outcome::Failed);
        check("canceled", &json!({}), Outcome::Cancelled);
    }

    #[test]
    fn only_what_went_to_a_device_and_back_has_a_round_trip() {
        let result = |outcome: Outcome, ended: Option<&str>| -> DeviceResult {
            let row = json!({
                "deviceId": "d", "status": "completed", "outcome": outcome,
                "startTimeUtc": "2026-11-23T18:00:00.000Z", "endTimeUtc": ended,
            });
            serde_json::from_value(row).unwrap()
        };
        let ended = Some("2026-11-23T18:00:00.187Z");
        let mut answered = result(Outcome::Succeeded, ended);
        answered.response = Some(DirectMethodResponse { status: 200, payload: serde_json::Value::Null });
        assert_eq!(answered.round_trip_ms(), Some(187));
        assert_eq!(result(Outcome::Succeeded, ended).round_trip_ms(), None, "a twin was written");
        assert_eq!(result(Outcome::Failed, ended).round_trip_ms(), Some(187));
        assert_eq!(result(Outcome::TimedOut, ended).round_trip_ms(), Some(187));
        assert_eq!(result(Outcome::NotOnline, ended).round_trip_ms(), None);
        assert_eq!(result(Outcome::InFlight, None).round_trip_ms(), None);
    }

    #[test]
    fn counts_sum() {
        let mut outcomes = Outcomes::default();
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            *outcomes.get_mut(outcome) = index as u64 + 1;
            assert_eq!(Outcome::from_wire(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(outcomes.total(), 36);
        assert_eq!(outcomes.finished(), 36 - 7 - 8);
        assert_eq!(outcomes.problems(), 2 + 3 + 4 + 5);
    }
}
