//! Puts the parts of a job to the hub, one after the other.
//!
//! A part is marked as being sent before the hub gets it. The hub takes an id once, so sending it again after a crash or
//! a lost answer cannot run it twice: either the hub takes it now, or it reports that it has it.

use std::time::Duration;

use console_wire::hub::HubKind;
use hub_client::{ErrorKind, HubError, retry::full_jitter};
use hub_wire::{
    JobId, Timestamp,
    device_job::DeviceJobError,
    job::{DEFAULT_MAX_EXECUTION_TIME, JobRequest},
};
use rand::RngExt;
use tracing::{debug, info, warn};

use crate::{
    ConsoleError, StoreError,
    clock::now,
    core::{Core, Watcher},
    hub_job::{is_ours, is_outcome_unknown},
    query_error::narrow_fault,
    rights,
    store::Part,
    target,
};

/// What became of putting a part to the hub.
#[derive(Debug)]
pub(crate) enum SendResult {
    /// The hub has it.
    Accepted,
    /// The hub runs as many jobs as it may. The part waits.
    HubBusy,
    /// Another client has a job of its id on the hub.
    IdTaken,
    /// Whether the hub has it is not known.
    Unknown(HubError),
    /// The hub will not take it.
    Refused(HubError),
}

/// Most parts on the hub at once. More would gain nothing: each is read by itself.
pub(crate) const fn max_open_parts(kind: HubKind) -> usize {
    match kind {
        HubKind::Embedded => 8,
        HubKind::Remote => 5,
    }
}

/// Bounds of the first and the longest wait for room on the hub, or for the hub.
pub(crate) const fn waits(kind: HubKind) -> (Duration, Duration) {
    match kind {
        HubKind::Embedded => (Duration::from_millis(200), Duration::from_secs(5)),
        HubKind::Remote => (Duration::from_secs(5), Duration::from_mins(1)),
    }
}

