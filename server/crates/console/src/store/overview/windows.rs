//! Jobs in waves of the overview that call devices in maintenance windows only.

use console_wire::rollout::settings::Windows;
use sqlx::SqliteConnection;

use crate::store::{Result, columns::from_json, search::searching};

const ATTEMPT: &str = "read the maintenance windows of the overview";

/// A job in waves that runs and has maintenance windows. Outside of them it waits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WaitingForWindow {
    pub(crate) job_id: String,
    pub(crate) name: String,
    pub(crate) windows: Windows,
}

/// The oldest ones.
pub(super) async fn read(connection: &mut SqliteConnection, limit: u32) -> Result<Vec<WaitingForWindow>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT jobs.job_id, jobs.name, json_extract(rollouts.progress, '$.settings.windows') FROM jobs \
         JOIN rollouts ON rollouts.job_id = jobs.job_id \
         WHERE jobs.phase = 'open' AND json_extract(jobs.rollout, '$.phase') = 'running' \
         AND json_extract(rollouts.progress, '$.settings.windows') IS NOT NULL \
         ORDER BY jobs.created_time, jobs.job_id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    rows.into_iter()
        .map(|(job_id, name, windows)| {
            Ok(WaitingForWindow { job_id, name, windows: from_json(&windows, "windows")? })
        })
        .collect()
}
