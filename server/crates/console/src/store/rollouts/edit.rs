//! Changing a job with a rollout before it begins: its row, and the devices of its list.

use console_wire::job::{NamedTarget, action, default_name};
use hub_wire::{Timestamp, job::JobRequest};
use sqlx::{Sqlite, Transaction};

use super::insert::{RolloutTarget, add_list};
use crate::store::{Result, columns, intents::Labels, search::searched, sql};

const ATTEMPT: &str = "change a job in waves";

/// What a job is after an edit. Who created it, when, and by which schedule stays.
#[derive(Debug)]
pub(crate) struct RolloutEdit {
    pub(crate) request: JobRequest,
    pub(crate) labels: Labels,
    pub(crate) target: RolloutTarget,
}

/// Writes an edit of a job that has not begun.
pub(super) async fn write_edit(
    transaction: &mut Transaction<'static, Sqlite>,
    edit: &RolloutEdit,
    now: Timestamp,
) -> Result<()> {
    let RolloutEdit { request, labels, target } = edit;
    let (method, twin) = (request.cloud_to_device_method.as_ref(), request.update_twin.as_ref());
    let (expected, listed) = match target {
        RolloutTarget::Condition { expected } => (Some(*expected), None),
        RolloutTarget::List(ids) => (None, Some(ids)),
    };
    let action = action(request.job_type, method, twin);
    let name = labels.name.clone().unwrap_or_else(|| {
        let target = labels.named_target(NamedTarget::Condition(&request.query_condition));
        default_name(method, twin, &target)
    });
    let job_id = request.job_id.as_str();
    sqlx::query(
        "UPDATE jobs SET job_type = $2, query_condition = $3, action = $4, cloud_to_device_method = $5, \
         update_twin = $6, start_time = $7, as_of = $8, expected_devices = $9, action_search = $10, \
         condition_search = $11, name = $12, name_search = $13, reason = $14, scope = $15, group_id = $16, \
         group_name = $17, target_devices = NULL, queued = 0 WHERE job_id = $1 AND phase = 'open'",
    )
    .bind(job_id)
    .bind(request.job_type.as_str())
    .bind(&request.query_condition)
    .bind(&action)
    .bind(method.map(columns::json))
    .bind(twin.map(columns::json))
    .bind(request.start_time.map(Timestamp::ticks))
    .bind(now.ticks())
    .bind(expected.map(columns::stored))
    .bind(action.to_lowercase())
    .bind(searched(&request.query_condition))
    .bind(&name)
    .bind(name.to_lowercase())
    .bind(&labels.reason)
    .bind(&labels.scope)
    .bind(labels.group.as_ref().map(|group| group.group_id.as_str()))
    .bind(labels.group.as_ref().map(|group| group.name.as_str()))
    .execute(&mut **transaction)
    .await
    .map_err(sql(ATTEMPT))?;
    for text in
        ["DELETE FROM rollout_devices WHERE job_id = $1", "DELETE FROM device_results WHERE job_id = $1"]
    {
        sqlx::query(text).bind(job_id).execute(&mut **transaction).await.map_err(sql(ATTEMPT))?;
    }
    match listed {
        Some(ids) => add_list(transaction, request, labels, ids).await,
        None => Ok(()),
    }
}
