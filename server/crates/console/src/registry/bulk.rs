//! What is sent in bulk requests, and what their answers mean for each device. Pure.

use std::collections::HashMap;

use console_wire::registry::ChangeState;
use hub_wire::{
    DeviceId,
    bulk::{BulkItem, BulkProperties, BulkResult, ImportMode},
    device::{Device, DeviceStatus},
};

use crate::store::{ChangeItem, DeviceEnd};

/// An item that creates a device; the hub makes its keys.
pub(super) fn created(item: &ChangeItem) -> BulkItem {
    let content = &item.content;
    BulkItem {
        status: Some(if content.is_disabled { DeviceStatus::Disabled } else { DeviceStatus::Enabled }),
        status_reason: content.status_reason.clone(),
        tags: Some(content.tags.clone().into()),
        properties: Some(BulkProperties { desired: Some(content.desired.clone().into()), reported: None }),
        ..empty(item.device_id.clone(), ImportMode::Create)
    }
}

/// An item that deletes a device.
pub(super) fn deleted(id: DeviceId) -> BulkItem {
    empty(id, ImportMode::Delete)
}

/// An item that writes an identity back with another status.
pub(super) fn with_status(device: Device, status: DeviceStatus, status_reason: Option<String>) -> BulkItem {
    BulkItem {
        etag: Some(device.etag),
        status: Some(status),
        status_reason,
        // With its keys: a hub makes new ones where they are left out.
        authentication: Some(device.authentication),
        capabilities: Some(device.capabilities),
        device_scope: device.device_scope,
        parent_scopes: Some(device.parent_scopes).filter(|scopes| !scopes.is_empty()),
        ..empty(device.device_id, ImportMode::UpdateIfMatchEtag)
    }
}

fn empty(id: DeviceId, import_mode: ImportMode) -> BulkItem {
    BulkItem {
        id,
        module_id: None,
        etag: None,
        import_mode,
        status: None,
        status_reason: None,
        authentication: None,
        twin_etag: None,
        tags: None,
        properties: None,
        capabilities: None,
        device_scope: None,
        parent_scopes: None,
    }
}

/// What became of the devices of a request, by its answer. Each has its place, its id, and the reason of its status before.
pub(super) fn ends(sent: Vec<(i64, DeviceId, Option<String>)>, result: &BulkResult) -> Vec<DeviceEnd> {
    let errors: HashMap<&str, _> =
        result.errors.iter().map(|error| (error.device_id.as_str(), error)).collect();
    let end = |(position, id, reason_before): (i64, DeviceId, Option<String>)| match errors.get(id.as_str()) {
        Some(error) => failed(position, &error.error_code, &error.error_status),
        None => DeviceEnd {
            position,
            state: ChangeState::Succeeded,
            error_code: None,
            error: None,
            reason_before,
        },
    };
    sent.into_iter().map(end).collect()
}

/// A device that was not changed.
pub(super) fn failed(position: i64, code: &str, text: &str) -> DeviceEnd {
    end(position, ChangeState::Failed, Some(code), Some(text).filter(|text| !text.is_empty()))
}

/// A device in a state, for a reason.
pub(super) fn end(position: i64, state: ChangeState, code: Option<&str>, text: Option<&str>) -> DeviceEnd {
    DeviceEnd {
        position,
        state,
        error_code: code.map(str::to_owned),
        error: text.map(str::to_owned),
        reason_before: None,
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::bulk::BulkError;
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> DeviceId {
        DeviceId::new(text).unwrap()
    }

    #[test]
    fn an_answer_is_a_result_for_each_device() {
        let result = BulkResult {
            is_successful: false,
            errors: vec![BulkError {
                device_id: "b".into(),
                error_code: "DeviceNotFound".into(),
                error_status: "gone".into(),
                module_id: String::new(),
                operation: String::new(),
            }],
            warnings: Vec::new(),
        };
        let sent = vec![(4, id("a"), Some("wet".to_owned())), (5, id("b"), None)];
        let ends = ends(sent, &result);
        assert_eq!((ends[0].state, ends[0].reason_before.as_deref()), (ChangeState::Succeeded, Some("wet")));
        assert_eq!(ends[1], failed(5, "DeviceNotFound", "gone"));
    }

    #[test]
    fn an_identity_is_written_back_with_its_keys() {
        let device: Device = serde_json::from_value(json!({
            "deviceId": "d", "etag": "MQ==", "status": "enabled", "statusReason": "before",
            "authentication": {"type": "sas", "symmetricKey": {"primaryKey": "YQ==", "secondaryKey": "Yg=="}},
            "capabilities": {"iotEdge": true}, "deviceScope": "ms-azure-iot-edge://d-1"
        }))
        .unwrap();
        let item = with_status(device, DeviceStatus::Disabled, Some("wet".to_owned()));
        assert_eq!(
            serde_json::to_value(item).unwrap(),
            json!({
                "id": "d", "eTag": "MQ==", "importMode": "updateIfMatchETag", "status": "disabled",
                "statusReason": "wet", "capabilities": {"iotEdge": true}, "deviceScope": "ms-azure-iot-edge://d-1",
                "authentication": {"type": "sas", "x509Thumbprint": null,
                    "symmetricKey": {"primaryKey": "YQ==", "secondaryKey": "Yg=="}}
            })
        );
    }
}
