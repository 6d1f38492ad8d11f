//! What a call is about: a device, or a module on it.

use std::fmt;

use hub_wire::{DeviceId, ModuleId};

/// A device, or one of its modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The device.
    pub device_id: DeviceId,
    /// The module, when it is about one.
    pub module_id: Option<ModuleId>,
}

impl Target {
    /// A device itself.
    pub fn device(device_id: DeviceId) -> Self {
        Self { device_id, module_id: None }
    }

    /// A module on a device.
    pub fn module(device_id: DeviceId, module_id: ModuleId) -> Self {
        Self { device_id, module_id: Some(module_id) }
    }

    /// The module's id as text, if any.
    pub fn module_str(&self) -> Option<&str> {
        self.module_id.as_ref().map(ModuleId::as_str)
    }
}

/// `device` or `device/module`, as in MQTT client ids.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.module_id {
            None => write!(f, "{}", self.device_id),
            Some(module_id) => write!(f, "{}/{module_id}", self.device_id),
        }
    }
}
