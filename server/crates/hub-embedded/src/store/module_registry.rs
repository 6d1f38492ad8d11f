//! Writing module identities, by the rules of [`device_registry`](super::device_registry).

use hub_wire::{DeviceId, ModuleId, Timestamp, device::Module, twin::Object};
use serde_json::Value;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{
    Store,
    identity::{FirstTwin, check_etag, first_desired_metadata, generation},
    random::{first_etag, random_key},
    rows::{self, ModuleRow},
};
use crate::{
    domain::{
        IfMatch,
        identity::{Credentials, MAX_MODULES},
        twin::fresh_metadata,
    },
    error::HubError,
};

pub(super) async fn put_module(
    store: &Store,
    module: &Module,
    if_match: Option<&IfMatch>,
) -> Result<Module, HubError> {
    let credentials = Credentials::complete(&module.authentication, true, random_key)?;
    let (module, if_match) = (module.clone(), if_match.cloned());
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                match &if_match {
                    None => {
                        create_module(connection, now, &module, &credentials, &FirstTwin::default()).await?;
                    }
                    Some(if_match) => replace_module(connection, &module, &credentials, if_match).await?,
                }
                let sql =
                    format!("SELECT {} FROM modules WHERE device_id = ? AND module_id = ?", rows::MODULE);
                let row: ModuleRow = sqlx::query_as(AssertSqlSafe(sql))
                    .bind(module.device_id.as_str())
                    .bind(module.module_id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                row.into_module()
            })
        })
        .await
}

pub(super) async fn create_module(
    connection: &mut SqliteConnection,
    now: Timestamp,
    module: &Module,
    credentials: &Credentials,
    twin: &FirstTwin,
) -> Result<(), HubError> {
    let (count, exists): (i64, bool) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM modules WHERE device_id = ?1), \
         EXISTS (SELECT 1 FROM modules WHERE device_id = ?1 AND module_id = ?2) FROM devices WHERE device_id = ?1",
    )
    .bind(module.device_id.as_str())
    .bind(module.module_id.as_str())
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| HubError::DeviceNotFound(module.device_id.clone()))?;
    if exists {
        return Err(HubError::ModuleAlreadyExists(module.device_id.clone(), module.module_id.clone()));
    }
    if count >= MAX_MODULES {
        return Err(HubError::TooManyModules(module.device_id.clone()));
    }
    let text = |section: &Object| Value::Object(section.clone()).to_string();
    sqlx::query(
        "INSERT INTO modules (device_id, module_id, connection_state, tags, twin_version, twin_etag, \
         desired_version, reported_version, last_activity, connection_updated, etag, generation_id, auth_type, \
         managed_by, desired, reported, desired_metadata, reported_metadata, primary_key, secondary_key, \
         primary_thumbprint, secondary_thumbprint) \
         VALUES (?, ?, 'Disconnected', jsonb(?), 2, 1, 1, 1, ?, ?, ?, ?, ?, ?, jsonb(?), jsonb(?), jsonb(?), \
         jsonb(?), ?, ?, ?, ?)",
    )
    .bind(module.device_id.as_str())
    .bind(module.module_id.as_str())
    .bind(text(&twin.tags))
    .bind(Timestamp::NEVER.ticks())
    .bind(Timestamp::NEVER.ticks())
    .bind(first_etag())
    .bind(generation(now))
    .bind(rows::authentication_type(credentials.kind))
    .bind(module.managed_by.as_deref())
    .bind(text(&twin.desired))
    .bind(text(&twin.reported))
    .bind(first_desired_metadata(&twin.desired, now).to_string())
    .bind(fresh_metadata(&twin.reported, now, None).to_string())
    .bind(credentials.primary_key())
    .bind(credentials.secondary_key())
    .bind(credentials.thumbprints.primary_thumbprint.as_deref())
    .bind(credentials.thumbprints.secondary_thumbprint.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn replace_module(
    connection: &mut SqliteConnection,
    module: &Module,
    credentials: &Credentials,
    if_match: &IfMatch,
) -> Result<(), HubError> {
    check_module_etag(connection, &module.device_id, &module.module_id, Some(if_match)).await?;
    sqlx::query(
        "UPDATE modules SET etag = etag + 1, managed_by = ?, auth_type = ?, primary_key = ?, secondary_key = ?, \
         primary_thumbprint = ?, secondary_thumbprint = ? WHERE device_id = ? AND module_id = ?",
    )
    .bind(module.managed_by.as_deref())
    .bind(rows::authentication_type(credentials.kind))
    .bind(credentials.primary_key())
    .bind(credentials.secondary_key())
    .bind(credentials.thumbprints.primary_thumbprint.as_deref())
    .bind(credentials.thumbprints.secondary_thumbprint.as_deref())
    .bind(module.device_id.as_str())
    .bind(module.module_id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_module(
    store: &Store,
    device_id: &DeviceId,
    module_id: &ModuleId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    let (device_id, module_id, if_match) = (device_id.clone(), module_id.clone(), if_match.cloned());
    store
        .writer
        .write(move |connection, _| {
            Box::pin(
                async move { remove_module(connection, &device_id, &module_id, if_match.as_ref()).await },
            )
        })
        .await
}

/// Deletes a module, its twin and its session.
pub(super) async fn remove_module(
    connection: &mut SqliteConnection,
    device_id: &DeviceId,
    module_id: &ModuleId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    check_module_etag(connection, device_id, module_id, if_match).await?;
    for statement in [
        "DELETE FROM modules WHERE device_id = ? AND module_id = ?",
        "DELETE FROM sessions WHERE device_id = ? AND module_id = ?",
    ] {
        sqlx::query(statement)
            .bind(device_id.as_str())
            .bind(module_id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn check_module_etag(
    connection: &mut SqliteConnection,
    device_id: &DeviceId,
    module_id: &ModuleId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    let (etag,): (Option<i64>,) = sqlx::query_as(
        "SELECT m.etag FROM devices d LEFT JOIN modules m ON m.device_id = d.device_id AND m.module_id = ?2 \
         WHERE d.device_id = ?1",
    )
    .bind(device_id.as_str())
    .bind(module_id.as_str())
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| HubError::DeviceNotFound(device_id.clone()))?;
    let if_match = if_match.ok_or(HubError::EtagMissing)?;
    check_etag(if_match, etag, || HubError::ModuleNotFound(device_id.clone(), module_id.clone()))
}
