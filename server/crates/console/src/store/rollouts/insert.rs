//! Adding a job with a rollout. It is no intent: the hub is called only after it is written.

use console_wire::job::{NamedTarget, default_name};
use hub_wire::{DeviceId, Timestamp, job::JobRequest};
use sqlx::{Sqlite, Transaction};

use super::{
    approvals::ask_approval,
    devices::{add_devices, add_results},
    write::{HistoryLine, StateWrite, write_history, write_state},
};
use crate::store::{
    Result, Store, columns,
    intents::{Draft, Labels, insert},
    multipart::description,
    sql, webhooks,
};

/// Which devices a rollout has.
#[derive(Debug, Clone)]
pub(crate) enum RolloutTarget {
    /// Those that match the request's condition at the start; so many are expected.
    Condition { expected: u64 },
    /// Those of a list, each once.
    List(Vec<DeviceId>),
}

/// A job with a rollout, to be written.
pub(crate) struct NewRollout<'a> {
    pub(crate) request: &'a JobRequest,
    pub(crate) labels: &'a Labels,
    pub(crate) target: &'a RolloutTarget,
    pub(crate) state: StateWrite,
    pub(crate) status: hub_wire::job::JobStatus,
    pub(crate) history: &'a [HistoryLine],
    pub(crate) asks_approval: Option<console_wire::rollout::RolloutApproval>,
    pub(crate) now: Timestamp,
}

impl Store {
    /// Adds a job with its rollout. False when the id is taken here; then nothing changed.
    pub(crate) async fn insert_rollout(&self, new: NewRollout<'_>) -> Result<bool> {
        let attempt = "note a job in waves";
        let job_id = new.request.job_id.as_str();
        let (expected, listed) = match new.target {
            RolloutTarget::Condition { expected } => (Some(*expected), None),
            RolloutTarget::List(ids) => (None, Some(ids)),
        };
        let draft = Draft {
            job_id,
            phase: "open",
            labels: new.labels,
            job_type: new.request.job_type,
            status: new.status,
            query_condition: &new.request.query_condition,
            method: new.request.cloud_to_device_method.as_ref(),
            twin: new.request.update_twin.as_ref(),
            created: new.now,
            start: new.request.start_time,
            max_execution_time: None,
            expected,
            now: new.now,
        };
        let mut transaction = self.begin(attempt).await?;
        let is_a_part: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job_parts WHERE hub_job_id = $1)")
                .bind(job_id)
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        let sequence = Self::next_sequence(&mut transaction).await?;
        if is_a_part || !insert(&mut transaction, &draft, sequence).await? {
            return Ok(false);
        }
        sqlx::query("INSERT INTO rollouts (job_id, state, state_step, progress) VALUES ($1, '', 0, '')")
            .bind(job_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        write_state(&mut transaction, job_id, &new.state).await?;
        write_history(&mut transaction, job_id, new.history).await?;
        if let Some(approval) = &new.asks_approval {
            ask_approval(&mut transaction, job_id, approval).await?;
        }
        if let Some(ids) = listed {
            add_list(&mut transaction, new.request, new.labels, ids).await?;
        }
        webhooks::record_begun(&mut transaction, job_id).await?;
        self.commit(transaction, sequence, attempt).await?;
        Ok(true)
    }
}

/// Adds the devices of a list to a job that has none.
pub(super) async fn add_list(
    transaction: &mut Transaction<'static, Sqlite>,
    request: &JobRequest,
    labels: &Labels,
    ids: &[DeviceId],
) -> Result<()> {
    let job_id = request.job_id.as_str();
    let ids: Vec<&str> = ids.iter().map(DeviceId::as_str).collect();
    add_devices(transaction, job_id, 0, &ids, &[]).await?;
    add_results(transaction, job_id, &ids).await?;
    let devices = ids.len() as u64;
    let name = labels.name.clone().unwrap_or_else(|| {
        let target = labels.named_target(NamedTarget::Listed(devices));
        default_name(request.cloud_to_device_method.as_ref(), request.update_twin.as_ref(), &target)
    });
    sqlx::query(
        "UPDATE jobs SET target_devices = $2, queued = $2, query_condition = $3, condition_search = $3, \
         name = $4, name_search = $5 WHERE job_id = $1",
    )
    .bind(job_id)
    .bind(columns::stored(devices))
    .bind(description(devices))
    .bind(&name)
    .bind(name.to_lowercase())
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("note the devices of a rollout"))
}
