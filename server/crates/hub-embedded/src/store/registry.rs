//! Writing identities.
//!
//! A PUT without `If-Match` creates and nothing else, a PUT with it replaces and nothing else; leaving the credentials
//! out mints new keys either way. Source: what live hubs were seen to do.

use std::collections::HashSet;

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{Device, DeviceStatus, Module},
    twin::Object,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{Store, rows};
use crate::{
    domain::{
        IfMatch,
        etag::identity_etag,
        identity::{self, Credentials, MAX_MODULES, check_status_reason},
        twin::fresh_metadata,
    },
    error::HubError,
};

/// What a caller decides about a device.
pub(super) struct DeviceIdentity {
    pub(super) device_id: DeviceId,
    pub(super) status: DeviceStatus,
    pub(super) status_reason: Option<String>,
    pub(super) credentials: Credentials,
    pub(super) iot_edge: bool,
    pub(super) device_scope: Option<String>,
}

/// What a new twin begins with.
#[derive(Default)]
pub(super) struct FirstTwin {
    pub(super) tags: Object,
    pub(super) desired: Object,
    pub(super) reported: Object,
}

pub(super) async fn put_device(
    store: &Store,
    device: &Device,
    if_match: Option<&IfMatch>,
) -> Result<Device, HubError> {
    check_status_reason(device.status_reason.as_deref())?;
    let identity = DeviceIdentity {
        device_id: device.device_id.clone(),
        status: device.status,
        status_reason: device.status_reason.clone(),
        credentials: Credentials::complete(&device.authentication, false, random_key)?,
        iot_edge: device.capabilities.iot_edge,
        device_scope: device.device_scope.clone(),
    };
    let if_match = if_match.cloned();
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let device_id = identity.device_id.clone();
                match &if_match {
                    None => create_device(connection, now, identity, FirstTwin::default()).await?,
                    Some(if_match) => replace_device(connection, now, &identity, if_match).await?,
                }
                let sql = format!("SELECT {} FROM devices WHERE device_id = ?", rows::DEVICE);
                let row = sqlx::query(AssertSqlSafe(sql))
                    .bind(device_id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                rows::device(&row)
            })
        })
        .await
}

/// Creates a device with its twin.
pub(super) async fn create_device(
    connection: &mut SqliteConnection,
    now: Timestamp,
    identity: DeviceIdentity,
    twin: FirstTwin,
) -> Result<(), HubError> {
    let device_id = identity.device_id.clone();
    let created = create_devices(connection, now, &[(identity, twin)]).await?;
    if created.is_empty() { Err(HubError::DeviceAlreadyExists(device_id)) } else { Ok(()) }
}

/// Creates devices with their twins, by one statement whatever their number. Gives the ids of those that were
/// created; the others were there already, or come twice.
pub(super) async fn create_devices(
    connection: &mut SqliteConnection,
    now: Timestamp,
    devices: &[(DeviceIdentity, FirstTwin)],
) -> Result<HashSet<String>, HubError> {
    let rows: Value = devices.iter().map(|(identity, twin)| creation(now, identity, twin)).collect();
    let created: Vec<String> = sqlx::query_scalar(
        "INSERT INTO devices (device_id, status, connection_state, tags, twin_version, twin_etag, desired_version, \
         reported_version, last_activity, connection_updated, status_updated, etag, generation_id, auth_type, \
         iot_edge, status_reason, device_scope, desired, reported, desired_metadata, reported_metadata, primary_key, \
         secondary_key, primary_thumbprint, secondary_thumbprint) \
         SELECT d.value ->> 0, d.value ->> 1, 'Disconnected', jsonb_extract(d.value, '$[2]'), 2, 1, 1, 1, ?2, ?2, ?2, \
         d.value ->> 3, ?3, d.value ->> 4, d.value ->> 5, d.value ->> 6, d.value ->> 7, jsonb_extract(d.value, '$[8]'), \
         jsonb_extract(d.value, '$[9]'), jsonb_extract(d.value, '$[10]'), jsonb_extract(d.value, '$[11]'), d.value ->> 12, d.value ->> 13, \
         d.value ->> 14, d.value ->> 15 \
         FROM jsonb_each(?1) AS d WHERE true ON CONFLICT (device_id) DO NOTHING RETURNING device_id",
    )
    .bind(rows.to_string())
    .bind(Timestamp::NEVER.ticks())
    .bind(generation(now))
    .fetch_all(connection)
    .await?;
    Ok(created.into_iter().collect())
}

