//! Puts the parts of a list to the hub, one after the other.
//!
//! A part is marked as being sent before the hub hears of it. The hub takes an id once, so asking again after a crash or
//! a lost answer cannot run it twice: either the hub takes it now, or it says that it has it.

use std::{sync::Arc, time::Duration};

use console_wire::hub::HubKind;
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    JobId, Timestamp,
    device_job::DeviceJobError,
    job::{DEFAULT_MAX_EXECUTION_TIME, JobRequest},
};
use rand::RngExt;
use tracing::{debug, info, warn};

use super::Watched;
use crate::{
    ConsoleError, StoreError,
    console::{Core, now},
    create::leaves_it_open,
    store::Part,
    target,
};

/// What became of putting a part to the hub.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The hub has it.
    Taken,
    /// The hub runs as many jobs as it may. The part waits.
    Busy,
    /// Somebody else has a job of its id on the hub.
    IdIsTaken,
    /// Whether the hub has it is not known.
    Unclear(HubError),
    /// The hub will not take it.
    Refused(HubError),
    /// The job's time was up before.
    TooLate,
}

/// Parts on the hub at once. More would gain nothing: each is read by itself.
const fn most_at_once(kind: HubKind) -> usize {
    match kind {
        HubKind::Embedded => 8,
        HubKind::Remote => 5,
    }
}

/// How long to wait for room on the hub, or for the hub, before asking again; doubled up to the longest.
const fn waits(kind: HubKind) -> (Duration, Duration) {
    match kind {
        HubKind::Embedded => (Duration::from_millis(200), Duration::from_secs(5)),
        HubKind::Remote => (Duration::from_secs(5), Duration::from_mins(1)),
    }
}

/// Sends until no part is left to be sent.
pub(super) async fn run(core: &Arc<Core>, job_id: &str, watched: &Watched) {
    let (first, longest) = waits(core.paced_as);
    let mut wait = first;
    loop {
        match next(core, job_id, watched).await {
            Ok(Next::Done) => return,
            Ok(Next::Sent) => {
                wait = first;
                watched.wake.notify_one();
                continue;
            }
            Ok(Next::Wait) => {}
            Err(error) => {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not send a part; going on");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait.mul_f64(0.5 + rand::random::<f64>() / 2.0)) => {
                wait = (wait * 2).min(longest);
            }
            () = watched.has_room.notified() => wait = first,
        }
    }
}

/// What the sender does next.
enum Next {
    /// Nothing is left to be sent.
    Done,
    /// One was sent, or ended otherwise.
    Sent,
    /// There is no room.
    Wait,
}

async fn next(core: &Core, job_id: &str, watched: &Watched) -> Result<Next, ConsoleError> {
    if !core.store.has_unsent_parts(job_id).await? {
        return Ok(Next::Done);
    }
    if core.store.open_parts(job_id).await?.len() >= most_at_once(core.paced_as) {
        return Ok(Next::Wait);
    }
    // Nobody calls parts off between here and the hub's answer.
    let _sending = watched.sending.lock().await;
    let Some(part) = core.store.claim_part(job_id, now()).await? else { return Ok(Next::Done) };
    match core.send_part(job_id, &part).await? {
        Sent::Taken => Ok(Next::Sent),
        Sent::Busy => Ok(Next::Wait),
        Sent::IdIsTaken => {
            let number: u32 = rand::rng().random_range(0..100_000);
            let id = format!("{}-{number}", part.hub_job_id.chars().take(58).collect::<String>());
            core.store.rename_part(job_id, part.number, &id).await?;
            Ok(Next::Sent)
        }
        Sent::Unclear(error) => {
            debug!(job_id, part = part.number, %error, "the hub's answer to a part got lost");
            Ok(Next::Wait)
        }
        Sent::Refused(error) => {
            let name = error.answer.as_ref().and_then(|answer| answer.name.clone());
            let description = format!("The hub did not take this part of the job: {}.", error.message());
            let error = DeviceJobError { code: name.unwrap_or_else(|| "JobRefused".to_owned()), description };
            let devices = core.store.fail_unsent_parts(job_id, &error, now()).await?;
            warn!(job_id, devices, reason = error.description, "the hub refused a part");
            watched.wake.notify_one();
            Ok(Next::Done)
        }
        Sent::TooLate => {
            let error = DeviceJobError {
                code: "MaxExecutionTimeExceeded".to_owned(),
                description: "The job's maxExecutionTimeInSeconds passed before this device's turn came."
                    .to_owned(),
            };
            let devices = core.store.fail_unsent_parts(job_id, &error, now()).await?;
            warn!(job_id, devices, "the job's time was up before all of its parts were sent");
            watched.wake.notify_one();
            Ok(Next::Done)
        }
    }
}

impl Core {
    /// Puts a claimed part to the hub.
    pub(crate) async fn send_part(&self, job_id: &str, part: &Part) -> Result<Sent, ConsoleError> {
        let Some(request) = self.part_request(job_id, part).await? else { return Ok(Sent::TooLate) };
        // Whoever waits here also waits for room, so the client need not: it would hold up everything else for long.
        let answer = self.hub.impatient().create_job(&request).await;
        match answer {
            Ok(receipt) => {
                self.store.open_part(job_id, part.number, receipt.status).await?;
                info!(job_id, hub_job_id = part.hub_job_id, part = part.number, "part created");
                Ok(Sent::Taken)
            }
            Err(error) if matches!(error.kind, ErrorKind::Throttled { .. }) => {
                self.store.put_back_part(job_id, part.number).await?;
                Ok(Sent::Busy)
            }
            Err(error) if error.kind == ErrorKind::Conflict || leaves_it_open(&error) => {
                match self.hub.impatient().job(&part.hub_job_id).await {
                    Ok(Some(job)) if self.is_ours(&job, &request, part.sent_at) => {
                        self.store.open_part(job_id, part.number, job.status).await?;
                        info!(
                            job_id,
                            hub_job_id = part.hub_job_id,
                            part = part.number,
                            "part found on the hub"
                        );
                        Ok(Sent::Taken)
                    }
                    Ok(Some(_)) => Ok(Sent::IdIsTaken),
                    Ok(None) | Err(_) => Ok(Sent::Unclear(error)),
                }
            }
            Err(error) => Ok(Sent::Refused(error)),
        }
    }

    /// What to ask of the hub for a part; none when the job's time is up.
    async fn part_request(&self, job_id: &str, part: &Part) -> Result<Option<JobRequest>, ConsoleError> {
        let whole = self.store.list_request(job_id).await?;
        let Some((mut request, created)) = whole else {
            return Err(StoreError::Damaged { column: "job_id" }.into());
        };
        let devices = self.store.part_devices(job_id, part.number).await?;
        request.query_condition = target::listed(&devices.ids, devices.module_id.as_deref());
        request.job_id =
            JobId::new(part.hub_job_id.as_str()).map_err(|_| StoreError::Damaged { column: "hub_job_id" })?;
        let Some(seconds) = remaining(&request, created, now()) else { return Ok(None) };
        request.max_execution_time_in_seconds = seconds;
        Ok(Some(request))
    }
}

/// How long a part that is sent now may run, so that the whole job ends in its time; none when that has passed.
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
    fn later_parts_get_what_is_left_of_the_time() {
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
