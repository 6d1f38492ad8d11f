//! One device's identity: created, shown, enabled and disabled, deleted; its keys replaced, and its connection string.
//!
//! An identity is written back whole, with the etag that it was read with: a hub makes new keys where they are left out.

use base64::{Engine, prelude::BASE64_STANDARD};
use console_wire::{
    access::Actor,
    problem::FieldError,
    registry::{ConnectionString, DeviceIdentity, KeyName, NewDevice, NewStatus},
    webhook::HiddenText,
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    DeviceId,
    bulk::BulkError,
    device::{AuthenticationType, Device, DeviceStatus, SymmetricKey},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing::info;

use super::{
    bulk::created,
    check::{device_faults, reason, reason_fault},
    start::check_may_create,
};
use crate::{
    ConsoleError, StoreError, audit,
    core::Core,
    hub_job::is_outcome_unknown,
    scope::check_device,
    store::{ChangeItem, ItemContent},
};

/// Length of a key, in bytes; that of keys that the hub makes.
const KEY_BYTES: usize = 32;

/// A device's identity, without its keys.
pub(crate) async fn identity(core: &Core, id: &DeviceId) -> Result<DeviceIdentity, ConsoleError> {
    core.hub.device(id).await.map(shown).map_err(|error| identity_error(id, error))
}

/// Creates a device.
pub(crate) async fn create_device(
    core: &Core,
    new: NewDevice,
    actor: &Actor,
) -> Result<DeviceIdentity, ConsoleError> {
    let faults = device_faults(&new);
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    check_may_create(actor)?;
    let id = new.device_id.clone();
    audit::note_subject(id.as_str(), None);
    let noted = json!({"status": new.status, "tags": new.tags, "desired": new.desired});
    audit::note_change(None, Some(noted));
    let item = ChangeItem {
        device_id: id.clone(),
        content: ItemContent {
            is_disabled: new.status == DeviceStatus::Disabled,
            status_reason: reason(new.status_reason),
            tags: new.tags,
            desired: new.desired,
        },
    };
    // A bulk request writes identity and twin together; two requests could leave a device without its tags.
    let result = core.hub.bulk(&[created(&item)]).await.map_err(|error| noted_error(&id, error))?;
    if let Some(error) = result.errors.first() {
        return Err(creation_refused(&id, error));
    }
    info!(device_id = %id, "device created");
    identity(core, &id).await
}

fn creation_refused(id: &DeviceId, error: &BulkError) -> ConsoleError {
    let message = match error.error_code.as_str() {
        "DeviceAlreadyExists" | "409001" => format!("is that of another device; '{id}' exists already"),
        code => format!("is refused by the hub, {code}: {}", error.error_status),
    };
    FieldError::new("deviceId", message).into()
}

/// Enables or disables a device.
pub(crate) async fn set_status(
    core: &Core,
    id: &DeviceId,
    new: NewStatus,
    actor: &Actor,
) -> Result<DeviceIdentity, ConsoleError> {
    let status_reason = reason(new.status_reason);
    if let Some(fault) = reason_fault(status_reason.as_deref()) {
        return Err(fault.into());
    }
    check_device(core, id, actor.scope()).await?;
    audit::note_subject(id.as_str(), None);
    let mut device = read(core, id).await?;
    let status = |device: &Device| json!({"status": device.status, "statusReason": device.status_reason});
    let before = status(&device);
    (device.status, device.status_reason) = (new.status, status_reason);
    audit::note_change(Some(before), Some(status(&device)));
    let device = write(core, &device).await?;
    info!(device_id = %id, status = device.status.as_str(), "status of a device changed");
    Ok(shown(device))
}

/// Deletes a device and its twin, and returns its identity as it was.
pub(crate) async fn delete_device(
    core: &Core,
    id: &DeviceId,
    actor: &Actor,
) -> Result<DeviceIdentity, ConsoleError> {
    check_device(core, id, actor.scope()).await?;
    audit::note_subject(id.as_str(), None);
    let before = identity(core, id).await?;
    core.hub.delete_device(id, "*").await.map_err(|error| noted_error(id, error))?;
    info!(device_id = %id, "device deleted");
    Ok(before)
}

/// Replaces one key of a device by a new random one. The other key still works.
pub(crate) async fn rotate_key(
    core: &Core,
    id: &DeviceId,
    key: KeyName,
    actor: &Actor,
) -> Result<DeviceIdentity, ConsoleError> {
    check_device(core, id, actor.scope()).await?;
    audit::note_subject(id.as_str(), None);
    audit::note_change(None, Some(json!({"replacedKey": key})));
    let mut device = read(core, id).await?;
    let keys = keys_of(&mut device)?;
    let new = random_key()?;
    *key_of(keys, key) = Some(new.expose_secret().to_owned());
    let device = write(core, &device).await?;
    info!(device_id = %id, key = key.as_str(), "key of a device replaced");
    Ok(shown(device))
}

/// What a device needs to connect with one of its keys.
pub(crate) async fn connection_string(
    core: &Core,
    id: &DeviceId,
    key: KeyName,
    actor: &Actor,
) -> Result<ConnectionString, ConsoleError> {
    check_device(core, id, actor.scope()).await?;
    audit::note_subject(id.as_str(), None);
    audit::note_change(None, Some(json!({"shownKey": key})));
    let mut device = read(core, id).await?;
    let text: SecretString = key_of(keys_of(&mut device)?, key)
        .take()
        .filter(|text| !text.is_empty())
        .ok_or_else(without_keys)?
        .into();
    info!(device_id = %id, key = key.as_str(), "connection string of a device shown");
    let connection_string =
        format!("HostName={};DeviceId={id};SharedAccessKey={}", core.hub.host_name(), text.expose_secret());
    Ok(ConnectionString {
        device_id: id.clone(),
        key,
        connection_string: HiddenText::from(connection_string),
    })
}

async fn read(core: &Core, id: &DeviceId) -> Result<Device, ConsoleError> {
    core.hub.device(id).await.map_err(|error| identity_error(id, error))
}

async fn write(core: &Core, device: &Device) -> Result<Device, ConsoleError> {
    let written = core.hub.replace_device(device, &device.etag).await;
    written.map_err(|error| noted_error(&device.device_id, error))
}

fn keys_of(device: &mut Device) -> Result<&mut SymmetricKey, ConsoleError> {
    let is_sas = matches!(device.authentication.kind, None | Some(AuthenticationType::Sas));
    device.authentication.symmetric_key.as_mut().filter(|_| is_sas).ok_or_else(without_keys)
}

fn key_of(keys: &mut SymmetricKey, key: KeyName) -> &mut Option<String> {
    match key {
        KeyName::Primary => &mut keys.primary_key,
        KeyName::Secondary => &mut keys.secondary_key,
    }
}

fn without_keys() -> ConsoleError {
    let detail =
        "This device proves itself by a certificate: it has no key and no connection string.".to_owned();
    ConsoleError::Conflict { detail }
}

/// A new key: base64 of random bytes.
fn random_key() -> Result<SecretString, ConsoleError> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
    Ok(BASE64_STANDARD.encode(bytes).into())
}

fn shown(device: Device) -> DeviceIdentity {
    DeviceIdentity {
        device_id: device.device_id,
        generation_id: device.generation_id,
        status: device.status,
        status_reason: device.status_reason.filter(|reason| !reason.is_empty()),
        status_updated_time: device.status_updated_time,
        connection_state: device.connection_state,
        authentication_type: device.authentication.kind.unwrap_or_default(),
        iot_edge: device.capabilities.iot_edge,
    }
}

/// The error of a request that may have been carried out.
fn noted_error(id: &DeviceId, error: HubError) -> ConsoleError {
    if is_outcome_unknown(&error) {
        audit::note_unknown();
    }
    identity_error(id, error)
}

fn identity_error(id: &DeviceId, error: HubError) -> ConsoleError {
    match error.kind {
        ErrorKind::NotFound { .. } => ConsoleError::NotFound { what: "device", id: id.to_string() },
        ErrorKind::PreconditionFailed => {
            ConsoleError::Conflict { detail: format!("'{id}' was changed meanwhile; try again.") }
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_random_and_as_long_as_those_of_the_hub() {
        let (one, other) = (random_key().unwrap(), random_key().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(BASE64_STANDARD.decode(one.expose_secret()).unwrap().len(), KEY_BYTES);
    }
}
