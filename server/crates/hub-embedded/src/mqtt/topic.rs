//! Parses and formats the hub's topics. There are a dozen, all fixed, so published topics are matched by prefix;
//! subscriptions are matched by [`filter`](super::filter).
//!
//! Ids are never escaped in topics. Source: `iot-mqtt-connect-to-iot-hub.md`.

use super::{filter::Level, limits::MAX_REQUEST_ID};
use crate::domain::Target;

/// A kind of topic that the hub sends to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    /// Messages from the cloud: `devices/{id}/messages/devicebound/#`.
    Devicebound,
    /// Method calls: `$iothub/methods/POST/#`.
    Methods,
    /// Answers to twin requests: `$iothub/twin/res/#`.
    TwinAnswers,
    /// Changes of desired properties: `$iothub/twin/PATCH/properties/desired/#`.
    Desired,
    /// A module's inputs: `devices/{id}/modules/{mid}/inputs/#`.
    Inputs,
}

impl Subscription {
    pub(super) const ALL: [Self; 5] =
        [Self::Devicebound, Self::Methods, Self::TwinAnswers, Self::Desired, Self::Inputs];

    /// Its name in logs.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Devicebound => "devicebound",
            Self::Methods => "methods",
            Self::TwinAnswers => "twin-answers",
            Self::Desired => "desired",
            Self::Inputs => "inputs",
        }
    }

    /// Its bit in a set of kinds.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a device published, by its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming<'a> {
    /// A message to the cloud with its property bag.
    Telemetry { bag: &'a str },
    /// An answer to a method call. A status that is not a whole number of 32 bits is given as its text; the request
    /// id is none when it is not one of ours.
    MethodAnswer { status: Result<i32, &'a str>, request_id: Option<u32> },
    /// The device reads its twin.
    TwinGet { request_id: &'a str },
    /// The device reports properties.
    ReportedPatch { request_id: &'a str },
}

/// Parses a published topic; none when it is not one of this device's.
pub(super) fn incoming<'a>(target: &Target, topic: &'a str) -> Option<Incoming<'a>> {
    let Some(hub) = topic.strip_prefix("$iothub/") else {
        let bag = after_own_prefix(target, topic)?.strip_prefix("messages/events")?;
        let bag = if bag.is_empty() { bag } else { bag.strip_prefix('/')? };
        return Some(Incoming::Telemetry { bag: bag.strip_suffix('/').unwrap_or(bag) });
    };
    if let Some(answer) = hub.strip_prefix("methods/res/") {
        let (status, query) = answer.split_once('/')?;
        let request_id = u32::from_str_radix(request_id(query)?, 16).ok();
        return Some(Incoming::MethodAnswer { status: status.parse().map_err(|_| status), request_id });
    }
    if let Some(query) = hub.strip_prefix("twin/GET/") {
        return Some(Incoming::TwinGet { request_id: request_id(query)? });
    }
    let query = hub.strip_prefix("twin/PATCH/properties/reported/")?;
    Some(Incoming::ReportedPatch { request_id: request_id(query)? })
}

/// The forms of all topics that the hub sends to a device or module.
pub(super) fn sent_to(target: &Target) -> Vec<(Subscription, Vec<Level<'_>>)> {
    use Level::{Any, Text};
    let own = |rest: &[Level<'static>]| {
        let mut levels = vec![Text("devices"), Text(target.device_id.as_str())];
        if let Some(module_id) = target.module_str() {
            levels.extend([Text("modules"), Text(module_id)]);
        }
        levels.extend_from_slice(rest);
        levels
    };
    let mut forms = vec![
        (Subscription::Devicebound, own(&[Text("messages"), Text("devicebound"), Any])),
        (Subscription::Methods, vec![Text("$iothub"), Text("methods"), Text("POST"), Any, Any]),
        (Subscription::TwinAnswers, vec![Text("$iothub"), Text("twin"), Text("res"), Any, Any]),
        (
            Subscription::Desired,
            vec![Text("$iothub"), Text("twin"), Text("PATCH"), Text("properties"), Text("desired"), Any],
        ),
    ];
    if target.module_id.is_some() {
        forms.push((Subscription::Inputs, own(&[Text("inputs"), Any, Any])));
    }
    forms
}

/// Topic of a method call. The request id comes first and alone: C# cuts a fixed prefix off.
pub(super) fn method_request(method_name: &str, request_id: u32) -> String {
    format!("$iothub/methods/POST/{method_name}/?$rid={request_id:x}")
}

/// Topic of a twin answer; the request id is the device's own text.
pub(super) fn twin_answer(status: u16, request_id: &str, version: Option<u64>) -> String {
    match version {
        None => format!("$iothub/twin/res/{status}/?$rid={request_id}"),
        Some(version) => format!("$iothub/twin/res/{status}/?$rid={request_id}&$version={version}"),
    }
}

/// Topic of a change of desired properties.
pub(super) fn desired(version: u64) -> String {
    format!("$iothub/twin/PATCH/properties/desired/?$version={version}")
}

/// Topic of a cloud-to-device message; the bag is escaped already.
pub(super) fn devicebound(target: &Target, bag: &str) -> String {
    format!("devices/{}/messages/devicebound/{bag}", target.device_id)
}

/// What follows `devices/{id}/` or `devices/{id}/modules/{mid}/`.
fn after_own_prefix<'a>(target: &Target, topic: &'a str) -> Option<&'a str> {
    let after = topic.strip_prefix("devices/")?.strip_prefix(target.device_id.as_str())?.strip_prefix('/')?;
    match &target.module_id {
        None => Some(after),
        Some(module_id) => {
            after.strip_prefix("modules/")?.strip_prefix(module_id.as_str())?.strip_prefix('/')
        }
    }
}

