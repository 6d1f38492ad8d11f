//! Cancelling the parts of a job that have not begun.

use hub_client::ErrorKind;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    store::{Reading, Settle},
};

/// How many devices or parts were cancelled; 0 when every part had begun.
///
/// # Errors
/// `Hub` when a part could not be cancelled and may still begin.
pub(crate) async fn cancel(core: &Core, job_id: &str) -> Result<u64, ConsoleError> {
    // No part is sent meanwhile.
    let _held = core.watchers.hold_sending(job_id).await;
    let mut cancelled = core.store.cancel_waiting_parts(job_id, now()).await?;
    let mut failure = None;
    let unconfirmed = core.store.unconfirmed_parts(job_id).await?;
    let has_unconfirmed = !unconfirmed.is_empty();
    for part in core.store.open_parts(job_id).await?.into_iter().chain(unconfirmed) {
        match core.hub.cancel_job(&part.hub_job_id).await {
            Ok(job) => {
                let reading = Reading {
                    job_id,
                    part: Some(part.number),
                    job: &job,
                    rows: &[],
                    read_up_to: None,
                    settle: Settle::WhenCountsAgree,
                    as_of: now(),
                    watched_since: now(),
                };
                core.apply(&reading).await?;
                cancelled += 1;
            }
            Err(error) => match error.kind {
                // It runs, has ended, or never reached the hub.
                ErrorKind::Refused | ErrorKind::Conflict | ErrorKind::NotFound { .. } => {}
                _ => failure = Some(error),
            },
        }
    }
    if has_unconfirmed && failure.is_none() {
        cancelled += core.store.cancel_unconfirmed_parts(job_id, now()).await?;
    }
    core.watchers.wake(job_id);
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(cancelled),
    }
}
