//! Reading module identities.

use hub_wire::{DeviceId, ModuleId, device::Module};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::rows::{self, ModuleRow};
use crate::error::HubError;

pub(super) async fn get(
    readers: &SqlitePool,
    device_id: &DeviceId,
    module_id: &ModuleId,
) -> Result<Module, HubError> {
    let sql = format!("SELECT {} FROM modules WHERE device_id = ? AND module_id = ?", rows::MODULE);
    let row: Option<ModuleRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(device_id.as_str())
        .bind(module_id.as_str())
        .fetch_optional(readers)
        .await?;
    if let Some(row) = row {
        return row.into_module();
    }
    // Which of the two is missing decides the code.
    super::devices::get(readers, device_id).await?;
    Err(HubError::ModuleNotFound(device_id.clone(), module_id.clone()))
}

pub(super) async fn list(readers: &SqlitePool, device_id: &DeviceId) -> Result<Vec<Module>, HubError> {
    super::devices::get(readers, device_id).await?;
    let sql = format!("SELECT {} FROM modules WHERE device_id = ? ORDER BY module_id", rows::MODULE);
    let rows: Vec<ModuleRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(device_id.as_str()).fetch_all(readers).await?;
    rows.into_iter().map(ModuleRow::into_module).collect()
}
