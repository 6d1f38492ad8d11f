//! Reading device identities.

use hub_wire::{
    DeviceId,
    device::{AuthenticationType, Device, DeviceStatus, RegistryStatistics},
    sas::SasKey,
};
use sqlx::{AssertSqlSafe, FromRow, SqlitePool};

use super::{
    DeviceKeys,
    rows::{self, DeviceRow},
};
use crate::{domain::Target, error::HubError};

pub(super) async fn get(readers: &SqlitePool, device_id: &DeviceId) -> Result<Device, HubError> {
    let sql = format!("SELECT {} FROM devices WHERE device_id = ?", rows::DEVICE);
    let row: Option<DeviceRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(device_id.as_str()).fetch_optional(readers).await?;
    row.ok_or_else(|| HubError::DeviceNotFound(device_id.clone()))?.into_device()
}

pub(super) async fn list(readers: &SqlitePool, top: u32) -> Result<Vec<Device>, HubError> {
    let sql = format!("SELECT {} FROM devices ORDER BY device_id LIMIT ?", rows::DEVICE);
    let rows: Vec<DeviceRow> = sqlx::query_as(AssertSqlSafe(sql)).bind(top).fetch_all(readers).await?;
    rows.into_iter().map(DeviceRow::into_device).collect()
}

pub(super) async fn statistics(readers: &SqlitePool) -> Result<RegistryStatistics, HubError> {
    // One statement, so that the numbers are consistent.
    let (total, disabled): (u64, u64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM devices), (SELECT count(*) FROM devices WHERE status = 'disabled')",
    )
    .fetch_one(readers)
    .await?;
    Ok(RegistryStatistics {
        total_device_count: total,
        enabled_device_count: total - disabled,
        disabled_device_count: disabled,
    })
}

#[derive(FromRow)]
struct KeysRow {
    status: String,
    auth_type: String,
    primary_key: Option<String>,
    secondary_key: Option<String>,
}

pub(super) async fn keys(readers: &SqlitePool, target: &Target) -> Result<DeviceKeys, HubError> {
    let row: KeysRow = match &target.module_id {
        None => sqlx::query_as(
            "SELECT status, auth_type, primary_key, secondary_key FROM devices WHERE device_id = ?",
        )
        .bind(target.device_id.as_str())
        .fetch_optional(readers)
        .await?
        .ok_or_else(|| HubError::DeviceNotFound(target.device_id.clone()))?,
        Some(module_id) => sqlx::query_as(
            "SELECT d.status, m.auth_type, m.primary_key, m.secondary_key FROM modules m \
             JOIN devices d ON d.device_id = m.device_id WHERE m.device_id = ? AND m.module_id = ?",
        )
        .bind(target.device_id.as_str())
        .bind(module_id.as_str())
        .fetch_optional(readers)
        .await?
        .ok_or_else(|| HubError::ModuleNotFound(target.device_id.clone(), module_id.clone()))?,
    };
    Ok(DeviceKeys {
        status: rows::parse_enum::<DeviceStatus>(&row.status)?,
        authentication_type: rows::parse_enum::<AuthenticationType>(&row.auth_type)?,
        primary: key(row.primary_key.as_deref())?,
        secondary: key(row.secondary_key.as_deref())?,
    })
}

fn key(text: Option<&str>) -> Result<Option<SasKey>, HubError> {
    text.map(SasKey::from_base64).transpose().map_err(|error| HubError::damaged("key", error))
}
