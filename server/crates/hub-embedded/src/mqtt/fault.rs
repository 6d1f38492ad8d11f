//! Fault injection: a device sends a message whose properties name a fault, its delay and its duration, to test its
//! reconnecting. Microsoft's SDK test suites send them to the real hub.
//!
//! ```text
//! message ──── delay ────► connection ends ──── duration ────► all is well again
//!                          and is refused, for faults that last
//! ```
//!
//! Source: the fault injection helpers of the C#, Java and Node end-to-end tests. The close reason there (`boom`, `byebye`)
//! is a text for the hub's log.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hub_wire::Timestamp;

use super::TelemetryMessage;
use crate::domain::Target;

/// Longest delay and longest duration.
const MAX: Duration = Duration::from_hours(1);

/// A requested fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// From the message to the fault.
    pub(super) delay: Duration,
    /// From the fault to its end.
    pub(super) duration: Duration,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The connection ends (`KillTcp`, `ShutDownMqtt`).
    Drop,
    /// It ends, and new ones are refused with 3 for a while (`InvokeThrottling`, `InvokeMaxMessageQuota`).
    Busy,
    /// It ends, and new ones are refused with 5 for a while (`InvokeAuthError`).
    Unauthorized,
}

impl Fault {
    /// The fault that a message requests; none for an ordinary message, and for faults of other protocols.
    pub(super) fn requested_by(message: &TelemetryMessage) -> Option<Self> {
        let kind = match message.property("AzIoTHub_FaultOperationType")? {
            "KillTcp" | "ShutDownMqtt" => FaultKind::Drop,
            "InvokeThrottling" | "InvokeMaxMessageQuota" => FaultKind::Busy,
            "InvokeAuthError" => FaultKind::Unauthorized,
            _ => return None,
        };
        let seconds = |name: &str| {
            let seconds = message.property(name).and_then(|text| text.trim().parse::<f64>().ok());
            seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default().min(MAX)
        };
        Some(Self {
            kind,
            delay: seconds("AzIoTHub_FaultOperationDelayInSecs"),
            duration: seconds("AzIoTHub_FaultOperationDurationInSecs"),
        })
    }
}

/// Faults that devices requested for, to come or going on; at most one for each.
#[derive(Default)]
pub(super) struct Faults(Mutex<HashMap<Target, Injected>>);

struct Injected {
    kind: FaultKind,
    until: Timestamp,
    has_begun: bool,
}

impl Faults {
    /// Adds a pending fault; false when one is pending already.
    pub(super) fn schedule(&self, target: &Target, kind: FaultKind, until: Timestamp) -> bool {
        let mut faults = self.faults();
        if faults.get(target).is_some_and(|other| !other.has_begun) {
            return false;
        }
        faults.insert(target.clone(), Injected { kind, until, has_begun: false });
        true
    }

    /// Makes a fault active. One without a duration is over at once.
    pub(super) fn begin(&self, target: &Target) {
        let mut faults = self.faults();
        if let Some(fault) = faults.get_mut(target) {
            fault.has_begun = true;
            if fault.kind == FaultKind::Drop {
                faults.remove(target);
            }
        }
    }

    /// The fault that applies to a device's CONNECT now.
    pub(super) fn active_at(&self, target: &Target, now: Timestamp) -> Option<FaultKind> {
        let mut faults = self.faults();
        let fault = faults.get(target).filter(|fault| fault.has_begun)?;
        if fault.until > now {
            return Some(fault.kind);
        }
        faults.remove(target);
        None
    }

    fn faults(&self) -> MutexGuard<'_, HashMap<Target, Injected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::Property;

    fn requested(properties: &[(&str, &str)]) -> Option<Fault> {
        let properties = properties
            .iter()
            .map(|(name, value)| Property { name: (*name).into(), value: (*value).into() })
            .collect();
        Fault::requested_by(&TelemetryMessage { payload: "".into(), properties })
    }

    #[test]
    fn fault_messages() {
        let fault = |kind, delay, duration| {
            Some(Fault {
                kind,
                delay: Duration::from_secs_f64(delay),
                duration: Duration::from_secs_f64(duration),
            })
        };
        for (kind, delay, duration, expected) in [
            ("KillTcp", "1", "30", fault(FaultKind::Drop, 1.0, 30.0)),
            ("ShutDownMqtt", "0", "0", fault(FaultKind::Drop, 0.0, 0.0)),
            ("InvokeThrottling", "0.5", " 20 ", fault(FaultKind::Busy, 0.5, 20.0)),
            ("InvokeMaxMessageQuota", "", "x", fault(FaultKind::Busy, 0.0, 0.0)),
            ("InvokeAuthError", "-1", "1e300", fault(FaultKind::Unauthorized, 0.0, 0.0)),
            ("InvokeAuthError", "NaN", "86400", fault(FaultKind::Unauthorized, 0.0, 3600.0)),
            ("KillAmqpConnection", "1", "1", None),
        ] {
            let properties = [
                ("AzIoTHub_FaultOperationType", kind),
                ("AzIoTHub_FaultOperationCloseReason", "boom"),
                ("AzIoTHub_FaultOperationDelayInSecs", delay),
                ("AzIoTHub_FaultOperationDurationInSecs", duration),
            ];
            assert_eq!(requested(&properties), expected, "{kind} {delay} {duration}");
        }
        assert_eq!(requested(&[("a", "b")]), None);
        assert_eq!(
            requested(&[("AzIoTHub_FaultOperationType", "KillTcp")]),
            fault(FaultKind::Drop, 0.0, 0.0)
        );
    }
}
