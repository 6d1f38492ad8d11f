//! One device's share of a job: its states, and how it can end.
//!
//! ```text
//! pending ──► running ──► completed
//!    │           └──────► failed
//!    ├──────────────────► completed, failed   (a twin is written in one step)
//!    └──────────────────► canceled
//! ```

use hub_wire::{
    device_job::{DeviceJobError, DeviceJobStatus},
    error::ErrorCode,
};

/// What can happen to a device job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceJobEvent {
    /// The call is about to be sent.
    Begin,
    /// The device answered, or its twin was written.
    Complete,
    /// It did not, or could not.
    Fail,
    /// The job was cancelled.
    Cancel,
}

/// The state after an event; none when the state does not allow it. Nothing leads back to pending or
/// twice to running, so a method is never called twice.
pub const fn next(status: DeviceJobStatus, event: DeviceJobEvent) -> Option<DeviceJobStatus> {
    use DeviceJobEvent as On;
    use DeviceJobStatus as Is;
    match (status, event) {
        (Is::Pending | Is::Scheduled, On::Begin) => Some(Is::Running),
        (Is::Pending | Is::Running, On::Complete) => Some(Is::Completed),
        (Is::Pending | Is::Scheduled | Is::Running, On::Fail) => Some(Is::Failed),
        (Is::Pending | Is::Scheduled, On::Cancel) => Some(Is::Canceled),
        _ => None,
    }
}

/// The hub restarted while the call was under way. Our own code: the contract has none.
pub const INTERRUPTED: &str = "DeviceJobInterrupted";
/// The job's execution window ended first. Our own code: the contract has none.
pub const WINDOW_ENDED: &str = "MaxExecutionTimeExceeded";

/// The error of a call that was under way when the hub stopped: the device may have acted on it.
pub fn interrupted() -> DeviceJobError {
    error(
        INTERRUPTED,
        "The hub restarted while the call was under way; whether the device acted on it is not known.",
    )
}

/// The error of a device that had no outcome when the job's execution window ended.
pub fn window_ended(begun: bool) -> DeviceJobError {
    error(
        WINDOW_ENDED,
        if begun {
            "The job's maxExecutionTimeInSeconds passed while the device's answer was awaited."
        } else {
            "The job's maxExecutionTimeInSeconds passed before this device's turn came."
        },
    )
}

/// The error of a device that was deleted, or disabled, between the job's start and its turn.
pub fn device_not_found() -> DeviceJobError {
    error(ErrorCode::DeviceNotFound.name(), "The device was deleted or disabled before its turn came.")
}

/// The error of a twin that a change would make too large.
pub fn twin_too_large(reason: &str) -> DeviceJobError {
    error(ErrorCode::ArgumentInvalid.name(), reason)
}

fn error(code: &str, description: &str) -> DeviceJobError {
    DeviceJobError { code: code.to_owned(), description: description.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition() {
        use DeviceJobEvent::{Begin, Cancel, Complete, Fail};
        use DeviceJobStatus::{Canceled, Completed, Failed, Pending, Running, Scheduled, Unknown};
        let allowed = [
            (Pending, Begin, Running),
            (Scheduled, Begin, Running),
            (Pending, Complete, Completed),
            (Running, Complete, Completed),
            (Pending, Fail, Failed),
            (Scheduled, Fail, Failed),
            (Running, Fail, Failed),
            (Pending, Cancel, Canceled),
            (Scheduled, Cancel, Canceled),
        ];
        for status in [Pending, Scheduled, Running, Completed, Failed, Canceled, Unknown] {
            for event in [Begin, Complete, Fail, Cancel] {
                let expected = allowed.iter().find(|row| (row.0, row.1) == (status, event)).map(|row| row.2);
                assert_eq!(next(status, event), expected, "{status:?} {event:?}");
            }
        }
    }
}
