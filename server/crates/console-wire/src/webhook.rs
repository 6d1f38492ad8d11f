//! Webhooks: receivers of messages about jobs, and what became of each message.

use std::fmt;

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest name of a webhook, in characters.
pub const MAX_NAME: usize = 100;
/// Most webhooks of a console.
pub const MAX_WEBHOOKS: usize = 20;
/// Deliveries of one page of the log.
pub const LOG_PAGE: usize = 50;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventType {
    /// The hub has begun with a job.
    #[serde(rename = "job.started")]
    JobStarted,
    /// A job has ended by itself: completed or failed, whatever became of its devices.
    #[serde(rename = "job.finished")]
    JobFinished,
    /// A job was cancelled, or stopped before all of it began.
    #[serde(rename = "job.cancelled")]
    JobCancelled,
    /// A rollout asks whether its next wave may start. The body of the answer decides.
    #[serde(rename = "rollout.gate")]
    RolloutGate,
    /// A person tries the webhook out.
    #[serde(rename = "webhook.test")]
    Test,
}

impl EventType {
    /// Those that a webhook can get. A test goes to every webhook.
    pub const SUBSCRIBABLE: [Self; 4] =
        [Self::JobStarted, Self::JobFinished, Self::JobCancelled, Self::RolloutGate];

    /// The name in messages and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobStarted => "job.started",
            Self::JobFinished => "job.finished",
            Self::JobCancelled => "job.cancelled",
            Self::RolloutGate => "rollout.gate",
            Self::Test => "webhook.test",
        }
    }

    /// By the name in forms. A test cannot be subscribed to.
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::SUBSCRIBABLE.into_iter().find(|event| event.as_str() == name)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the body of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BodyFormat {
    /// Type, time and data, as Standard Webhooks recommends.
    Standard,
    /// A text for an incoming webhook of Slack.
    Slack,
    /// An adaptive card for a workflow of Microsoft Teams.
    Teams,
}

impl BodyFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Slack, Self::Teams];

    /// The word in the store and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }

    /// By the word in the store and in forms.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }
}

/// Whether a webhook is sent messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WebhookState {
    /// It is.
    Active,
    /// An administrator has paused it: nothing is sent, and what happens meanwhile is not sent later.
    Paused,
    /// The receiver has answered 410 Gone. As paused.
    Gone,
}

impl WebhookState {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

/// What became of a message to one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// It is still to be sent, for the first time or again.
    Pending,
    /// The receiver has answered 2xx.
    Delivered,
    /// It will not be sent again by itself.
    Failed,
}

/// A text that is never printed: a signing secret, or a receiver's URL, whose path is often a secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HiddenText(String);

impl HiddenText {
    /// The text, to be stored or shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for HiddenText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenText(…)")
    }
}

/// A webhook that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// What people call it.
    pub name: String,
    /// Where messages are sent.
    pub url: HiddenText,
    /// The events that it gets.
    pub events: Vec<EventType>,
    /// How bodies are written.
    pub format: BodyFormat,
}

/// A webhook, without its secret and without the secret part of its URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its number.
    pub webhook_id: u64,
    /// What people call it.
    pub name: String,
    /// Scheme and host of its URL: `https://hooks.example.com/…`.
    pub receiver: String,
    /// The events that it gets.
    pub events: Vec<EventType>,
    /// How bodies are written.
    pub format: BodyFormat,
    /// Whether it is sent messages.
    pub state: WebhookState,
    /// When it was created.
    pub created_time: Timestamp,
    /// Until when messages are also signed with the secret before the present one.
    pub old_secret_ends: Option<Timestamp>,
    /// Messages that are still to be sent.
    pub pending: u64,
}

/// A message to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its number.
    pub delivery_id: u64,
    /// To which webhook.
    pub webhook_id: u64,
    /// The webhook's name.
    pub webhook_name: String,
    /// The header `webhook-id`: the same at each attempt.
    pub message_id: String,
    /// What it is about.
    pub event: EventType,
    /// The job; absent in a test.
    pub job_id: Option<String>,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it happened.
    pub event_time: Timestamp,
    /// When it was sent last.
    pub last_attempt: Option<Timestamp>,
    /// When it is sent next; absent where it is not.
    pub next_attempt: Option<Timestamp>,
    /// The last answer's status.
    pub status: Option<u16>,
    /// Why the last attempt failed, a sentence.
    pub error: Option<String>,
    /// How long the last attempt took, in milliseconds.
    pub duration_ms: Option<u64>,
}

/// All webhooks, and a page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhooks {
    /// By name.
    pub webhooks: Vec<Webhook>,
    /// The newest first.
    pub deliveries: Vec<Delivery>,
    /// The page of older deliveries begins before this number; absent on the last page.
    pub older_than: Option<u64>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A new signing secret, which is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSecret {
    /// Of which webhook.
    pub webhook_id: u64,
    /// The webhook's name.
    pub webhook_name: String,
    /// The secret.
    pub secret: HiddenText,
    /// Until when the secret before it is used too; absent for the first one.
    pub old_secret_ends: Option<Timestamp>,
}

/// What waits to be sent, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Messages to active webhooks that are still to be sent.
    pub pending: u64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_everywhere() {
        for event in EventType::SUBSCRIBABLE {
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
            assert_eq!(EventType::from_wire(event.as_str()), Some(event));
        }
        assert_eq!(EventType::from_wire("webhook.test"), None);
        for format in BodyFormat::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
            assert_eq!(BodyFormat::from_wire(format.as_str()), Some(format));
        }
        for state in [WebhookState::Active, WebhookState::Paused, WebhookState::Gone] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = HiddenText::from("whsec_s3cr3t".to_owned());
        assert!(!format!("{secret:?}").contains("s3cr3t"));
    }
}
