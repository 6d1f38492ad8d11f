//! From rows to what the wire says: identities as values, twins as JSON text.
//!
//! A page of twins is most of what the hub answers, so their JSON is put together from the columns' text; a single
//! twin is read back from that text, so that there is one place that knows how a twin looks.

use std::fmt::Write;

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{
        Authentication, AuthenticationType, Capabilities, ConnectionState, Device, DeviceStatus, Module,
        SymmetricKey, X509Thumbprint,
    },
    twin::Twin,
};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{
    domain::etag::{identity_etag, twin_etag},
    error::HubError,
};

/// Columns of a device's twin, in the order [`twin_json`] reads them.
pub(super) const DEVICE_TWIN: &str = "id, device_id, NULL, status, status_reason, status_updated, connection_state, \
     last_activity, c2d_count, etag, auth_type, iot_edge, device_scope, primary_thumbprint, secondary_thumbprint, \
     model_id, twin_version, twin_etag, desired_version, reported_version, json(tags), json(desired), \
     json(desired_metadata), json(reported), json(reported_metadata)";

/// Columns of a module's twin, in the same order; what a module does not have is filled in.
pub(super) const MODULE_TWIN: &str = "id, device_id, module_id, 'enabled', NULL, -621355968000000000, \
     connection_state, last_activity, c2d_count, etag, auth_type, 0, NULL, primary_thumbprint, \
     secondary_thumbprint, model_id, twin_version, twin_etag, desired_version, reported_version, json(tags), \
     json(desired), json(desired_metadata), json(reported), json(reported_metadata)";

/// A twin's JSON from a row of [`DEVICE_TWIN`] or [`MODULE_TWIN`].
pub(super) fn twin_json(row: &SqliteRow) -> Result<String, sqlx::Error> {
    let text = |index: usize| row.try_get::<&str, _>(index);
    let optional = |index: usize| row.try_get::<Option<&str>, _>(index);
    let number = |index: usize| row.try_get::<i64, _>(index);
    let time = |index: usize| number(index).map(Timestamp::from_ticks);

    let mut json = String::with_capacity(1024);
    let _ = write!(json, "{{\"deviceId\":{}", quoted(text(1)?));
    member(&mut json, "moduleId", optional(2)?);
    let _ = write!(
        json,
        ",\"etag\":\"{}\",\"deviceEtag\":\"{}\",\"status\":\"{}\"",
        twin_etag(number(17)?),
        identity_etag(number(9)?),
        text(3)?
    );
    member(&mut json, "statusReason", optional(4)?);
    let _ = write!(
        json,
        ",\"statusUpdateTime\":\"{}\",\"connectionState\":\"{}\",\"lastActivityTime\":\"{}\",\
         \"cloudToDeviceMessageCount\":{},\"authenticationType\":\"{}\",\
         \"x509Thumbprint\":{{\"primaryThumbprint\":{},\"secondaryThumbprint\":{}}},\
         \"modelId\":{},\"version\":{},\"tags\":{}",
        time(5)?,
        text(6)?,
        time(7)?,
        number(8)?,
        text(10)?,
        optional(13)?.map_or_else(|| "null".into(), quoted),
        optional(14)?.map_or_else(|| "null".into(), quoted),
        quoted(text(15)?),
        number(16)?,
        text(20)?,
    );
    json.push_str(",\"properties\":{\"desired\":");
    section(&mut json, text(21)?, Some(text(22)?), number(18)?);
    json.push_str(",\"reported\":");
    section(&mut json, text(23)?, Some(text(24)?), number(19)?);
    let _ = write!(json, "}},\"capabilities\":{{\"iotEdge\":{}}}", number(11)? != 0);
    member(&mut json, "deviceScope", optional(12)?);
    json.push('}');
    Ok(json)
}

/// A section with its `$` members put back. `document` is an object's JSON without white space.
pub(super) fn section(json: &mut String, document: &str, metadata: Option<&str>, version: i64) {
    let body = document.strip_suffix('}').unwrap_or(document);
    json.push_str(body);
    if body.len() > 1 {
        json.push(',');
    }
    if let Some(metadata) = metadata {
        let _ = write!(json, "\"$metadata\":{metadata},");
    }
    let _ = write!(json, "\"$version\":{version}}}");
}

