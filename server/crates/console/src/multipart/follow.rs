//! Polls the parts that the hub has, one after the other.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;
use tracing::warn;

use super::cancel::cancel;
use crate::{
    ConsoleError,
    clock::now,
    core::{Core, Watcher},
    poll::{PollInterval, PollResult, PollState, PolledJob, poll_once},
    rights::RightToRun,
};

/// Polls until the job is settled.
pub(super) async fn follow(core: &Core, job_id: &str, watcher: &Watcher) {
    let mut interval = PollInterval::new(core.rate_profile);
    let mut states: HashMap<i64, PollState> = HashMap::new();
    let watched_since = now();
    let mut right = RightToRun::follow(core);
    loop {
        let begin = Instant::now();
        if let Some(reason) = right.lost(core, job_id).await {
            match withdraw(core, job_id, &reason).await {
                Ok(()) => right.settled(),
                Err(error) => {
                    warn!(
                        job_id,
                        error = &error as &dyn std::error::Error,
                        "could not cancel parts of a job"
                    );
                }
            }
        }
        let parts = match core.store.open_parts(job_id).await {
            Ok(parts) => parts,
            Err(error) => {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not read the parts of a job");
                Vec::new()
            }
        };
        let mut result = PollResult::Unchanged;
        for part in parts {
            let state = states.entry(part.number).or_insert_with(|| PollState::new(part.read_up_to));
            let job = PolledJob {
                job_id: job_id.to_owned(),
                part: Some(part.number),
                hub_job_id: part.hub_job_id,
                since: part.sent_at,
                watched_since,
            };
            let polled = poll_once(core, &job, watcher, state).await;
            if let Some(of_part) = state.note(&job.hub_job_id, polled) {
                result = most_urgent(result, of_part);
            } else {
                states.remove(&part.number);
                watcher.has_room.notify_one();
                result = PollResult::Changed;
            }
        }
        if matches!(core.store.is_open(job_id).await, Ok(false)) {
            return;
        }
        let pause = interval.after(result, begin.elapsed(), rand::random());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = watcher.wake.notified() => {}
            () = right.changed() => {}
        }
    }
}

/// Cancels the parts that have not begun of a job that has lost the right to run.
async fn withdraw(core: &Core, job_id: &str, reason: &str) -> Result<(), ConsoleError> {
    if cancel(core, job_id).await? > 0 {
        warn!(job_id, reason, "parts of a job cancelled");
        core.store.set_cancel_reason(job_id, reason).await?;
    }
    Ok(())
}

/// The result of two that asks for the earlier next poll.
fn most_urgent(one: PollResult, other: PollResult) -> PollResult {
    let order = |result: PollResult| match result {
        PollResult::Changed => (0, Duration::ZERO),
        PollResult::Failed => (1, Duration::ZERO),
        PollResult::StartsIn(span) => (2, span),
        PollResult::Unchanged => (3, Duration::ZERO),
    };
    if order(other) < order(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_part_sets_the_interval() {
        let starts = |secs| PollResult::StartsIn(Duration::from_secs(secs));
        for (one, other, both) in [
            (PollResult::Unchanged, PollResult::Changed, PollResult::Changed),
            (PollResult::Failed, PollResult::Unchanged, PollResult::Failed),
            (PollResult::Failed, PollResult::Changed, PollResult::Changed),
            (starts(9), starts(3), starts(3)),
            (PollResult::Unchanged, starts(3), starts(3)),
        ] {
            assert_eq!(most_urgent(one, other), both);
            assert_eq!(most_urgent(other, one), both);
        }
    }
}
