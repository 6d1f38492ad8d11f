//! Puts the jobs of a rollout to the hub, one after the other, as the hub has room for them.

use std::time::Duration;

use hub_client::retry::full_jitter;
use hub_wire::{JobId, Timestamp, job::JobRequest};
use tracing::{debug, info, warn};

use super::HubJobs;
use crate::{
    ConsoleError, StoreError,
    clock::{is_recent, now},
    hub_job::listing_delay,
    multipart::{SendResult, max_open_parts, rename_part, send_part, waits},
    query_error::narrow_fault,
    store::Part,
    target,
};

/// What is done next.
enum Next {
    /// Waits for a part.
    Idle,
    /// Goes on: a part was sent, or ended otherwise.
    Sent,
    /// Waits for room on the hub.
    Wait,
}

impl HubJobs {
    /// Sends what there is to send, for ever.
    pub(super) async fn send_all(&self) {
        let (first, longest) = waits(self.core.rate_profile);
        let mut waited = 0;
        loop {
            let pause = match self.send_next().await {
                Ok(Next::Sent) => {
                    waited = 0;
                    self.watcher.wake.notify_one();
                    continue;
                }
                Ok(Next::Idle) => None,
                Ok(Next::Wait) => Some(full_jitter(first, longest, waited, rand::random())),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    warn!(
                        job_id = self.action.job_id,
                        error, "could not send a hub job of a rollout; going on"
                    );
                    Some(full_jitter(first, longest, waited, rand::random()))
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => waited += 1,
                () = self.watcher.has_room.notified() => waited = 0,
                () = self.has_unsent.notified() => {}
            }
        }
    }

    async fn send_next(&self) -> Result<Next, ConsoleError> {
        let (store, job_id) = (&self.core.store, self.action.job_id.as_str());
        if !store.has_unsent_parts(job_id).await? {
            return Ok(Next::Idle);
        }
        if !self.may_send() {
            return self.take_back().await;
        }
        if store.open_parts(job_id).await?.len() >= max_open_parts(self.core.rate_profile) {
            return Ok(Next::Wait);
        }
        let claimed = {
            let _held = self.hold().await;
            // A step may have been stored meanwhile after which nothing may begin.
            if self.may_send() { store.claim_part(job_id, now()).await? } else { None }
        };
        let Some(part) = claimed else { return Ok(Next::Sent) };
        let Some(request) = self.part_request(&part).await? else {
            info!(job_id, part = part.number, "the time of a hub job was up before it was sent");
            store.drop_part(job_id, part.number, None).await?;
            self.not_sent(&[part.number]);
            return Ok(Next::Sent);
        };
        match send_part(&self.core, job_id, &part, &request).await? {
            SendResult::Accepted => Ok(Next::Sent),
            SendResult::HubBusy => Ok(Next::Wait),
            SendResult::IdTaken => {
                rename_part(&self.core, job_id, &part).await?;
                Ok(Next::Sent)
            }
            SendResult::Unknown(error) => {
                debug!(job_id, part = part.number, %error, "the hub's answer to a hub job got lost");
                Ok(Next::Wait)
            }
            SendResult::Refused(error) => {
                let reason = error.message();
                warn!(job_id, part = part.number, reason, "the hub refused a hub job of a rollout");
                store.drop_part(job_id, part.number, Some(&reason)).await?;
                self.refuse(part.number, &reason);
                Ok(Next::Sent)
            }
        }
    }

    /// Nothing may begin any more. A part that the hub had no room for is dropped. One whose answer got lost is dropped if the hub
    /// does not have it.
    async fn take_back(&self) -> Result<Next, ConsoleError> {
        let (store, job_id) = (&self.core.store, self.action.job_id.as_str());
        self.not_sent(&store.drop_waiting_parts(job_id).await?);
        for part in store.unconfirmed_parts(job_id).await? {
            if let Some(job) = self.core.hub.impatient().job(&part.hub_job_id).await? {
                store.open_part(job_id, part.number, job.status).await?;
                self.watcher.wake.notify_one();
            } else if !is_recent(part.sent_at, now(), listing_delay(self.core.hub_kind)) {
                store.drop_part(job_id, part.number, None).await?;
                self.not_sent(&[part.number]);
            }
        }
        Ok(Next::Wait)
    }

    /// The request for a part; `None` when the time for its calls is up.
    async fn part_request(&self, part: &Part) -> Result<Option<JobRequest>, ConsoleError> {
        let devices = self.core.store.part_devices(&self.action.job_id, part.number).await?;
        let listed = target::listed(&devices.ids, None);
        let seconds = seconds_left(part.calls_until, now());
        if seconds == Some(0) {
            return Ok(None);
        }
        Ok(Some(JobRequest {
            job_id: JobId::new(part.hub_job_id.as_str())
                .map_err(|_| StoreError::Damaged { column: "hub_job_id" })?,
            job_type: self.action.job_type,
            // The hub checks the scope when the job starts.
            query_condition: target::narrowed(self.action.scope.as_deref(), &listed)
                .map_err(|error| narrow_fault("queryCondition", &error))?,
            cloud_to_device_method: self.action.method.clone(),
            update_twin: self.action.twin.clone(),
            start_time: None,
            max_execution_time_in_seconds: seconds,
        }))
    }
}

/// How long a job may run whose calls have to have ended at a time: whole seconds; `None` without a limit.
fn seconds_left(calls_until: Option<Timestamp>, now: Timestamp) -> Option<u32> {
    calls_until.map(|until| u32::try_from(until.since(now).as_secs()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_ends_with_its_window() {
        let at = |millis: i64| Timestamp::from_unix_millis(millis);
        for (until, now, expected) in [
            (None, 5_000, None),
            (Some(65_000), 5_000, Some(60)),
            (Some(65_000), 5_500, Some(59)),
            (Some(65_000), 64_500, Some(0)),
            (Some(65_000), 70_000, Some(0)),
        ] {
            assert_eq!(seconds_left(until.map(at), at(now)), expected, "{until:?} {now}");
        }
    }
}
