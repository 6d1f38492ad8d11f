//! Messages from the cloud to a device, and the feedback on them.

use hub_wire::{DeviceId, Timestamp};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::{
    HubClient, Result,
    call::{Call, Repeat},
    devices::segment,
};

/// A message to a device. Feedback is requested whether or not it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudToDeviceMessage {
    /// By which feedback names it; unique for the hub.
    pub message_id: String,
    /// Media type of the body.
    pub content_type: String,
    /// When the hub gives up, at most 48 hours ahead.
    pub expires: Timestamp,
    /// Names in lower case, which are sent as parts of HTTP header names, and their values.
    pub properties: Vec<(String, String)>,
    /// The body in UTF-8. Message and properties have at most 64 KB.
    pub body: String,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackRecord {
    /// The message.
    pub original_message_id: String,
    /// When it ended.
    pub enqueued_time_utc: Timestamp,
    /// `Success`, `Expired`, `DeliveryCountExceeded`, `Rejected` or `Purged`.
    pub status_code: String,
    /// The device that it was for.
    pub device_id: String,
}

/// Feedback that is locked for this reader, until it is completed or abandoned, or for a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackBatch {
    /// Names the batch.
    pub lock_token: String,
    /// Oldest first.
    pub records: Vec<FeedbackRecord>,
}

const FEEDBACK: [&str; 3] = ["messages", "serviceBound", "feedback"];

impl HubClient {
    /// Puts a message into a device's queue. A full queue is [`crate::ErrorKind::Refused`]. Not sent again when the first
    /// attempt may have been taken: a message must not arrive twice.
    pub async fn send_message(&self, id: &DeviceId, message: &CloudToDeviceMessage) -> Result<()> {
        let operation = "send a message";
        let path = ["devices", segment(operation, id)?, "messages", "deviceBound"];
        let mut call = Call::new(operation, Method::POST, &path, Repeat::WhenRefused)
            .header("iothub-messageid", &message.message_id)?
            .header("iothub-ack", "full")?
            .header("iothub-contenttype", &message.content_type)?
            .header("iothub-contentencoding", "utf-8")?
            .header("iothub-expiry", &message.expires.to_string())?;
        for (name, value) in &message.properties {
            call = call.named_header(&format!("iothub-app-{name}"), value)?;
        }
        self.send(call.bytes(message.body.clone().into_bytes())).await.result.map(drop)
    }

    /// Locks the oldest feedback; `None` when there is none.
    pub async fn feedback(&self) -> Result<Option<FeedbackBatch>> {
        let call = Call::new("read feedback", Method::GET, &FEEDBACK, Repeat::Always);
        let answer = self.send(call).await.result?;
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let lock_token = answer.header("etag").unwrap_or_default().trim_matches('"').to_owned();
        Ok(Some(FeedbackBatch { lock_token, records: answer.json()? }))
    }

    /// Deletes feedback that was read.
    pub async fn complete_feedback(&self, lock_token: &str) -> Result<()> {
        let [messages, bound, feedback] = FEEDBACK;
        let path = [messages, bound, feedback, lock_token];
        let call = Call::new("complete feedback", Method::DELETE, &path, Repeat::Always);
        self.send(call).await.result.map(drop)
    }

    /// Leaves feedback to the next reader.
    pub async fn abandon_feedback(&self, lock_token: &str) -> Result<()> {
        let [messages, bound, feedback] = FEEDBACK;
        let path = [messages, bound, feedback, lock_token, "abandon"];
        let call = Call::new("abandon feedback", Method::POST, &path, Repeat::Always);
        self.send(call).await.result.map(drop)
    }
}