/// What differs from device to device, in the order in which [`create_devices`] reads it.
fn creation(now: Timestamp, identity: &DeviceIdentity, twin: &FirstTwin) -> Value {
    json!([
        identity.device_id.as_str(),
        identity.status.as_str(),
        &twin.tags,
        first_etag(),
        rows::authentication_word(identity.credentials.kind),
        i64::from(identity.iot_edge),
        identity.status_reason.as_deref(),
        identity.device_scope.as_deref(),
        &twin.desired,
        &twin.reported,
        fresh_metadata(&twin.desired, now, Some(1)),
        fresh_metadata(&twin.reported, now, None),
        identity.credentials.primary_key(),
        identity.credentials.secondary_key(),
        identity.credentials.thumbprints.primary_thumbprint.as_deref(),
        identity.credentials.thumbprints.secondary_thumbprint.as_deref(),
    ])
}

/// Replaces a device's identity; its twin stays.
pub(super) async fn replace_device(
    connection: &mut SqliteConnection,
    now: Timestamp,
    identity: &DeviceIdentity,
    if_match: &IfMatch,
) -> Result<(), HubError> {
    check_device_etag(connection, &identity.device_id, Some(if_match)).await?;
    sqlx::query(
        "UPDATE devices SET etag = etag + 1, \
         status_updated = CASE WHEN status = ?1 THEN status_updated ELSE ?2 END, status = ?1, status_reason = ?3, \
         auth_type = ?4, iot_edge = ?5, device_scope = ?6, primary_key = ?7, secondary_key = ?8, \
         primary_thumbprint = ?9, secondary_thumbprint = ?10 WHERE device_id = ?11",
    )
    .bind(identity.status.as_str())
    .bind(now.ticks())
    .bind(identity.status_reason.as_deref())
    .bind(rows::authentication_word(identity.credentials.kind))
    .bind(identity.iot_edge)
    .bind(identity.device_scope.as_deref())
    .bind(identity.credentials.primary_key())
    .bind(identity.credentials.secondary_key())
    .bind(identity.credentials.thumbprints.primary_thumbprint.as_deref())
    .bind(identity.credentials.thumbprints.secondary_thumbprint.as_deref())
    .bind(identity.device_id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_device(
    store: &Store,
    device_id: &DeviceId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    let (device_id, if_match) = (device_id.clone(), if_match.cloned());
    store
        .writer
        .write(move |connection, _| {
            Box::pin(async move { remove_device(connection, &device_id, if_match.as_ref()).await })
        })
        .await
}

/// Deletes a device, its modules, their twins and sessions.
pub(super) async fn remove_device(
    connection: &mut SqliteConnection,
    device_id: &DeviceId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    check_device_etag(connection, device_id, if_match).await?;
    sqlx::query("DELETE FROM devices WHERE device_id = ?")
        .bind(device_id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

async fn check_device_etag(
    connection: &mut SqliteConnection,
    device_id: &DeviceId,
    if_match: Option<&IfMatch>,
) -> Result<(), HubError> {
    let etag: Option<i64> = sqlx::query_scalar("SELECT etag FROM devices WHERE device_id = ?")
        .bind(device_id.as_str())
        .fetch_optional(connection)
        .await?;
    let if_match = if_match.ok_or(HubError::EtagMissing)?;
    check_etag(if_match, etag, || HubError::DeviceNotFound(device_id.clone()))
}

fn check_etag(
    if_match: &IfMatch,
    current: Option<i64>,
    missing: impl FnOnce() -> HubError,
) -> Result<(), HubError> {
    match current {
        None => Err(missing()),
        Some(etag) if if_match.allows(&identity_etag(etag)) => Ok(()),
        Some(_) => Err(HubError::EtagMismatch),
    }
}

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
                    None => create_module(connection, now, &module, &credentials).await?,
                    Some(if_match) => replace_module(connection, &module, &credentials, if_match).await?,
                }
                let sql =
                    format!("SELECT {} FROM modules WHERE device_id = ? AND module_id = ?", rows::MODULE);
                let row = sqlx::query(AssertSqlSafe(sql))
                    .bind(module.device_id.as_str())
                    .bind(module.module_id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                rows::module(&row)
            })
        })
        .await
}

