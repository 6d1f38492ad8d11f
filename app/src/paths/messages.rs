//! Addresses of messages, of live streams of them, and of twins side by side.

use super::{device, encode, group, job, segment, with_query};

/// Two devices' twins side by side.
pub(crate) const COMPARE: &str = "/devices/compare";

/// The same with the devices; an empty id is one to be chosen.
pub(crate) fn compare(left: &str, right: &str) -> String {
    with_query(COMPARE, &[("left", left), ("right", right)])
}

/// Messages to and from one device.
pub(crate) fn device_messages(device_id: &str) -> String {
    format!("{}/messages", device(device_id))
}

/// The live stream of messages from one device.
pub(crate) fn device_telemetry_events(device_id: &str) -> String {
    format!("/api/v1/devices/{}/telemetry/events", encode(device_id))
}

/// Messages from the devices of a group.
pub(crate) fn group_telemetry(group_id: &str) -> String {
    format!("{}/telemetry", group(group_id))
}

/// The live stream of messages from the devices of a group.
pub(crate) fn group_telemetry_events(group_id: &str) -> String {
    format!("/api/v1/groups/{}/telemetry/events", encode(group_id))
}

/// What a twin job changed on a device.
pub(crate) fn twin_change(job_id: &str, device_id: &str) -> String {
    format!("{}/devices/{}/twin", job(job_id), segment(device_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (built, expected) in [
            (device("compare"), "/devices/~compare"),
            (device_messages("a#b"), "/devices/a%23b/messages"),
            (device_telemetry_events("a#b"), "/api/v1/devices/a%23b/telemetry/events"),
            (compare("a", ""), "/devices/compare?left=a"),
            (compare("a", "b"), "/devices/compare?left=a&right=b"),
            (twin_change("lock 1", ".."), "/jobs/lock%201/devices/~../twin"),
            (group_telemetry("doors"), "/groups/doors/telemetry"),
            (group_telemetry_events("doors"), "/api/v1/groups/doors/telemetry/events"),
        ] {
            assert_eq!(built, expected);
        }
    }
}
