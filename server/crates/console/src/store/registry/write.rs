//! Beginning registry changes, and what becomes of their devices. A change ends in the transaction that gives its last device
//! a result.

use console_wire::{
    access::PersonRef,
    registry::{ChangeKind, ChangeState},
};
use hub_wire::Timestamp;
use serde_json::{Value, json};
use sqlx::{Sqlite, Transaction};

use super::ChangeItem;
use crate::store::{Result, Store, columns, sql};

/// A change that begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewChangeRow<'a> {
    pub(crate) kind: ChangeKind,
    pub(crate) query_condition: Option<&'a str>,
    pub(crate) status_reason: Option<&'a str>,
    pub(crate) undo_of: Option<u64>,
    pub(crate) rerun_of: Option<u64>,
    pub(crate) created_by: Option<&'a PersonRef>,
    pub(crate) scope: Option<&'a str>,
}

/// What became of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceEnd {
    /// Its place in the change.
    pub(crate) position: i64,
    pub(crate) state: ChangeState,
    pub(crate) error_code: Option<String>,
    pub(crate) error: Option<String>,
    /// The reason of its status before.
    pub(crate) reason_before: Option<String>,
}

impl Store {
    /// Begins a change of these devices. Returns its number; `None` if it undoes a change that another one undoes already.
    pub(crate) async fn insert_registry_change(
        &self,
        change: NewChangeRow<'_>,
        items: &[ChangeItem],
        now: Timestamp,
    ) -> Result<Option<u64>> {
        let attempt = "begin a registry change";
        let mut transaction = self.begin(attempt).await?;
        if let Some(undo_of) = change.undo_of {
            let undone: i64 = sqlx::query_scalar("SELECT count(*) FROM registry_changes WHERE undo_of = $1")
                .bind(columns::stored(undo_of))
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
            if undone > 0 {
                return Ok(None);
            }
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO registry_changes (kind, query_condition, status_reason, undo_of, rerun_of, created_time, \
             created_by, scope) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING change_id",
        )
        .bind(change.kind.as_str())
        .bind(change.query_condition)
        .bind(change.status_reason)
        .bind(change.undo_of.map(columns::stored))
        .bind(change.rerun_of.map(columns::stored))
        .bind(now.ticks())
        .bind(change.created_by.map(columns::json))
        .bind(change.scope)
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        // One statement for all devices: a statement for each would hold the only writer for a second.
        let rows: Vec<(&str, String)> =
            items.iter().map(|item| (item.device_id.as_str(), columns::json(&item.content))).collect();
        sqlx::query(
            "INSERT INTO registry_change_devices (change_id, position, device_id, state, content) \
             SELECT $1, key, value ->> 0, 'queued', nullif(value ->> 1, '{}') FROM json_each($2)",
        )
        .bind(id)
        .bind(columns::json(&rows))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Some(columns::count(id)))
    }

    /// Marks devices as being sent, before they are. Returns those that were still queued: others were cancelled meanwhile.
    pub(crate) async fn begin_registry_items(&self, change_id: u64, positions: &[i64]) -> Result<Vec<i64>> {
        let attempt = "mark devices of a registry change as being sent";
        let mut transaction = self.begin(attempt).await?;
        let begun: Vec<i64> = sqlx::query_scalar(
            "UPDATE registry_change_devices SET state = 'inFlight' WHERE change_id = $1 AND state = 'queued' \
             AND position IN (SELECT value FROM json_each($2)) RETURNING position",
        )
        .bind(columns::stored(change_id))
        .bind(columns::json(&positions))
        .fetch_all(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(begun)
    }

    /// Puts devices back that were not sent.
    pub(crate) async fn requeue_registry_items(&self, change_id: u64, positions: &[i64]) -> Result<()> {
        let attempt = "put devices of a registry change back";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "UPDATE registry_change_devices SET state = 'queued' WHERE change_id = $1 AND state = 'inFlight' \
             AND position IN (SELECT value FROM json_each($2))",
        )
        .bind(columns::stored(change_id))
        .bind(columns::json(&positions))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Records what became of devices that are queued or being sent, and ends the change if they were the last.
    pub(crate) async fn end_registry_items(
        &self,
        change_id: u64,
        ends: &[DeviceEnd],
        now: Timestamp,
    ) -> Result<()> {
        let attempt = "record results of a registry change";
        let rows: Vec<Value> = ends
            .iter()
            .map(|end| {
                json!([end.position, end.state.as_str(), end.error_code, end.error, end.reason_before])
            })
            .collect();
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "UPDATE registry_change_devices SET state = ended.value ->> 1, error_code = ended.value ->> 2, \
             error = ended.value ->> 3, reason_before = ended.value ->> 4 FROM json_each($2) AS ended \
             WHERE change_id = $1 AND position = ended.value ->> 0 AND state IN ('queued', 'inFlight')",
        )
        .bind(columns::stored(change_id))
        .bind(columns::json(&rows))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        end_if_done(&mut transaction, Some(change_id), now).await?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Sets or removes what is said of a change that waits.
    pub(crate) async fn note_registry_change(&self, change_id: u64, note: Option<&str>) -> Result<()> {
        let attempt = "note what a registry change waits for";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("UPDATE registry_changes SET note = $2 WHERE change_id = $1 AND note IS NOT $2")
            .bind(columns::stored(change_id))
            .bind(note)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Cancels the devices that were not sent, for a person or for a reason. Returns how many.
    pub(crate) async fn cancel_registry_change(
        &self,
        change_id: u64,
        by: Option<&PersonRef>,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<u64> {
        let attempt = "cancel a registry change";
        let mut transaction = self.begin(attempt).await?;
        let cancelled = sqlx::query(
            "UPDATE registry_change_devices SET state = 'cancelled' WHERE change_id = $1 AND state = 'queued'",
        )
        .bind(columns::stored(change_id))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?
        .rows_affected();
        if cancelled > 0 {
            sqlx::query("UPDATE registry_changes SET cancelled_by = $2, note = $3 WHERE change_id = $1")
                .bind(columns::stored(change_id))
                .bind(by.map(columns::json))
                .bind(note)
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        end_if_done(&mut transaction, Some(change_id), now).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(cancelled)
    }

    /// Ends devices that were being sent when the last process ended: what became of them is not known.
    pub(crate) async fn interrupt_registry_items(&self, now: Timestamp) -> Result<u64> {
        let attempt = "end what a stop interrupted in registry changes";
        let mut transaction = self.begin(attempt).await?;
        let interrupted = sqlx::query(
            "UPDATE registry_change_devices SET state = 'interrupted', error_code = 'ConsoleStopped' \
             WHERE change_id IN (SELECT change_id FROM registry_changes WHERE end_time IS NULL) AND state = 'inFlight'",
        )
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?
        .rows_affected();
        end_if_done(&mut transaction, None, now).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(interrupted)
    }

    /// Deletes the oldest change that ended before a time, with its devices; false when there is none.
    pub(crate) async fn delete_registry_change_before(&self, before: Timestamp) -> Result<bool> {
        let attempt = "delete an old registry change";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query(
            "DELETE FROM registry_changes WHERE change_id = (SELECT min(change_id) FROM registry_changes \
             WHERE end_time IS NOT NULL AND end_time < $1)",
        )
        .bind(before.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected() > 0)
    }
}

/// Ends a change, or any, of which every device has a result.
async fn end_if_done(
    transaction: &mut Transaction<'static, Sqlite>,
    change_id: Option<u64>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE registry_changes SET end_time = $2 WHERE end_time IS NULL AND ($1 IS NULL OR change_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM registry_change_devices d WHERE d.change_id = registry_changes.change_id \
         AND d.state IN ('queued', 'inFlight'))",
    )
    .bind(change_id.map(columns::stored))
    .bind(now.ticks())
    .execute(&mut **transaction)
    .await
    .map_err(sql("end a registry change"))?;
    Ok(())
}
