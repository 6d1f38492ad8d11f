//! What writing devices and modules has in common: the identity, the first twin, etags.

use hub_wire::{DeviceId, Timestamp, device::DeviceStatus, twin::Object};
use serde_json::Value;

use crate::{
    domain::{
        IfMatch, etag::identity_etag, identity::Credentials, scope::RequestedScopes, twin::fresh_metadata,
    },
    error::HubError,
};

/// The members of a device that a caller sets.
pub(super) struct DeviceIdentity {
    pub(super) device_id: DeviceId,
    pub(super) status: DeviceStatus,
    pub(super) status_reason: Option<String>,
    pub(super) credentials: Credentials,
    pub(super) iot_edge: bool,
    pub(super) scopes: RequestedScopes,
}

/// The content of a new twin.
#[derive(Default)]
pub(super) struct FirstTwin {
    pub(super) tags: Object,
    pub(super) desired: Object,
    pub(super) reported: Object,
}

/// Compares the etag of a stored identity, if there is one, with `If-Match`.
pub(super) fn check_etag(
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

/// Metadata of a new twin's desired properties. Live hubs write `$lastUpdatedVersion` only where something is desired.
pub(super) fn first_desired_metadata(desired: &Object, now: Timestamp) -> Value {
    fresh_metadata(desired, now, (!desired.is_empty()).then_some(1))
}

/// Ticks of 100 ns since the year 1, as the hub's generation ids read.
pub(super) fn generation(now: Timestamp) -> String {
    (now.ticks() - Timestamp::NEVER.ticks()).to_string()
}
