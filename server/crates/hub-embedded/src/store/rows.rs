//! Converts rows to the wire's types: identities as values, twins as JSON text.
//!
//! Pages of twins are most of what the hub sends, so their JSON is concatenated from the columns' text; a single twin is
//! parsed from that text, so that a twin's format is defined in one place.

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
use sqlx::{FromRow, Row, sqlite::SqliteRow};

use crate::{
    domain::etag::{identity_etag, twin_etag},
    error::HubError,
};

/// Columns of a device's twin, in the order [`twin_json`] reads them.
pub(super) const DEVICE_TWIN: &str = "id, device_id, NULL, status, status_reason, status_updated, connection_state, \
     last_activity, c2d_count, etag, auth_type, iot_edge, device_scope, primary_thumbprint, secondary_thumbprint, \
     model_id, twin_version, twin_etag, desired_version, reported_version, json(tags), json(desired), \
     json(desired_metadata), json(reported), json(reported_metadata), parent_scopes";

/// Columns of a module's twin, in the same order; constants stand for what a module does not have.
pub(super) const MODULE_TWIN: &str = "id, device_id, module_id, 'enabled', NULL, -621355968000000000, \
     connection_state, last_activity, c2d_count, etag, auth_type, 0, NULL, primary_thumbprint, \
     secondary_thumbprint, model_id, twin_version, twin_etag, desired_version, reported_version, json(tags), \
     json(desired), json(desired_metadata), json(reported), json(reported_metadata), NULL";

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
         \"modelId\":{},\"version\":{}",
        time(5)?,
        text(6)?,
        time(7)?,
        number(8)?,
        text(10)?,
        optional(13)?.map_or_else(|| "null".into(), quoted),
        optional(14)?.map_or_else(|| "null".into(), quoted),
        quoted(text(15)?),
        number(16)?,
    );
    // Live hubs leave the member out of a twin without tags.
    match text(20)? {
        "{}" => {}
        tags => {
            let _ = write!(json, ",\"tags\":{tags}");
        }
    }
    json.push_str(",\"properties\":{\"desired\":");
    section(&mut json, text(21)?, Some(text(22)?), number(18)?);
    json.push_str(",\"reported\":");
    section(&mut json, text(23)?, Some(text(24)?), number(19)?);
    let _ = write!(json, "}},\"capabilities\":{{\"iotEdge\":{}}}", number(11)? != 0);
    member(&mut json, "deviceScope", optional(12)?);
    let is_edge = number(11)? != 0;
    if let Some(parents) = optional(25)?.filter(|parents| is_edge || *parents != "[]") {
        let _ = write!(json, ",\"parentScopes\":{parents}");
    }
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

/// A device's identity.
#[derive(FromRow)]
pub(super) struct DeviceRow {
    device_id: String,
    generation_id: String,
    etag: i64,
    connection_state: String,
    status: String,
    status_reason: Option<String>,
    connection_updated: i64,
    status_updated: i64,
    last_activity: i64,
    c2d_count: u32,
    iot_edge: bool,
    device_scope: Option<String>,
    parent_scopes: String,
    #[sqlx(flatten)]
    credentials: CredentialsRow,
}

/// The columns of [`DeviceRow`].
pub(super) const DEVICE: &str = "device_id, generation_id, etag, connection_state, status, status_reason, \
     connection_updated, status_updated, last_activity, c2d_count, auth_type, iot_edge, device_scope, primary_key, \
     secondary_key, primary_thumbprint, secondary_thumbprint, parent_scopes";

impl DeviceRow {
    pub(super) fn into_device(self) -> Result<Device, HubError> {
        Ok(Device {
            device_id: device_id(self.device_id)?,
            generation_id: self.generation_id,
            etag: identity_etag(self.etag),
            connection_state: parse_enum::<ConnectionState>(&self.connection_state)?,
            status: parse_enum::<DeviceStatus>(&self.status)?,
            status_reason: self.status_reason,
            connection_state_updated_time: Timestamp::from_ticks(self.connection_updated),
            status_updated_time: Timestamp::from_ticks(self.status_updated),
            last_activity_time: Timestamp::from_ticks(self.last_activity),
            cloud_to_device_message_count: self.c2d_count,
            authentication: self.credentials.into_authentication()?,
            capabilities: Capabilities { iot_edge: self.iot_edge },
            device_scope: self.device_scope,
            parent_scopes: serde_json::from_str(&self.parent_scopes)
                .map_err(|error| HubError::damaged("device", error))?,
        })
    }
}

/// A module's identity.
#[derive(FromRow)]
pub(super) struct ModuleRow {
    device_id: String,
    module_id: String,
    generation_id: String,
    etag: i64,
    connection_state: String,
    managed_by: Option<String>,
    connection_updated: i64,
    last_activity: i64,
    c2d_count: u32,
    #[sqlx(flatten)]
    credentials: CredentialsRow,
}

/// The columns of [`ModuleRow`].
pub(super) const MODULE: &str = "device_id, generation_id, etag, connection_state, module_id, managed_by, \
     connection_updated, last_activity, c2d_count, auth_type, primary_key, secondary_key, primary_thumbprint, \
     secondary_thumbprint";

impl ModuleRow {
    pub(super) fn into_module(self) -> Result<Module, HubError> {
        Ok(Module {
            module_id: ModuleId::new(self.module_id).map_err(|error| HubError::damaged("module", error))?,
            managed_by: self.managed_by,
            device_id: device_id(self.device_id)?,
            generation_id: self.generation_id,
            etag: identity_etag(self.etag),
            connection_state: parse_enum::<ConnectionState>(&self.connection_state)?,
            connection_state_updated_time: Timestamp::from_ticks(self.connection_updated),
            last_activity_time: Timestamp::from_ticks(self.last_activity),
            cloud_to_device_message_count: self.c2d_count,
            authentication: self.credentials.into_authentication()?,
        })
    }
}

#[derive(FromRow)]
struct CredentialsRow {
    auth_type: String,
    primary_key: Option<String>,
    secondary_key: Option<String>,
    primary_thumbprint: Option<String>,
    secondary_thumbprint: Option<String>,
}

impl CredentialsRow {
    fn into_authentication(self) -> Result<Authentication, HubError> {
        Ok(Authentication {
            kind: Some(parse_enum::<AuthenticationType>(&self.auth_type)?),
            symmetric_key: Some(SymmetricKey {
                primary_key: self.primary_key,
                secondary_key: self.secondary_key,
            }),
            x509_thumbprint: Some(X509Thumbprint {
                primary_thumbprint: self.primary_thumbprint,
                secondary_thumbprint: self.secondary_thumbprint,
            }),
        })
    }
}

fn device_id(text: String) -> Result<DeviceId, HubError> {
    DeviceId::new(text).map_err(|error| HubError::damaged("device", error))
}

/// Parses a value of an enumeration of the wire.
pub(super) fn parse_enum<T: DeserializeOwned>(text: &str) -> Result<T, HubError> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| HubError::damaged("value", error))
}

/// The wire's name of an authentication type.
pub(super) const fn authentication_type(kind: AuthenticationType) -> &'static str {
    match kind {
        AuthenticationType::Sas => "sas",
        AuthenticationType::SelfSigned => "selfSigned",
        AuthenticationType::CertificateAuthority => "certificateAuthority",
        AuthenticationType::None => "none",
    }
}
