//! Changes of the hub's registry: reading them. `write` begins them and follows their devices.

mod write;

use console_wire::registry::{ChangeCounts, ChangeState, ChangedDevice, RegistryChange};
use hub_wire::{DeviceId, Timestamp, twin::Object};
use serde::{Deserialize, Serialize};

pub(crate) use self::write::{DeviceEnd, NewChangeRow};
use super::{
    Result, Store,
    columns::{self, count, from_json},
    sql,
};
use crate::StoreError;

const COLUMNS: &str = "change_id, kind, query_condition, status_reason, undo_of, rerun_of, created_time, created_by, \
    scope, end_time, cancelled_by, note, \
    (SELECT max(later.change_id) FROM registry_changes later WHERE later.undo_of = registry_changes.change_id) \
    AS undone_by";

/// What is known of a device before it is changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ItemContent {
    /// Of a new device, whether it begins disabled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_disabled: bool,
    /// The reason of its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status_reason: Option<String>,
    /// Its first tags.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(crate) tags: Object,
    /// Its first desired properties.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(crate) desired: Object,
}

/// A device to change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChangeItem {
    pub(crate) device_id: DeviceId,
    pub(crate) content: ItemContent,
}

/// A device that waits to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueuedItem {
    /// Its place in the change.
    pub(crate) position: i64,
    pub(crate) item: ChangeItem,
}

impl Store {
    /// At most `limit` changes from before one, newest first.
    pub(crate) async fn registry_changes(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<RegistryChange>> {
        let text = format!(
            "SELECT {COLUMNS} FROM registry_changes WHERE change_id < $1 ORDER BY change_id DESC LIMIT $2"
        );
        let rows: Vec<ChangeRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(before.map_or(i64::MAX, columns::stored))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list registry changes"))?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let counts = self.registry_change_counts(row.change_id).await?;
            changes.push(row.change(counts)?);
        }
        Ok(changes)
    }

    /// One change.
    pub(crate) async fn registry_change(&self, change_id: u64) -> Result<Option<RegistryChange>> {
        let text = format!("SELECT {COLUMNS} FROM registry_changes WHERE change_id = $1");
        let row: Option<ChangeRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(columns::stored(change_id))
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a registry change"))?;
        let Some(row) = row else { return Ok(None) };
        let counts = self.registry_change_counts(row.change_id).await?;
        row.change(counts).map(Some)
    }

    async fn registry_change_counts(&self, change_id: i64) -> Result<ChangeCounts> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT state, count(*) FROM registry_change_devices WHERE change_id = $1 GROUP BY state",
        )
        .bind(change_id)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("count the devices of a registry change"))?;
        let mut counts = ChangeCounts::default();
        for (state, devices) in rows {
            counts.set(read_state(&state)?, count(devices));
        }
        Ok(counts)
    }

    /// At most `limit` devices of a change from a position on, in one state or in any; each with its position.
    pub(crate) async fn registry_change_devices(
        &self,
        change_id: u64,
        state: Option<ChangeState>,
        from: i64,
        limit: u32,
    ) -> Result<Vec<(i64, ChangedDevice)>> {
        type Row = (i64, String, String, Option<String>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT position, device_id, state, error_code, error FROM registry_change_devices \
             WHERE change_id = $1 AND position >= $2 AND ($3 IS NULL OR state = $3) ORDER BY position LIMIT $4",
        )
        .bind(columns::stored(change_id))
        .bind(from)
        .bind(state.map(ChangeState::as_str))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list the devices of a registry change"))?;
        rows.into_iter()
            .map(|(position, device_id, state, error_code, error)| {
                let device_id = read_id(device_id)?;
                Ok((position, ChangedDevice { device_id, state: read_state(&state)?, error_code, error }))
            })
            .collect()
    }

    /// The devices of a change that ended in some states, as they are sent once more. Of an undo, `restores_reasons` gives each
    /// the reason that its status had before.
    pub(crate) async fn registry_change_items(
        &self,
        change_id: u64,
        states: &[ChangeState],
        restores_reasons: bool,
    ) -> Result<Vec<ChangeItem>> {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT device_id, content, reason_before FROM registry_change_devices \
             WHERE change_id = $1 AND state IN (SELECT value FROM json_each($2)) ORDER BY position",
        )
        .bind(columns::stored(change_id))
        .bind(columns::json(&states))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the devices of a registry change"))?;
        rows.into_iter()
            .map(|(device_id, content, reason_before)| {
                let content = if restores_reasons {
                    ItemContent { status_reason: reason_before, ..ItemContent::default() }
                } else {
                    read_content(content)?
                };
                Ok(ChangeItem { device_id: read_id(device_id)?, content })
            })
            .collect()
    }

    /// Changes that have devices without result, oldest first.
    pub(crate) async fn open_registry_changes(&self) -> Result<Vec<u64>> {
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT change_id FROM registry_changes WHERE end_time IS NULL ORDER BY change_id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the open registry changes"))?;
        Ok(rows.into_iter().map(count).collect())
    }

    /// The next devices of a change that wait to be sent, at most `limit`.
    pub(crate) async fn queued_registry_items(
        &self,
        change_id: u64,
        limit: usize,
    ) -> Result<Vec<QueuedItem>> {
        let rows: Vec<(i64, String, Option<String>)> = sqlx::query_as(
            "SELECT position, device_id, content FROM registry_change_devices \
             WHERE change_id = $1 AND state = 'queued' ORDER BY position LIMIT $2",
        )
        .bind(columns::stored(change_id))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read what a registry change sends next"))?;
        rows.into_iter()
            .map(|(position, device_id, content)| {
                let item = ChangeItem { device_id: read_id(device_id)?, content: read_content(content)? };
                Ok(QueuedItem { position, item })
            })
            .collect()
    }
}

fn read_state(text: &str) -> Result<ChangeState> {
    ChangeState::from_wire(text).ok_or(StoreError::Damaged { column: "state" })
}

fn read_id(text: String) -> Result<DeviceId> {
    DeviceId::new(text).map_err(|_| StoreError::Damaged { column: "device_id" })
}

fn read_content(text: Option<String>) -> Result<ItemContent> {
    text.map_or_else(|| Ok(ItemContent::default()), |text| from_json(&text, "content"))
}

/// A row of the table of changes.
#[derive(Debug, sqlx::FromRow)]
struct ChangeRow {
    change_id: i64,
    kind: String,
    query_condition: Option<String>,
    status_reason: Option<String>,
    undo_of: Option<i64>,
    rerun_of: Option<i64>,
    created_time: i64,
    created_by: Option<String>,
    scope: Option<String>,
    end_time: Option<i64>,
    cancelled_by: Option<String>,
    note: Option<String>,
    undone_by: Option<i64>,
}

impl ChangeRow {
    fn change(self, counts: ChangeCounts) -> Result<RegistryChange> {
        let person = |text: Option<String>, column| text.map(|text| from_json(&text, column)).transpose();
        Ok(RegistryChange {
            change_id: count(self.change_id),
            kind: columns::wire(&self.kind, "kind")?,
            query_condition: self.query_condition,
            status_reason: self.status_reason,
            undo_of: self.undo_of.map(count),
            rerun_of: self.rerun_of.map(count),
            undone_by: self.undone_by.map(count),
            created_time: Timestamp::from_ticks(self.created_time),
            created_by: person(self.created_by, "created_by")?,
            scope: self.scope,
            end_time: self.end_time.map(Timestamp::from_ticks),
            cancelled_by: person(self.cancelled_by, "cancelled_by")?,
            note: self.note,
            counts,
        })
    }
}
