//! Reading a rollout: its state, to go on with it, and what a page shows.

use console_wire::{
    access::PersonRef,
    rollout::{HistoryEntry, Rollout, settings::Engine},
};
use hub_wire::Timestamp;
use rollout::{Event, State};
use sqlx::SqliteConnection;

use super::{approvals::newest_approval, hub_jobs::count_parts};
use crate::store::{Result, Store, columns, sql};

/// Most lines of a history that are shown.
const MAX_HISTORY: i64 = 500;
const ATTEMPT: &str = "read a rollout";

/// A state and the steps that followed it.
#[derive(Debug)]
pub(crate) struct StoredRollout {
    pub(crate) state: State,
    /// How many steps the state has behind it.
    pub(crate) state_step: u64,
    pub(crate) steps: Vec<(Timestamp, Event)>,
}

impl Store {
    /// The jobs whose rollouts have not ended, the oldest first.
    pub(crate) async fn open_rollouts(&self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT job_id FROM jobs WHERE phase = 'open' AND rollout IS NOT NULL ORDER BY created_time",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read open rollouts"))
    }

    /// What is needed to go on with a rollout.
    pub(crate) async fn stored_rollout(&self, job_id: &str) -> Result<Option<StoredRollout>> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT state, state_step FROM rollouts WHERE job_id = $1")
                .bind(job_id)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql(ATTEMPT))?;
        let Some((state, state_step)) = row else { return Ok(None) };
        let steps: Vec<(i64, String)> = sqlx::query_as(
            "SELECT at, event FROM rollout_steps WHERE job_id = $1 AND step >= $2 ORDER BY step",
        )
        .bind(job_id)
        .bind(state_step)
        .fetch_all(&self.readers)
        .await
        .map_err(sql(ATTEMPT))?;
        let steps = steps
            .into_iter()
            .map(|(at, event)| Ok((Timestamp::from_ticks(at), columns::from_json(&event, "event")?)))
            .collect::<Result<Vec<_>>>()?;
        let state = columns::from_json(&state, "state")?;
        Ok(Some(StoredRollout { state, state_step: columns::count(state_step), steps }))
    }

    /// A rollout as it is shown; `None` where the job has none.
    pub(crate) async fn rollout(&self, job_id: &str) -> Result<Option<Rollout>> {
        let mut transaction = self.readers.begin().await.map_err(sql(ATTEMPT))?;
        read_rollout(&mut transaction, job_id).await
    }
}

/// The same within a transaction that reads more of the job.
pub(in crate::store) async fn read_rollout(
    connection: &mut SqliteConnection,
    job_id: &str,
) -> Result<Option<Rollout>> {
    let progress: Option<String> = sqlx::query_scalar("SELECT progress FROM rollouts WHERE job_id = $1")
        .bind(job_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(sql(ATTEMPT))?;
    let Some(progress) = progress else { return Ok(None) };
    let mut rollout: Rollout = columns::from_json(&progress, "progress")?;
    let rows: Vec<(i64, String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT at, decision, person, comment FROM rollout_history WHERE job_id = $1 \
         ORDER BY entry DESC LIMIT $2",
    )
    .bind(job_id)
    .bind(MAX_HISTORY)
    .fetch_all(&mut *connection)
    .await
    .map_err(sql(ATTEMPT))?;
    for (at, decision, person, comment) in rows {
        let person = person.map(|text| columns::from_json::<PersonRef>(&text, "person")).transpose()?;
        rollout.history.push(HistoryEntry {
            at: Timestamp::from_ticks(at),
            decision: columns::from_json(&decision, "decision")?,
            by: person,
            comment,
        });
    }
    rollout.approval = newest_approval(connection, job_id).await?;
    if rollout.settings.engine == Engine::HubJobs {
        rollout.hub_jobs = Some(count_parts(connection, job_id).await?);
    }
    Ok(Some(rollout))
}