/// Sends until no part is left to be sent.
pub(super) async fn send_all(core: &Core, job_id: &str, watcher: &Watcher) {
    let (first, longest) = waits(core.rate_profile);
    let mut waited = 0;
    loop {
        match send_next(core, job_id, watcher).await {
            Ok(Next::Done) => return,
            Ok(Next::Sent) => {
                waited = 0;
                watcher.wake.notify_one();
                continue;
            }
            Ok(Next::Wait) => {}
            Err(error) => {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not send a part; going on");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(full_jitter(first, longest, waited, rand::random())) => waited += 1,
            () = watcher.has_room.notified() => waited = 0,
        }
    }
}

/// What the sender does next.
enum Next {
    /// Ends: nothing is left to be sent.
    Done,
    /// Goes on: a part was sent, or ended otherwise.
    Sent,
    /// Waits: there is no room.
    Wait,
}

async fn send_next(core: &Core, job_id: &str, watcher: &Watcher) -> Result<Next, ConsoleError> {
    if !core.store.has_unsent_parts(job_id).await? {
        return Ok(Next::Done);
    }
    if core.store.open_parts(job_id).await?.len() >= max_open_parts(core.rate_profile) {
        return Ok(Next::Wait);
    }
    // No part is cancelled between here and the hub's answer.
    let _sending = watcher.sending.lock().await;
    // `follow` learns of the same and cancels the parts.
    if lost_right(core, job_id).await?.is_some() {
        return Ok(Next::Wait);
    }
    let Some(part) = core.store.claim_part(job_id, now()).await? else { return Ok(Next::Done) };
    let Some(request) = part_request(core, job_id, &part).await? else {
        return end_unsent(core, job_id, watcher).await;
    };
    match send_part(core, job_id, &part, &request).await? {
        SendResult::Accepted => Ok(Next::Sent),
        SendResult::HubBusy => Ok(Next::Wait),
        SendResult::IdTaken => {
            rename_part(core, job_id, &part).await?;
            Ok(Next::Sent)
        }
        SendResult::Unknown(error) => {
            debug!(job_id, part = part.number, %error, "the hub's answer to a part got lost");
            Ok(Next::Wait)
        }
        SendResult::Refused(error) => {
            let name = error.answer.as_ref().and_then(|answer| answer.name.clone());
            let description = format!("The hub did not take this part of the job: {}.", error.message());
            let error = DeviceJobError { code: name.unwrap_or_else(|| "JobRefused".to_owned()), description };
            let devices = core.store.fail_unsent_parts(job_id, &error, now()).await?;
            warn!(job_id, devices, reason = error.description, "the hub refused a part");
            watcher.wake.notify_one();
            Ok(Next::Done)
        }
    }
}

/// Ends the devices of all parts that were not sent before the job's time was up.
async fn end_unsent(core: &Core, job_id: &str, watcher: &Watcher) -> Result<Next, ConsoleError> {
    let error = DeviceJobError {
        code: "MaxExecutionTimeExceeded".to_owned(),
        description: "The job's maxExecutionTimeInSeconds passed before this device's turn came.".to_owned(),
    };
    let devices = core.store.fail_unsent_parts(job_id, &error, now()).await?;
    warn!(job_id, devices, "the job's time was up before all of its parts were sent");
    watcher.wake.notify_one();
    Ok(Next::Done)
}

/// Gives a part another id: another client has a job of its id on the hub.
pub(crate) async fn rename_part(core: &Core, job_id: &str, part: &Part) -> Result<(), ConsoleError> {
    let number: u32 = rand::rng().random_range(0..100_000);
    let id = format!("{}-{number}", part.hub_job_id.chars().take(58).collect::<String>());
    core.store.rename_part(job_id, part.number, &id).await?;
    Ok(())
}

/// Puts a claimed part to the hub.
#[tracing::instrument(name = "send part", skip_all, fields(job_id = job_id, hub_job_id = part.hub_job_id))]
pub(crate) async fn send_part(
    core: &Core,
    job_id: &str,
    part: &Part,
    request: &JobRequest,
) -> Result<SendResult, ConsoleError> {
    // The caller waits for room, so the client need not: it would hold up everything else for long.
    match core.hub.impatient().create_job(request).await {
        Ok(receipt) => {
            core.store.open_part(job_id, part.number, receipt.status).await?;
            info!(job_id, hub_job_id = part.hub_job_id, part = part.number, "part created");
            Ok(SendResult::Accepted)
        }
        Err(error) if matches!(error.kind, ErrorKind::Throttled { .. }) => {
            core.store.requeue_part(job_id, part.number).await?;
            Ok(SendResult::HubBusy)
        }
        Err(error) if error.kind == ErrorKind::Conflict || is_outcome_unknown(&error) => {
            resolve_unknown(core, job_id, part, request, error).await
        }
        Err(error) => Ok(SendResult::Refused(error)),
    }
}

/// The answer got lost, or the hub has a job of this id: asks the hub for it.
async fn resolve_unknown(
    core: &Core,
    job_id: &str,
    part: &Part,
    request: &JobRequest,
    error: HubError,
) -> Result<SendResult, ConsoleError> {
    match core.hub.impatient().job(&part.hub_job_id).await {
        Ok(Some(job)) if is_ours(&job, request, part.sent_at, core.hub_kind) => {
            core.store.open_part(job_id, part.number, job.status).await?;
            info!(job_id, hub_job_id = part.hub_job_id, part = part.number, "part found on the hub");
            Ok(SendResult::Accepted)
        }
        Ok(Some(_)) => Ok(SendResult::IdTaken),
        Ok(None) | Err(_) => Ok(SendResult::Unknown(error)),
    }
}

/// Why the part must not be sent: who created the job has lost the right to run it.
async fn lost_right(core: &Core, job_id: &str) -> Result<Option<String>, ConsoleError> {
    match core.store.job(job_id).await? {
        Some(job) => rights::lost(core, &job).await,
        // It is being created, by a person who has the right.
        None => Ok(None),
    }
}

/// The request for a part; `None` when the job's time is up.
pub(super) async fn part_request(
    core: &Core,
    job_id: &str,
    part: &Part,
) -> Result<Option<JobRequest>, ConsoleError> {
    let Some((mut request, created, scope)) = core.store.request_without_target(job_id).await? else {
        return Err(StoreError::Damaged { column: "job_id" }.into());
    };
    let devices = core.store.part_devices(job_id, part.number).await?;
    let listed = target::listed(&devices.ids, devices.module_id.as_deref());
    // The hub checks the scope when the part starts.
    request.query_condition =
        target::narrowed(scope.as_deref(), &listed).map_err(|error| narrow_fault("deviceIds", &error))?;
    request.job_id =
        JobId::new(part.hub_job_id.as_str()).map_err(|_| StoreError::Damaged { column: "hub_job_id" })?;
    let Some(seconds) = remaining(&request, created, now()) else { return Ok(None) };
    request.max_execution_time_in_seconds = seconds;
    Ok(Some(request))
}

/// How long a part that is sent now may run, so that the whole job ends in its time; `None` when that has passed.
#[expect(clippy::option_option, reason = "absent is the hub's default, none is too late")]
fn remaining(request: &JobRequest, created: Timestamp, now: Timestamp) -> Option<Option<u32>> {
    let begin = request.start_time.map_or(created, |start| start.max(created));
    let passed = u32::try_from(now.since(begin).as_secs()).unwrap_or(u32::MAX);
    if passed == 0 {
        return Some(request.max_execution_time_in_seconds);
    }
    let whole = request.max_execution_time_in_seconds.unwrap_or(DEFAULT_MAX_EXECUTION_TIME);
    whole.checked_sub(passed).filter(|left| *left > 0).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_parts_get_the_remaining_time() {
        let at = |seconds: i64| Timestamp::from_unix_millis(seconds * 1000);
        let request = |start: Option<i64>, max: Option<u32>| JobRequest {
            start_time: start.map(at),
            max_execution_time_in_seconds: max,
            ..serde_json::from_str(r#"{"jobId": "j", "type": "scheduleUpdateTwin", "queryCondition": ""}"#)
                .unwrap()
        };
        for (start, max, now, expected) in [
            (None, None, 100, Some(None)),
            (None, Some(60), 100, Some(Some(60))),
            (None, Some(60), 130, Some(Some(30))),
            (None, None, 130, Some(Some(3570))),
            (None, Some(60), 160, None),
            (Some(200), Some(60), 160, Some(Some(60))),
            (Some(200), Some(60), 259, Some(Some(1))),
            (Some(50), Some(60), 130, Some(Some(30))),
        ] {
            assert_eq!(
                remaining(&request(start, max), at(100), at(now)),
                expected,
                "{start:?} {max:?} {now}"
            );
        }
    }
}
