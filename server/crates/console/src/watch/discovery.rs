//! Finding jobs that others made on the same hub, and what became of our own unclear ones.

use std::{collections::HashSet, pin::pin, sync::Arc, time::Duration};

use console_wire::hub::HubKind;
use futures::TryStreamExt;
use hub_client::JobFilter;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::{
    ConsoleError,
    console::{Core, now},
    store::Found,
};

/// Lists the hub's jobs again and again; takes in those that are not known.
pub(super) async fn run(core: Arc<Core>, mut known: HashSet<String>) {
    loop {
        let begin = Instant::now();
        match round(&core, &mut known).await {
            Ok(()) => {}
            // Whoever looks at the hub's state sees it; the log has it from there.
            Err(ConsoleError::Hub(error)) => debug!(%error, "could not list the hub's jobs"),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "could not take in the hub's jobs"),
        }
        tokio::time::sleep(pause(core.paced_as, begin.elapsed())).await;
    }
}

/// A long list is asked for less often: it takes at most a twentieth of the time.
fn pause(kind: HubKind, took: Duration) -> Duration {
    match kind {
        HubKind::Embedded => (took * 20).clamp(Duration::from_secs(1), Duration::from_secs(30)),
        HubKind::Remote => Duration::from_mins(1),
    }
}

async fn round(core: &Arc<Core>, known: &mut HashSet<String>) -> Result<(), ConsoleError> {
    core.resolve_intents().await?;
    core.throttle.jobs.pass().await;
    let mut jobs = pin!(core.hub.jobs(JobFilter::default()));
    while let Some(job) = jobs.try_next().await? {
        if known.contains(&job.job_id) {
            continue;
        }
        match core.store.insert_found(&job, now()).await? {
            Found::Intent => continue,
            Found::Known => {}
            Found::New => {
                let (job_id, status) = (&job.job_id, job.status.as_str());
                info!(job_id, status, "found a job that someone else created");
                if job.status.is_terminal() {
                    super::past_job(core, job_id);
                } else {
                    super::job(core, job_id);
                }
            }
        }
        known.insert(job.job_id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        let embedded = |ms: u64| pause(HubKind::Embedded, Duration::from_millis(ms)).as_millis();
        assert_eq!((embedded(1), embedded(200), embedded(60_000)), (1000, 4000, 30_000));
    }
}
