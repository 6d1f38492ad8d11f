//! Writing device identities.
//!
//! A PUT without `If-Match` creates and nothing else, a PUT with it replaces and nothing else; a request
//! without credentials gets new keys either way. Source: observed on live hubs.

use std::collections::HashSet;

use hub_wire::{DeviceId, Timestamp, device::Device};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{
    Store,
    identity::{DeviceIdentity, FirstTwin, check_etag, first_desired_metadata, generation},
    random::{first_etag, random_key},
    rows::{self, DeviceRow},
    scopes,
};
use crate::{
    domain::{
        IfMatch,
        identity::{Credentials, check_status_reason},
        scope::{RequestedScopes, Scopes},
        twin::fresh_metadata,
    },
    error::HubError,
};

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
        scopes: RequestedScopes {
            device_scope: device.device_scope.clone(),
            parent_scopes: device.parent_scopes.clone(),
        },
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
                let row: DeviceRow = sqlx::query_as(AssertSqlSafe(sql))
                    .bind(device_id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                row.into_device()
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
    let scopes = scopes::first(connection, now, &identity).await?;
    let created = create_devices(connection, now, &[(identity, scopes, twin)]).await?;
    if created.is_empty() { Err(HubError::DeviceAlreadyExists(device_id)) } else { Ok(()) }
}

/// Creates devices with their twins, by one statement whatever their number. Gives the ids of those that were
/// created; the others were there already, or come twice.
pub(super) async fn create_devices(
    connection: &mut SqliteConnection,
    now: Timestamp,
    devices: &[(DeviceIdentity, Scopes, FirstTwin)],
) -> Result<HashSet<String>, HubError> {
    let rows: Value =
        devices.iter().map(|(identity, scopes, twin)| creation(now, identity, scopes, twin)).collect();
    let created: Vec<String> = sqlx::query_scalar(
        "INSERT INTO devices (device_id, status, connection_state, tags, twin_version, twin_etag, desired_version, \
         reported_version, last_activity, connection_updated, status_updated, etag, generation_id, auth_type, \
         iot_edge, status_reason, device_scope, desired, reported, desired_metadata, reported_metadata, primary_key, \
         secondary_key, primary_thumbprint, secondary_thumbprint, parent_scopes) \
         SELECT d.value ->> 0, d.value ->> 1, 'Disconnected', jsonb_extract(d.value, '$[2]'), 2, 1, 1, 1, ?2, ?2, ?2, \
         d.value ->> 3, ?3, d.value ->> 4, d.value ->> 5, d.value ->> 6, d.value ->> 7, jsonb_extract(d.value, '$[8]'), \
         jsonb_extract(d.value, '$[9]'), jsonb_extract(d.value, '$[10]'), jsonb_extract(d.value, '$[11]'), d.value ->> 12, d.value ->> 13, \
         d.value ->> 14, d.value ->> 15, d.value -> 16 \
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
fn creation(now: Timestamp, identity: &DeviceIdentity, scopes: &Scopes, twin: &FirstTwin) -> Value {
    json!([
        identity.device_id.as_str(),
        identity.status.as_str(),
        &twin.tags,
        first_etag(),
        rows::authentication_type(identity.credentials.kind),
        i64::from(identity.iot_edge),
        identity.status_reason.as_deref(),
        scopes.device_scope.as_deref(),
        &twin.desired,
        &twin.reported,
        first_desired_metadata(&twin.desired, now),
        fresh_metadata(&twin.reported, now, None),
        identity.credentials.primary_key(),
        identity.credentials.secondary_key(),
        identity.credentials.thumbprints.primary_thumbprint.as_deref(),
        identity.credentials.thumbprints.secondary_thumbprint.as_deref(),
        &scopes.parent_scopes,
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
    let scopes = scopes::replacing(connection, identity).await?;
    sqlx::query(
        "UPDATE devices SET etag = etag + 1, \
         status_updated = CASE WHEN status = ?1 THEN status_updated ELSE ?2 END, status = ?1, status_reason = ?3, \
         auth_type = ?4, iot_edge = ?5, device_scope = ?6, primary_key = ?7, secondary_key = ?8, \
         primary_thumbprint = ?9, secondary_thumbprint = ?10, parent_scopes = ?12 WHERE device_id = ?11",
    )
    .bind(identity.status.as_str())
    .bind(now.ticks())
    .bind(identity.status_reason.as_deref())
    .bind(rows::authentication_type(identity.credentials.kind))
    .bind(identity.iot_edge)
    .bind(scopes.device_scope.as_deref())
    .bind(identity.credentials.primary_key())
    .bind(identity.credentials.secondary_key())
    .bind(identity.credentials.thumbprints.primary_thumbprint.as_deref())
    .bind(identity.credentials.thumbprints.secondary_thumbprint.as_deref())
    .bind(identity.device_id.as_str())
    .bind(json!(scopes.parent_scopes).to_string())
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