fn member(json: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(json, ",\"{name}\":{}", quoted(value));
    }
}

/// Text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A twin as a value.
pub(super) fn twin(row: &SqliteRow) -> Result<Twin, HubError> {
    serde_json::from_str(&twin_json(row)?).map_err(|error| HubError::damaged("twin", error))
}

/// Columns of a device's identity, in the order [`device`] reads them.
pub(super) const DEVICE: &str = "device_id, generation_id, etag, connection_state, status, status_reason, \
     connection_updated, status_updated, last_activity, c2d_count, auth_type, iot_edge, device_scope, primary_key, \
     secondary_key, primary_thumbprint, secondary_thumbprint";

/// A device's identity from a row of [`DEVICE`].
pub(super) fn device(row: &SqliteRow) -> Result<Device, HubError> {
    Ok(Device {
        device_id: id(row, 0)?,
        generation_id: row.try_get(1)?,
        etag: identity_etag(row.try_get(2)?),
        connection_state: word::<ConnectionState>(row.try_get(3)?)?,
        status: word::<DeviceStatus>(row.try_get(4)?)?,
        status_reason: row.try_get(5)?,
        connection_state_updated_time: time(row, 6)?,
        status_updated_time: time(row, 7)?,
        last_activity_time: time(row, 8)?,
        cloud_to_device_message_count: row.try_get(9)?,
        authentication: authentication(row, 10, 13)?,
        capabilities: Capabilities { iot_edge: row.try_get::<i64, _>(11)? != 0 },
        device_scope: row.try_get(12)?,
    })
}

/// Columns of a module's identity, in the order [`module`] reads them.
pub(super) const MODULE: &str = "device_id, generation_id, etag, connection_state, module_id, managed_by, \
     connection_updated, last_activity, c2d_count, auth_type, primary_key, secondary_key, primary_thumbprint, \
     secondary_thumbprint";

/// A module's identity from a row of [`MODULE`].
pub(super) fn module(row: &SqliteRow) -> Result<Module, HubError> {
    let module_id: String = row.try_get(4)?;
    Ok(Module {
        module_id: ModuleId::new(module_id).map_err(|error| HubError::damaged("module", error))?,
        managed_by: row.try_get(5)?,
        device_id: id(row, 0)?,
        generation_id: row.try_get(1)?,
        etag: identity_etag(row.try_get(2)?),
        connection_state: word::<ConnectionState>(row.try_get(3)?)?,
        connection_state_updated_time: time(row, 6)?,
        last_activity_time: time(row, 7)?,
        cloud_to_device_message_count: row.try_get(8)?,
        authentication: authentication(row, 9, 10)?,
    })
}

fn authentication(row: &SqliteRow, kind: usize, keys: usize) -> Result<Authentication, HubError> {
    Ok(Authentication {
        symmetric_key: Some(SymmetricKey {
            primary_key: row.try_get(keys)?,
            secondary_key: row.try_get(keys + 1)?,
        }),
        x509_thumbprint: Some(X509Thumbprint {
            primary_thumbprint: row.try_get(keys + 2)?,
            secondary_thumbprint: row.try_get(keys + 3)?,
        }),
        kind: Some(word::<AuthenticationType>(row.try_get(kind)?)?),
    })
}

/// A device's id.
pub(super) fn id(row: &SqliteRow, index: usize) -> Result<DeviceId, HubError> {
    let text: String = row.try_get(index)?;
    DeviceId::new(text).map_err(|error| HubError::damaged("device", error))
}

/// A time.
pub(super) fn time(row: &SqliteRow, index: usize) -> Result<Timestamp, HubError> {
    Ok(Timestamp::from_ticks(row.try_get(index)?))
}

/// One of the wire's words, as its enumeration.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Result<T, HubError> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| HubError::damaged("word", error))
}

/// A way of proving oneself, as the wire's word.
pub(super) const fn authentication_word(kind: AuthenticationType) -> &'static str {
    match kind {
        AuthenticationType::Sas => "sas",
        AuthenticationType::SelfSigned => "selfSigned",
        AuthenticationType::CertificateAuthority => "certificateAuthority",
        AuthenticationType::None => "none",
    }
}
