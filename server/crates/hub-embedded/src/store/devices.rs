//! Reading device identities.

use hub_wire::{
    DeviceId,
    device::{AuthenticationType, Device, DeviceStatus, RegistryStatistics},
    sas::SasKey,
};
use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{DeviceKeys, rows};
use crate::{domain::Target, error::HubError};

pub(super) async fn get(readers: &SqlitePool, device_id: &DeviceId) -> Result<Device, HubError> {
    let sql = format!("SELECT {} FROM devices WHERE device_id = ?", rows::DEVICE);
    let row = sqlx::query(AssertSqlSafe(sql)).bind(device_id.as_str()).fetch_optional(readers).await?;
    rows::device(&row.ok_or_else(|| HubError::DeviceNotFound(device_id.clone()))?)
}

pub(super) async fn list(readers: &SqlitePool, top: u32) -> Result<Vec<Device>, HubError> {
    let sql = format!("SELECT {} FROM devices ORDER BY device_id LIMIT ?", rows::DEVICE);
    let found = sqlx::query(AssertSqlSafe(sql)).bind(top).fetch_all(readers).await?;
    found.iter().map(rows::device).collect()
}

pub(super) async fn statistics(readers: &SqlitePool) -> Result<RegistryStatistics, HubError> {
    // One statement, so that the three belong together.
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM devices), (SELECT count(*) FROM devices WHERE status = 'disabled')",
    )
    .fetch_one(readers)
    .await?;
    let (total, disabled): (u64, u64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(RegistryStatistics {
        total_device_count: total,
        enabled_device_count: total - disabled,
        disabled_device_count: disabled,
    })
}

pub(super) async fn keys(readers: &SqlitePool, target: &Target) -> Result<DeviceKeys, HubError> {
    let row = match &target.module_id {
        None => sqlx::query(
            "SELECT status, auth_type, primary_key, secondary_key FROM devices WHERE device_id = ?",
        )
        .bind(target.device_id.as_str())
        .fetch_optional(readers)
        .await?
        .ok_or_else(|| HubError::DeviceNotFound(target.device_id.clone()))?,
        Some(module_id) => sqlx::query(
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
        status: rows::word::<DeviceStatus>(row.try_get(0)?)?,
        authentication_type: rows::word::<AuthenticationType>(row.try_get(1)?)?,
        primary: key(row.try_get(2)?)?,
        secondary: key(row.try_get(3)?)?,
    })
}

fn key(text: Option<&str>) -> Result<Option<SasKey>, HubError> {
    text.map(SasKey::from_base64).transpose().map_err(|error| HubError::damaged("key", error))
}
