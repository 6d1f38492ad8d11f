//! Cloud-to-device messages: their limits, and their format in a topic.
//!
//! Source of the numbers: `iot-hub-devguide-messages-c2d.md`.

use std::{fmt::Write, time::Duration};

use bytes::Bytes;
use hub_wire::{DeviceId, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::RequestError;

/// Most messages that wait for one device.
pub const MAX_QUEUE: u64 = 50;
/// Largest message, body and properties, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// How long a message waits when its sender sets no expiry.
pub const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_hours(1);
/// Longest that a message waits, whatever its sender requests.
pub const LONGEST_TIME_TO_LIVE: Duration = Duration::from_hours(48);
/// How often a message is sent to the device before the hub gives up.
pub const MAX_DELIVERIES: u32 = 10;
/// How long a message may stay unacknowledged before it is sent again.
pub const LOCK: Duration = Duration::from_mins(1);
/// Longest topic that MQTT can write, in bytes.
const MAX_TOPIC: usize = 65_535;

/// All that RFC 3986 does not call unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// When the sender wants feedback on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ack {
    /// Never.
    #[default]
    None,
    /// When the device has completed it.
    Positive,
    /// When it was not delivered.
    Negative,
    /// Either way.
    Full,
}

impl Ack {
    /// Reads the wire's word, in any case.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::None, Self::Positive, Self::Negative, Self::Full]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(word))
    }

    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Full => "full",
        }
    }
}

/// How a message ended, as feedback names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The device completed it.
    Success,
    /// It expired.
    Expired,
    /// It was sent [`MAX_DELIVERIES`] times and never completed.
    DeliveryCountExceeded,
    /// The service emptied the queue.
    Purged,
}

impl Outcome {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Expired => "Expired",
            Self::DeliveryCountExceeded => "DeliveryCountExceeded",
            Self::Purged => "Purged",
        }
    }

    /// The acks whose senders get feedback.
    pub const fn notified_acks(self) -> [Ack; 2] {
        match self {
            Self::Success => [Ack::Positive, Ack::Full],
            Self::Expired | Self::DeliveryCountExceeded | Self::Purged => [Ack::Negative, Ack::Full],
        }
    }
}

/// A message for a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudToDeviceMessage {
    /// By which feedback names it.
    pub message_id: String,
    /// What it answers.
    pub correlation_id: Option<String>,
    /// Who it is from.
    pub user_id: Option<String>,
    /// Media type of the body.
    pub content_type: Option<String>,
    /// Character set of the body.
    pub content_encoding: Option<String>,
    /// When it is of no use any more.
    pub expires: Option<Timestamp>,
    /// When the sender wants feedback.
    pub ack: Option<Ack>,
    /// The sender's own properties, in the order sent.
    pub properties: Vec<(String, String)>,
    /// The body, as sent.
    pub body: Bytes,
}

impl CloudToDeviceMessage {
    /// When the hub gives up: the sender's time within the longest, or after the default.
    pub fn expires_at(&self, now: Timestamp) -> Timestamp {
        self.expires.map_or_else(
            || now.plus(DEFAULT_TIME_TO_LIVE),
            |expires| expires.min(now.plus(LONGEST_TIME_TO_LIVE)),
        )
    }

    /// The property bag of its topic: system properties first, then those of the sender.
    ///
    /// # Errors
    /// When the message is too large, or its properties do not fit into a topic once they are escaped.
    pub fn bag(&self, device_id: &DeviceId) -> Result<String, RequestError> {
        let size: usize = self.body.len()
            + self.pairs(device_id).map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if size > MAX_MESSAGE {
            return Err(RequestError::MessageTooLarge { size, max: MAX_MESSAGE });
        }
        let mut bag = String::new();
        for (name, value) in self.pairs(device_id) {
            let joint = if bag.is_empty() { "" } else { "&" };
            let _ = write!(
                bag,
                "{joint}{}={}",
                utf8_percent_encode(&name, ESCAPED),
                utf8_percent_encode(&value, ESCAPED)
            );
        }
        let topic = bag.len() + "devices//messages/devicebound/".len() + device_id.as_str().len();
        if topic > MAX_TOPIC {
            return Err(RequestError::MessageTooLarge { size: topic, max: MAX_TOPIC });
        }
        Ok(bag)
    }

