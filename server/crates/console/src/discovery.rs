//! Finding jobs that other clients created on the same hub, and resolving intents whose creation was interrupted.

use std::{collections::HashSet, pin::pin, sync::Arc, time::Duration};

use console_wire::hub::HubKind;
use futures::TryStreamExt;
use hub_client::JobFilter;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::{ConsoleError, clock::now, core::Core, create::resolve_intents, store::KnownAs, watch};

/// Starts the rounds, from the jobs that the store knows.
pub(crate) async fn start(core: &Arc<Core>) -> Result<(), ConsoleError> {
    let known = core.store.mirrored_jobs().await?.into_iter().collect();
    core.spawn(run(Arc::clone(core), known));
    Ok(())
}

/// Lists the hub's jobs again and again; adds those that are not known.
async fn run(core: Arc<Core>, mut known: HashSet<String>) {
    loop {
        let begin = Instant::now();
        match round(&core, &mut known).await {
            Ok(()) => {}
            // The hub's state reports it on every page; the log has it from there.
            Err(ConsoleError::Hub(error)) => debug!(%error, "could not list the hub's jobs"),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "could not add the hub's jobs"),
        }
        tokio::time::sleep(pause(core.rate_profile, begin.elapsed())).await;
    }
}

/// A long list is requested less often: it takes at most a twentieth of the time.
fn pause(kind: HubKind, took: Duration) -> Duration {
    match kind {
        HubKind::Embedded => (took * 20).clamp(Duration::from_secs(1), Duration::from_secs(30)),
        HubKind::Remote => Duration::from_mins(1),
    }
}

async fn round(core: &Arc<Core>, known: &mut HashSet<String>) -> Result<(), ConsoleError> {
    resolve_intents(core).await?;
    core.rate_limits.jobs.acquire().await;
    let mut jobs = pin!(core.hub.jobs(JobFilter::default()));
    while let Some(job) = jobs.try_next().await? {
        if known.contains(&job.job_id) {
            continue;
        }
        match core.store.add_from_hub(&job, now()).await? {
            KnownAs::Intent => continue,
            KnownAs::Mirrored => {}
            KnownAs::New => {
                let (job_id, status) = (&job.job_id, job.status.as_str());
                info!(job_id, status, "found a job that another client created");
                if job.status.is_terminal() {
                    watch::read_in_ended(core, job_id);
                } else {
                    watch::start(core, job_id);
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
    fn a_long_list_is_requested_less_often() {
        let embedded = |ms: u64| pause(HubKind::Embedded, Duration::from_millis(ms)).as_millis();
        assert_eq!((embedded(1), embedded(200), embedded(60_000)), (1000, 4000, 30_000));
    }
}
