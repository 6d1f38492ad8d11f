//! Watching: one task per job that may still change.

use std::sync::Arc;

use hub_wire::Timestamp;
use tokio::time::Instant;
use tracing::warn;

use crate::{
    ConsoleError, cancel,
    clock::now,
    core::{Core, Watcher},
    multipart,
    poll::{PollInterval, PollState, PolledJob, poll_once},
    rights::RightToRun,
};

/// Watches again what the last process left open.
pub(crate) async fn resume(core: &Arc<Core>) -> Result<(), ConsoleError> {
    for job_id in core.store.open_jobs().await? {
        start(core, &job_id);
    }
    Ok(())
}

/// Watches a job until it is settled; does nothing if it is watched already.
pub(crate) fn start(core: &Arc<Core>, job_id: &str) {
    spawn(core, job_id, false);
}

/// Reads in a job that had ended when it was found, when its turn comes.
pub(crate) fn read_in_ended(core: &Arc<Core>, job_id: &str) {
    spawn(core, job_id, true);
}

fn spawn(core: &Arc<Core>, job_id: &str, has_ended: bool) {
    let Some(watcher) = core.watchers.add(job_id) else { return };
    let (shared, job_id) = (Arc::clone(core), job_id.to_owned());
    core.spawn(async move {
        let turn = if has_ended { shared.watchers.wait_for_turn().await } else { None };
        match shared.store.is_multipart(&job_id).await {
            Ok(true) => multipart::watch(&shared, &job_id, &watcher).await,
            _ => watch_single(&shared, &job_id, &watcher).await,
        }
        drop(turn);
        shared.watchers.remove(&job_id);
    });
}

/// Polls a job that is one job on the hub.
async fn watch_single(core: &Core, job_id: &str, watcher: &Watcher) {
    let mut interval = PollInterval::new(core.rate_profile);
    let mut state = PollState::new(core.store.read_up_to(job_id).await.unwrap_or_default());
    let job = PolledJob {
        job_id: job_id.to_owned(),
        part: None,
        hub_job_id: job_id.to_owned(),
        since: Timestamp::from_ticks(0),
        watched_since: now(),
    };
    let mut right = RightToRun::follow(core);
    loop {
        let begin = Instant::now();
        if let Some(reason) = right.lost(core, job_id).await {
            match cancel::withdraw(core, job_id, &reason).await {
                Ok(()) => right.settled(),
                Err(error) => {
                    warn!(job_id, error = &error as &dyn std::error::Error, "could not cancel a job");
                }
            }
        }
        let polled = poll_once(core, &job, watcher, &mut state).await;
        let Some(result) = state.note(job_id, polled) else { return };
        let pause = interval.after(result, begin.elapsed(), rand::random());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = watcher.wake.notified() => {}
            () = right.changed() => {}
        }
    }
}