    fn pairs(&self, device_id: &DeviceId) -> impl Iterator<Item = (String, String)> {
        let system = [
            ("$.mid", Some(self.message_id.clone())),
            ("$.cid", self.correlation_id.clone()),
            ("$.uid", self.user_id.clone()),
            ("$.to", Some(format!("/devices/{device_id}/messages/deviceBound"))),
            ("$.ct", self.content_type.clone()),
            ("$.ce", self.content_encoding.clone()),
            ("$.exp", self.expires.map(|expires| expires.to_string())),
            ("iothub-ack", self.ack.map(|ack| ack.as_str().to_owned())),
        ];
        let system = system.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        system.chain(self.properties.iter().cloned())
    }
}

/// A message for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceboundMessage {
    /// Identifies it when it is completed.
    pub id: i64,
    /// The topic's property bag, escaped.
    pub bag: String,
    /// The body.
    pub payload: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> DeviceId {
        DeviceId::new("d#1").unwrap()
    }

    #[test]
    fn bags_as_the_hub_writes_them() {
        let mut message = CloudToDeviceMessage { message_id: "1".into(), ..Default::default() };
        let to = "%24.mid=1&%24.to=%2Fdevices%2Fd%231%2Fmessages%2FdeviceBound";
        assert_eq!(message.bag(&device()).unwrap(), to);
        message.ack = Some(Ack::Full);
        message.properties =
            vec![("k".into(), "v".into()), ("a b".into(), "ü&=/~".into()), ("e".into(), String::new())];
        assert_eq!(
            message.bag(&device()).unwrap(),
            format!("{to}&iothub-ack=full&k=v&a%20b=%C3%BC%26%3D%2F~&e=")
        );
        message.correlation_id = Some("c".into());
        message.expires = Some(Timestamp::parse("2026-01-02T03:04:05Z").unwrap());
        message.properties.clear();
        assert_eq!(
            message.bag(&device()).unwrap(),
            "%24.mid=1&%24.cid=c&%24.to=%2Fdevices%2Fd%231%2Fmessages%2FdeviceBound\
             &%24.exp=2026-01-02T03%3A04%3A05.0000000Z&iothub-ack=full"
        );
    }

    #[test]
    fn sizes_are_bounded_as_messages_and_as_topics() {
        let whole = |body: usize, property: usize| {
            let message = CloudToDeviceMessage {
                message_id: "1".into(),
                properties: vec![("p".into(), "ü".repeat(property))],
                body: vec![0; body].into(),
                ..Default::default()
            };
            message.bag(&device()).map(|bag| bag.len()).map_err(|error| error.code().name())
        };
        let frame = 5 + 1 + 4 + "/devices/d#1/messages/deviceBound".len() + 1;
        assert!(whole(MAX_MESSAGE - frame, 0).is_ok());
        assert_eq!(whole(MAX_MESSAGE - frame + 1, 0), Err("MessageTooLarge"));
        assert!(whole(0, 10_000).is_ok());
        assert_eq!(whole(0, 11_000), Err("MessageTooLarge"), "each is six bytes in the topic");
    }

    #[test]
    fn time_to_live() {
        let now = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
        let with = |expires| CloudToDeviceMessage { expires, ..Default::default() }.expires_at(now);
        assert_eq!(with(None), now.plus(DEFAULT_TIME_TO_LIVE));
        assert_eq!(with(Some(now)), now);
        assert_eq!(with(Some(Timestamp::FAR_FUTURE)), now.plus(LONGEST_TIME_TO_LIVE));
    }

    proptest::proptest! {
        #[test]
        fn bags_are_topics_whatever_is_in_them(id in ".{0,40}", name in ".{0,40}", value in ".{0,40}") {
            let message = CloudToDeviceMessage {
                message_id: id,
                properties: vec![(name.clone(), value.clone())],
                ..Default::default()
            };
            let bag = message.bag(&device()).unwrap();
            proptest::prop_assert!(bag.bytes().all(|byte| byte.is_ascii_graphic() && !b"#+/".contains(&byte)));
            let (last_name, last_value) = bag.rsplit('&').next().unwrap().split_once('=').unwrap();
            let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
            proptest::prop_assert_eq!((decode(last_name), decode(last_value)), (name, value));
        }
    }
}