/// `$rid` of `?$rid=…&…`.
fn request_id(query: &str) -> Option<&str> {
    let pairs = query.strip_prefix('?')?;
    let id = pairs.split('&').find_map(|pair| pair.strip_prefix("$rid="))?;
    (!id.is_empty() && id.len() <= MAX_REQUEST_ID).then_some(id)
}

#[cfg(test)]
mod tests {
    use hub_wire::{DeviceId, ModuleId};

    use super::*;

    fn device() -> Target {
        Target::device(DeviceId::new("d#1").unwrap())
    }

    fn module() -> Target {
        Target::module(DeviceId::new("d#1").unwrap(), ModuleId::new("m").unwrap())
    }

    #[test]
    fn published_topics_are_parsed() {
        let telemetry = |bag| Some(Incoming::Telemetry { bag });
        let answer = |status, request_id| Some(Incoming::MethodAnswer { status: Ok(status), request_id });
        let no_status = |text, request_id| Some(Incoming::MethodAnswer { status: Err(text), request_id });
        for (target, topic, expected) in [
            (device(), "devices/d#1/messages/events/", telemetry("")),
            (device(), "devices/d#1/messages/events", telemetry("")),
            (device(), "devices/d#1/messages/events/a=b&c", telemetry("a=b&c")),
            (device(), "devices/d#1/messages/events/a=b/", telemetry("a=b")),
            (device(), "devices/d#1/messages/eventsa=b", None),
            (device(), "devices/d2/messages/events/", None),
            (device(), "devices/d#12/messages/events/", None),
            (device(), "devices/D#1/messages/events/", None),
            (device(), "devices/d#1/modules/m/messages/events/", None),
            (device(), "devices/d#1/messages/devicebound/", None),
            (module(), "devices/d#1/modules/m/messages/events/x=1", telemetry("x=1")),
            (module(), "devices/d#1/messages/events/", None),
            (device(), "$iothub/methods/res/200/?$rid=1f", answer(200, Some(0x1f))),
            (device(), "$iothub/methods/res/-1/?$rid=ffffffff", answer(-1, Some(u32::MAX))),
            (device(), "$iothub/methods/res/200/?$rid=100000000", answer(200, None)),
            (device(), "$iothub/methods/res/200/?$rid=not-ours", answer(200, None)),
            (device(), "$iothub/methods/res/ok/?$rid=1", no_status("ok", Some(1))),
            (device(), "$iothub/methods/res//?$rid=1", no_status("", Some(1))),
            (device(), "$iothub/methods/res/2.5/?$rid=1", no_status("2.5", Some(1))),
            (device(), "$iothub/methods/res/3000000000/?$rid=1", no_status("3000000000", Some(1))),
            (device(), "$iothub/methods/res/200/?$rid=", None),
            (device(), "$iothub/methods/res/200", None),
            (device(), "$iothub/methods/POST/m/?$rid=1", None),
            (module(), "$iothub/twin/GET/?$rid=a-b", Some(Incoming::TwinGet { request_id: "a-b" })),
            (device(), "$iothub/twin/GET/?$rid=7&x=1", Some(Incoming::TwinGet { request_id: "7" })),
            (device(), "$iothub/twin/GET/", None),
            (device(), "$iothub/twin/GET/?rid=1", None),
            (
                device(),
                "$iothub/twin/PATCH/properties/reported/?$rid=%20",
                Some(Incoming::ReportedPatch { request_id: "%20" }),
            ),
            (device(), "$iothub/twin/PATCH/properties/desired/?$rid=1", None),
            (device(), "$iothub/streams/POST/x", None),
            (device(), "$SYS/broker", None),
            (device(), "", None),
        ] {
            assert_eq!(incoming(&target, topic), expected, "{topic}");
        }
        let long = format!("$iothub/twin/GET/?$rid={}", "x".repeat(MAX_REQUEST_ID + 1));
        assert_eq!(incoming(&device(), &long), None);
    }

    #[test]
    fn sent_topics_are_formatted() {
        assert_eq!(method_request("reboot", 0xab), "$iothub/methods/POST/reboot/?$rid=ab");
        assert_eq!(twin_answer(200, "x-1", None), "$iothub/twin/res/200/?$rid=x-1");
        assert_eq!(twin_answer(204, "1", Some(7)), "$iothub/twin/res/204/?$rid=1&$version=7");
        assert_eq!(desired(3), "$iothub/twin/PATCH/properties/desired/?$version=3");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(topic in ".{0,80}") {
            let _ = incoming(&module(), &topic);
            let _ = incoming(&device(), &format!("$iothub/{topic}"));
        }
    }
}
