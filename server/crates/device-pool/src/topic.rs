//! Parses and formats the hub's topics. Source: the MQTT chapter of IoT Hub's device guide.
//!
//! A generic filter matcher would refuse them all, since they begin with `$`.

use std::fmt::Write;

/// Requests to call a method.
pub(crate) const METHODS: &str = "$iothub/methods/POST/#";
/// Answers to our twin requests.
pub(crate) const TWIN_ANSWERS: &str = "$iothub/twin/res/#";
/// Changes of desired properties.
pub(crate) const DESIRED: &str = "$iothub/twin/PATCH/properties/desired/#";

/// What the hub sends a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// A method is called; the answer must carry the request id back unchanged.
    Method {
        /// As written; names within the hub's characters are never encoded.
        name: &'a str,
        /// Opaque.
        request_id: &'a str,
    },
    /// The answer to a twin request of ours.
    TwinAnswer {
        /// As HTTP's: 200, 204, 4xx, 5xx.
        status: u16,
        /// Ours.
        request_id: &'a str,
    },
    /// Desired properties have changed.
    Desired,
    /// A message from the cloud.
    Message {
        /// Its properties, percent-encoded.
        bag: &'a str,
    },
}

/// Reads a topic; `None` for one that is not the hub's.
pub(crate) fn read(topic: &str) -> Option<Incoming<'_>> {
    if let Some(rest) = topic.strip_prefix("devices/") {
        let (_, bag) = rest.split_once("/messages/devicebound/")?;
        return Some(Incoming::Message { bag });
    }
    let rest = topic.strip_prefix("$iothub/")?;
    if let Some(rest) = rest.strip_prefix("methods/POST/") {
        let (name, query) = rest.split_once("/?")?;
        return Some(Incoming::Method { name, request_id: request_id(query)? });
    }
    if let Some(rest) = rest.strip_prefix("twin/res/") {
        let (status, query) = rest.split_once("/?")?;
        return Some(Incoming::TwinAnswer { status: status.parse().ok()?, request_id: request_id(query)? });
    }
    rest.starts_with("twin/PATCH/properties/desired/").then_some(Incoming::Desired)
}

fn request_id(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("$rid="))
}

/// Messages from the cloud to a device.
pub(crate) fn messages(device_id: &str) -> String {
    format!("devices/{device_id}/messages/devicebound/#")
}

/// Where a device's answer to a message goes: telemetry in JSON, with the id of the message, still percent-encoded, as its
/// correlation id.
pub(crate) fn message_answer(device_id: &str, bag: &str) -> String {
    let id = bag.split('&').find_map(|pair| pair.strip_prefix("%24.mid="));
    let correlation = id.map(|id| format!("&%24.cid={id}")).unwrap_or_default();
    format!(
        "devices/{device_id}/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8{correlation}&kind=answer"
    )
}

/// Where a method's answer goes.
pub(crate) fn method_answer(status: i32, request_id: &str) -> String {
    format_topic(format_args!("$iothub/methods/res/{status}/?$rid={request_id}"))
}

/// Where a twin is requested.
pub(crate) fn twin_get(request_id: u32) -> String {
    format_topic(format_args!("$iothub/twin/GET/?$rid={request_id}"))
}

/// Where reported properties are changed.
pub(crate) fn reported_patch(request_id: u32) -> String {
    format_topic(format_args!("$iothub/twin/PATCH/properties/reported/?$rid={request_id}"))
}

/// Formats a topic into a pre-sized string: one is made for every call of every device.
fn format_topic(topic: std::fmt::Arguments<'_>) -> String {
    let mut text = String::with_capacity(64);
    text.write_fmt(topic).expect("writing to text does not fail");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_parsed() {
        for (topic, expected) in [
            (
                "$iothub/methods/POST/lockDoor/?$rid=1f",
                Some(Incoming::Method { name: "lockDoor", request_id: "1f" }),
            ),
            (
                "$iothub/methods/POST/a*b/?$rid=x-y&more=1",
                Some(Incoming::Method { name: "a*b", request_id: "x-y" }),
            ),
            ("$iothub/twin/res/200/?$rid=7", Some(Incoming::TwinAnswer { status: 200, request_id: "7" })),
            (
                "$iothub/twin/res/204/?$rid=7&$version=12",
                Some(Incoming::TwinAnswer { status: 204, request_id: "7" }),
            ),
            ("$iothub/twin/PATCH/properties/desired/?$version=4", Some(Incoming::Desired)),
            ("$iothub/methods/POST/lockDoor/", None),
            ("$iothub/methods/POST/lockDoor/?rid=1", None),
            ("$iothub/twin/res/soon/?$rid=1", None),
            ("devices/d/messages/devicebound/", Some(Incoming::Message { bag: "" })),
            (
                "devices/d#1/messages/devicebound/%24.mid=1&a=b",
                Some(Incoming::Message { bag: "%24.mid=1&a=b" }),
            ),
            ("devices/d/messages/events/", None),
            ("", None),
        ] {
            assert_eq!(read(topic), expected, "{topic}");
        }
    }

    #[test]
    fn topics_are_formatted() {
        assert_eq!(method_answer(-3, "1f"), "$iothub/methods/res/-3/?$rid=1f");
        assert_eq!(
            message_answer("d", "%24.mid=a%2F1&%24.to=x"),
            "devices/d/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8&%24.cid=a%2F1&kind=answer"
        );
        assert_eq!(
            message_answer("d", ""),
            "devices/d/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8&kind=answer"
        );
        assert_eq!(twin_get(1), "$iothub/twin/GET/?$rid=1");
        assert_eq!(reported_patch(2), "$iothub/twin/PATCH/properties/reported/?$rid=2");
    }
}
