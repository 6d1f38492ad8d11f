//! How to connect a device: a token made with the device's own key, which lives for a while, and programs that use it.
//!
//! The key is read from the hub and does not leave this file. The token is answered once and kept nowhere.

mod examples;

use console_wire::{
    access::Actor,
    connect::{ConnectGuide, DEFAULT_TOKEN_LIFE, MAX_TOKEN_LIFE, MIN_TOKEN_LIFE, NewDeviceToken},
    problem::FieldError,
};
use hub_wire::{
    DeviceId, Timestamp,
    device::{AuthenticationType, Device, DeviceStatus},
    sas::{SasKey, resource_uri, sign_token},
};
use secrecy::ExposeSecret;
use serde_json::json;
use tracing::info;

use crate::{ConsoleError, DeviceEndpoint, audit, clock::now, core::Core, devices::device_error, scope};

/// The version of the hub's interface that clients name in CONNECT.
const API_VERSION: &str = hub_wire::API_VERSION;

pub(crate) async fn connect_guide(
    core: &Core,
    id: &DeviceId,
    new: NewDeviceToken,
    actor: &Actor,
) -> Result<ConnectGuide, ConsoleError> {
    let seconds = new.lifetime_seconds.unwrap_or(DEFAULT_TOKEN_LIFE);
    if !(MIN_TOKEN_LIFE..=MAX_TOKEN_LIFE).contains(&seconds) {
        let message = format!("must be {MIN_TOKEN_LIFE} to {MAX_TOKEN_LIFE} seconds");
        return Err(FieldError::new("lifetimeSeconds", message).into());
    }
    scope::check_device(core, id, actor.scope()).await?;
    audit::note_subject(id.as_str(), None);
    let identity = core.hub.device(id).await.map_err(|error| device_error(id, error))?;
    let key = key_of(&identity)?;
    let expires = Timestamp::from_unix_millis((now().unix_seconds() + i64::from(seconds)) * 1000);
    audit::note_change(None, Some(json!({"lifetimeSeconds": seconds, "expires": expires})));
    let endpoint = &core.device_endpoint;
    // The hub's own name: an endpoint may be another name of the same hub.
    let resource = resource_uri(&[core.hub.host_name(), "devices", id.as_str()]);
    let token = sign_token(&key, &resource, expires.unix_seconds(), None);
    info!(device_id = %id, seconds, "token of a device made");
    let mut guide = ConnectGuide {
        device_id: id.clone(),
        host_name: endpoint.host_name.clone(),
        port: endpoint.port,
        is_encrypted: endpoint.is_encrypted,
        user_name: format!("{}/{id}/?api-version={API_VERSION}", core.hub.host_name()),
        token: token.expose_secret().to_owned().into(),
        expires,
        topic: format!("devices/{id}/messages/events/"),
        certificate_authority: endpoint.certificate_authority.clone(),
        notes: notes(endpoint, &identity),
        examples: Vec::new(),
    };
    guide.examples = examples::of(&guide);
    Ok(guide)
}

/// The device's first key.
fn key_of(identity: &Device) -> Result<SasKey, ConsoleError> {
    let authentication = &identity.authentication;
    let conflict = |detail: String| ConsoleError::Conflict { detail };
    if authentication.kind.is_some_and(|kind| kind != AuthenticationType::Sas) {
        return Err(conflict(format!(
            "The device '{}' is registered with certificates, so it needs no token.",
            identity.device_id
        )));
    }
    let key = authentication.symmetric_key.as_ref().and_then(|keys| keys.primary_key.as_deref());
    key.and_then(|key| SasKey::from_base64(key).ok())
        .ok_or_else(|| conflict(format!("The device '{}' has no key at the hub.", identity.device_id)))
}

/// What keeps the programs from working, or is dangerous.
fn notes(endpoint: &DeviceEndpoint, identity: &Device) -> Vec<String> {
    let disabled = (identity.status == DeviceStatus::Disabled)
        .then_some("The device is disabled: the hub refuses it until it is enabled.");
    let local = endpoint.is_local.then_some(
        "The hub listens on its own machine only. Start it with --mqtt-tls-listen 0.0.0.0:8883 for other devices.",
    );
    let plain = (!endpoint.is_encrypted).then_some(
        "Without TLS the token crosses the network readable. Start the hub with --mqtt-tls-listen for TLS.",
    );
    [disabled, local, plain].into_iter().flatten().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(authentication: &serde_json::Value) -> Device {
        serde_json::from_value(json!({"deviceId": "d1", "authentication": authentication})).unwrap()
    }

    #[test]
    fn only_devices_with_a_key_get_a_token() {
        let keys = json!({"primaryKey": "bm90IHRoZSBrZXkgb2Y=", "secondaryKey": ""});
        for (authentication, refused) in [
            (json!({"type": "sas", "symmetricKey": keys}), None),
            (json!({"symmetricKey": keys}), None),
            (json!({"type": "selfSigned"}), Some("certificates")),
            (json!({"type": "sas", "symmetricKey": {"primaryKey": null}}), Some("no key")),
            (json!({"type": "sas", "symmetricKey": {"primaryKey": "?"}}), Some("no key")),
        ] {
            let key = key_of(&identity(&authentication));
            match (key, refused) {
                (Ok(_), None) => {}
                (Err(error), Some(word)) => assert!(error.to_string().contains(word), "{error}"),
                (key, _) => panic!("{authentication}: {key:?}"),
            }
        }
    }
}
