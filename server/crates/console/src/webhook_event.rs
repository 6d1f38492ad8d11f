//! What is said to webhooks about a job, and when. Pure.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use console_wire::{
    access::PersonRef,
    job::{JobSummary, Origin},
    outcome::Outcomes,
    webhook::EventType,
};
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A job, as messages describe it. Payloads and changes of twins are left out: they may be large, and private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobEvent {
    pub(crate) job_id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(rename = "type")]
    pub(crate) job_type: JobType,
    pub(crate) status: JobStatus,
    pub(crate) query_condition: String,
    pub(crate) created_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_reason: Option<String>,
    pub(crate) origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<PersonRef>,
    pub(crate) device_count: u64,
    pub(crate) outcomes: Outcomes,
}

impl JobEvent {
    /// The job as it is now.
    pub(crate) fn of(job: &JobSummary) -> Self {
        Self {
            job_id: job.job_id.clone(),
            name: job.name.clone(),
            reason: job.reason.clone(),
            job_type: job.job_type,
            status: job.status,
            query_condition: job.query_condition.clone(),
            created_time: job.created_time,
            start_time: job.start_time,
            end_time: job.end_time,
            failure_reason: job.failure_reason.clone(),
            origin: job.origin,
            created_by: job.created_by.clone(),
            device_count: job.device_job_statistics.device_count,
            outcomes: job.outcomes,
        }
    }
}

/// What a change of a job's status is to webhooks, in order. A short job may have begun and ended between two readings.
pub(crate) fn of_change(before: JobStatus, after: JobStatus) -> Vec<EventType> {
    let has_begun = |status| matches!(status, JobStatus::Running | JobStatus::Completed | JobStatus::Failed);
    let mut events = Vec::new();
    if !has_begun(before) && !before.is_terminal() && has_begun(after) {
        events.push(EventType::JobStarted);
    }
    if before.is_terminal() {
        return events;
    }
    match after {
        JobStatus::Completed | JobStatus::Failed => events.push(EventType::JobFinished),
        JobStatus::Cancelled => events.push(EventType::JobCancelled),
        _ => {}
    }
    events
}

/// When it happened, by the hub's clock where the hub says so.
pub(crate) fn time(event: EventType, job: &JobSummary) -> Timestamp {
    let time = match event {
        EventType::JobStarted => job.start_time,
        EventType::JobFinished | EventType::JobCancelled => job.end_time,
        EventType::RolloutGate | EventType::Test => None,
    };
    time.unwrap_or(job.as_of)
}

/// The id of the question after a wave of a rollout: the same after a restart, another one for a later job with the same id.
pub(crate) fn gate_message_id(job_id: &str, created: Timestamp, wave: usize) -> String {
    let hash = Sha256::digest(format!("{job_id} {} {wave}", created.ticks()));
    let bytes: &[u8] = hash.as_ref();
    format!("msg_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes.get(..18).unwrap_or(bytes)))
}

/// The id of a new message, `msg_…`.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn new_message_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes)?;
    Ok(format!("msg_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobStatus::{Cancelled, Completed, Enqueued, Failed, Queued, Running, Scheduled};

    #[test]
    fn each_change_is_said_once() {
        use EventType::{JobCancelled, JobFinished, JobStarted};
        for (before, after, events) in [
            (Queued, Queued, vec![]),
            (Queued, Running, vec![JobStarted]),
            (Scheduled, Running, vec![JobStarted]),
            (Scheduled, Queued, vec![]),
            (Enqueued, Running, vec![JobStarted]),
            (Running, Running, vec![]),
            (Running, Completed, vec![JobFinished]),
            (Running, Failed, vec![JobFinished]),
            (Queued, Completed, vec![JobStarted, JobFinished]),
            (Queued, Failed, vec![JobStarted, JobFinished]),
            (Scheduled, Cancelled, vec![JobCancelled]),
            (Running, Cancelled, vec![JobCancelled]),
            (Completed, Completed, vec![]),
            (Cancelled, Cancelled, vec![]),
        ] {
            assert_eq!(of_change(before, after), events, "{before:?} to {after:?}");
        }
    }

    #[test]
    fn a_question_keeps_its_id() {
        let created = Timestamp::from_unix_millis(1_000);
        let id = gate_message_id("night", created, 0);
        assert_eq!(id, gate_message_id("night", created, 0));
        assert!(id.starts_with("msg_") && id.len() == 28, "{id}");
        for (job_id, millis, wave) in [("day", 1_000, 0), ("night", 1_001, 0), ("night", 1_000, 1)] {
            assert_ne!(id, gate_message_id(job_id, Timestamp::from_unix_millis(millis), wave));
        }
    }

    #[test]
    fn ids_differ() {
        let (one, other) = (new_message_id().unwrap(), new_message_id().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("msg_") && one.len() == 28, "{one}");
    }
}
