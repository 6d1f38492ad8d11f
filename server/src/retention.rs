//! Deletes what is older than `--keep-history-days`: jobs that ended, with their results, and calls of single devices.

use std::{sync::Arc, time::Duration};

use console::{Console, Purged};
use hub_embedded::clock::Clock;
use hub_wire::Timestamp;
use tokio_util::sync::CancellationToken;

/// Before the first purge: a machine that starts with a wrong clock has corrected it by then.
const FIRST: Duration = Duration::from_mins(10);
/// Between two purges.
const EVERY: Duration = Duration::from_hours(1);

const JOBS: &str = "fleetcast_purged_jobs_total";
const RESULTS: &str = "fleetcast_purged_results_total";
const CALLS: &str = "fleetcast_purged_calls_total";
const LAST: &str = "fleetcast_last_purge_timestamp_seconds";

/// Describes the metrics.
pub(crate) fn describe() {
    for (name, text) in [
        (JOBS, "Old jobs that were deleted."),
        (RESULTS, "Results of devices that were deleted with old jobs."),
        (CALLS, "Old calls of single devices that were deleted."),
    ] {
        metrics::describe_counter!(name, text);
        metrics::counter!(name).increment(0);
    }
    metrics::describe_gauge!(LAST, "When old jobs were last deleted, in seconds since 1970; 0 before.");
    metrics::gauge!(LAST).set(0);
}

/// So many days.
pub(crate) fn days(count: u32) -> Duration {
    Duration::from_hours(24) * count
}

/// Purges from time to time, until the server stops.
pub(crate) async fn run(console: Console, clock: Arc<dyn Clock>, keep: Duration, stop: CancellationToken) {
    let purges = async {
        let mut wait = FIRST;
        loop {
            clock.sleep_until_steady(clock.steady().plus(wait)).await;
            wait = EVERY;
            purge(&console, &*clock, keep).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = purges => {}
    }
}

async fn purge(console: &Console, clock: &dyn Clock, keep: Duration) {
    let now = clock.now();
    let age = now.since(Timestamp::from_ticks(0));
    // Before 1970 nothing was written, and a clock that shows so is wrong.
    let Some(before) = age.checked_sub(keep) else { return };
    let before = Timestamp::from_ticks(0).plus(before);
    match console.purge(before).await {
        Ok(Purged { jobs, results, calls }) => {
            metrics::counter!(JOBS).increment(jobs);
            metrics::counter!(RESULTS).increment(results);
            metrics::counter!(CALLS).increment(calls);
            metrics::gauge!(LAST).set(age.as_secs_f64());
            if jobs + calls > 0 {
                tracing::info!(jobs, results, calls, %before, "deleted what ended before");
            }
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "old jobs could not be deleted; trying again in an hour");
        }
    }
}

#[cfg(test)]
mod tests {
    use console::ConsoleConfig;
    use console_wire::job::NewJob;
    use hub_client::{HubClient, HubClientOptions};
    use hub_embedded::{Hub, HubConfig, clock::ManualClock};
    use serde_json::json;

    use super::*;

    async fn open(folder: &tempfile::TempDir) -> (Hub, Console) {
        let hub = Hub::start(HubConfig::local(folder.path())).await.unwrap();
        let options = HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() };
        let console = Console::open(ConsoleConfig::new(
            folder.path(),
            HubClient::new(hub.connection_string().clone(), options).unwrap(),
        ));
        (hub, console.await.unwrap())
    }

    /// Runs the job `tags`; returns when it ended.
    async fn end_a_job(console: &Console) -> Timestamp {
        let job: NewJob = serde_json::from_value(json!({
            "jobId": "tags", "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}
        }))
        .unwrap();
        console.create_job(job).await.unwrap();
        let mut changes = console.sequence();
        loop {
            if let Some(ended) = console.job("tags").await.unwrap().end_time {
                return ended;
            }
            changes.changed().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_job_is_deleted_when_its_days_are_over() {
        let folder = tempfile::tempdir().unwrap();
        let (hub, console) = open(&folder).await;
        let ended = end_a_job(&console).await;

        let clock = ManualClock::new(ended.plus(days(40)));
        let stop = CancellationToken::new();
        let running = tokio::spawn(run(console.clone(), Arc::new(clock.clone()), days(40), stop.clone()));
        tokio::time::timeout(Duration::from_mins(1), async {
            let mut ticks = tokio::time::interval(Duration::from_millis(10));
            while console.job("tags").await.is_ok() {
                // Again each time: the task may not have begun to wait when the clock was moved.
                clock.advance(FIRST);
                ticks.tick().await;
            }
        })
        .await
        .expect("the job is deleted");
        stop.cancel();
        running.await.unwrap();
        console.stop().await;
        hub.stop().await;
    }

    #[tokio::test]
    async fn a_job_is_kept_until_then() {
        let folder = tempfile::tempdir().unwrap();
        let (hub, console) = open(&folder).await;
        let ended = end_a_job(&console).await;
        for (shown, is_kept) in [
            (Timestamp::from_ticks(0), true),
            (ended, true),
            (ended.plus(days(40)), true),
            (ended.plus(days(40) + Duration::from_secs(1)), false),
        ] {
            purge(&console, &ManualClock::new(shown), days(40)).await;
            assert_eq!(console.job("tags").await.is_ok(), is_kept, "{shown}");
        }
        console.stop().await;
        hub.stop().await;
    }
}