pub(super) async fn create_module(
    connection: &mut SqliteConnection,
    now: Timestamp,
    module: &Module,
    credentials: &Credentials,
) -> Result<(), HubError> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM modules WHERE device_id = ?1), \
         EXISTS (SELECT 1 FROM modules WHERE device_id = ?1 AND module_id = ?2) FROM devices WHERE device_id = ?1",
    )
    .bind(module.device_id.as_str())
    .bind(module.module_id.as_str())
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| HubError::DeviceNotFound(module.device_id.clone()))?;
    let (count, exists): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
    if exists {
        return Err(HubError::ModuleAlreadyExists(module.device_id.clone(), module.module_id.clone()));
    }
    if count >= MAX_MODULES {
        return Err(HubError::TooManyModules(module.device_id.clone()));
    }
    let empty = Object::new();
    sqlx::query(
        "INSERT INTO modules (device_id, module_id, connection_state, tags, twin_version, twin_etag, \
         desired_version, reported_version, last_activity, connection_updated, etag, generation_id, auth_type, \
         managed_by, desired, reported, desired_metadata, reported_metadata, primary_key, secondary_key, \
         primary_thumbprint, secondary_thumbprint) \
         VALUES (?, ?, 'Disconnected', jsonb('{}'), 2, 1, 1, 1, ?, ?, ?, ?, ?, ?, jsonb('{}'), jsonb('{}'), jsonb(?), \
         jsonb(?), ?, ?, ?, ?)",
    )
    .bind(module.device_id.as_str())
    .bind(module.module_id.as_str())
    .bind(Timestamp::NEVER.ticks())
    .bind(Timestamp::NEVER.ticks())
    .bind(first_etag())
    .bind(generation(now))
    .bind(rows::authentication_word(credentials.kind))
    .bind(module.managed_by.as_deref())
    .bind(fresh_metadata(&empty, now, Some(1)).to_string())
    .bind(fresh_metadata(&empty, now, None).to_string())
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
    .bind(rows::authentication_word(credentials.kind))
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
    let row = sqlx::query(
        "SELECT m.etag FROM devices d LEFT JOIN modules m ON m.device_id = d.device_id AND m.module_id = ?2 \
         WHERE d.device_id = ?1",
    )
    .bind(device_id.as_str())
    .bind(module_id.as_str())
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| HubError::DeviceNotFound(device_id.clone()))?;
    let if_match = if_match.ok_or(HubError::EtagMissing)?;
    check_etag(if_match, row.try_get(0)?, || HubError::ModuleNotFound(device_id.clone(), module_id.clone()))
}

/// Base64 of 32 bytes from the system's random numbers.
pub(super) fn random_key() -> SecretString {
    identity::random_key(&mut |bytes| getrandom::fill(bytes).expect("the system gives random numbers"))
}

/// Nine random digits, as on live hubs: the etag of a deleted device does not fit its successor.
fn first_etag() -> i64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    100_000_000 + i64::from(u32::from_be_bytes(bytes)) % 900_000_000
}

/// Ticks of 100 ns since the year 1, as the hub's generation ids read.
fn generation(now: Timestamp) -> String {
    (now.ticks() - Timestamp::NEVER.ticks()).to_string()
}
