//! Modules of a device, without their keys.

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{ConnectionState, Module},
};
use serde::{Deserialize, Serialize};

/// A module of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModuleSummary {
    /// The device.
    pub device_id: DeviceId,
    /// The module.
    pub module_id: ModuleId,
    /// What manages it, such as `IotEdge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// Whether it is connected.
    pub connection_state: ConnectionState,
    /// When that last changed.
    pub connection_state_updated_time: Timestamp,
    /// When it last connected, sent, or received.
    pub last_activity_time: Timestamp,
}

impl From<Module> for ModuleSummary {
    fn from(module: Module) -> Self {
        Self {
            device_id: module.device_id,
            module_id: module.module_id,
            managed_by: module.managed_by.filter(|text| !text.is_empty()),
            connection_state: module.connection_state,
            connection_state_updated_time: module.connection_state_updated_time,
            last_activity_time: module.last_activity_time,
        }
    }
}

/// `GET /api/v1/devices/{id}/modules`: the modules of a device, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Modules {
    /// The modules.
    pub items: Vec<ModuleSummary>,
}
