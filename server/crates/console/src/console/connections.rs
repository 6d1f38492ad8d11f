//! The facade's part about connections of devices, and their modules.

use console_wire::{
    access::Actor,
    connect::{ConnectGuide, NewDeviceToken},
    connection::{Connections, Refusals},
    device::MethodAnswer,
    module::Modules,
};
use hub_wire::{
    DeviceId, ModuleId,
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};

use super::Console;
use crate::{
    ConsoleError, DeviceEndpoint, connect, connections,
    device_calls::{self, CallRequester, SentCall},
    modules,
};

/// Connections.
impl Console {
    /// Whether a device is connected and why, with the last events of its connections where the hub keeps them.
    ///
    /// # Errors
    /// `NotFound` for the device; `Hub`.
    pub async fn device_connections(&self, id: &DeviceId) -> Result<Connections, ConsoleError> {
        connections::device_connections(&self.core, id).await
    }

    /// The same of a module.
    ///
    /// # Errors
    /// `NotFound` for the device or the module; `Hub`.
    pub async fn module_connections(
        &self,
        id: &DeviceId,
        module_id: &ModuleId,
    ) -> Result<Connections, ConsoleError> {
        connections::module_connections(&self.core, id, module_id).await
    }

    /// Who was refused in the last hour, newest first. Who has a scope gets the devices in it, and no ids that are not
    /// registered.
    ///
    /// # Errors
    /// `NotHere` when the hub is not the embedded one, which alone keeps it; `Hub`.
    pub async fn refusals(&self, actor: &Actor) -> Result<Refusals, ConsoleError> {
        connections::refusals(&self.core, actor.scope()).await
    }

    /// The test that selects the devices within the scope that were refused in the last hour, the newest 100 of them. To be
    /// joined with a condition by AND.
    ///
    /// # Errors
    /// As [`refusals`](Self::refusals).
    pub async fn refused_condition(&self, actor: &Actor) -> Result<String, ConsoleError> {
        connections::refused_condition(&self.core, actor.scope()).await
    }

    /// A token with which a device connects, and programs that use it. It is answered once and kept nowhere.
    ///
    /// # Errors
    /// `Invalid` on `lifetimeSeconds`; `NotFound`; `Conflict` for a device without keys; `Hub`.
    pub async fn connect_guide(
        &self,
        id: &DeviceId,
        new: NewDeviceToken,
        actor: &Actor,
    ) -> Result<ConnectGuide, ConsoleError> {
        connect::connect_guide(&self.core, id, new, actor).await
    }

    /// Where devices connect to the hub.
    pub fn device_endpoint(&self) -> &DeviceEndpoint {
        &self.core.device_endpoint
    }
}

/// Modules.
impl Console {
    /// The modules of a device, by id.
    ///
    /// # Errors
    /// `NotFound` for the device; `Hub`.
    pub async fn modules(&self, id: &DeviceId) -> Result<Modules, ConsoleError> {
        modules::modules(&self.core, id).await
    }

    /// A module's twin.
    ///
    /// # Errors
    /// `NotFound` for the device or the module; `Hub`.
    pub async fn module_twin(&self, id: &DeviceId, module_id: &ModuleId) -> Result<Twin, ConsoleError> {
        modules::twin(&self.core, id, module_id).await
    }

    /// Merges a change into a module's twin: null removes. With an etag in the patch only if the twin still has it.
    ///
    /// # Errors
    /// `Invalid` with the member at fault; `NotFound`; `Conflict` when the twin has changed meanwhile; `Hub`.
    pub async fn patch_module_twin(
        &self,
        id: &DeviceId,
        module_id: &ModuleId,
        patch: &TwinPatch,
        actor: &Actor,
    ) -> Result<Twin, ConsoleError> {
        modules::patch_twin(&self.core, id, module_id, patch, actor).await
    }

    /// Calls a module now and waits for its answer. Never repeated: when the answer got lost, the module may have acted.
    /// Written down before it is sent, among the calls of the device.
    ///
    /// # Errors
    /// As [`invoke_method`](Self::invoke_method).
    pub async fn invoke_module_method(
        &self,
        id: &DeviceId,
        module_id: &ModuleId,
        request: &DirectMethodRequest,
        requester: impl Into<CallRequester> + Send,
    ) -> Result<SentCall<MethodAnswer>, ConsoleError> {
        device_calls::invoke_method(&self.core, id, Some(module_id), request, &requester.into()).await
    }
}
