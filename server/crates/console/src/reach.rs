//! Whom a scheduled job would reach if it started now.

use std::time::Duration;

use console_wire::target::Reach;
use hub_wire::job::JobStatus;

use crate::{ConsoleError, clock::now, core::Core, jobs, target_query::count_devices};

/// How long a page waits for the count.
const PATIENCE: Duration = Duration::from_secs(1);

/// `None` for a job that has begun, for one on a list, whose devices are known, and where the hub takes long to answer.
pub(crate) async fn reach(core: &Core, job_id: &str) -> Result<Option<Reach>, ConsoleError> {
    let job = jobs::job(core, job_id).await?;
    if job.status != JobStatus::Scheduled || job.target_devices.is_some() {
        return Ok(None);
    }
    let as_of = now();
    match tokio::time::timeout(PATIENCE, count_devices(core, &job.query_condition)).await {
        Ok(counted) => {
            let (count, connected_count) = counted?;
            Ok(Some(Reach { count, connected_count, as_of }))
        }
        Err(_) => Ok(None),
    }
}
