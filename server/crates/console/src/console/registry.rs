//! The hub's registry.

use console_wire::{
    access::Actor,
    page::{Page, PageQuery},
    registry::{
        ChangeAgain, ChangeDevicesQuery, ChangePreview, ChangedDevice, ConnectionString, DeviceIdentity,
        KeyName, NewDevice, NewRegistryChange, NewStatus, RegistryChange,
    },
};
use hub_wire::DeviceId;

use super::Console;
use crate::{ConsoleError, registry};

/// Changes of many devices.
impl Console {
    /// What a change would do, without doing it.
    ///
    /// # Errors
    /// As [`Console::begin_registry_change`].
    pub async fn preview_registry_change(
        &self,
        change: NewRegistryChange,
        actor: &Actor,
    ) -> Result<ChangePreview, ConsoleError> {
        registry::preview(&self.core, change, actor).await
    }

    /// Begins a change. It goes on by itself, also after a restart; every device gets a result.
    ///
    /// # Errors
    /// `Invalid` with every member or line at fault, among them ids to create that exist; `OutsideScope` for an operator with a
    /// scope who creates devices; `Hub` when the hub did not answer. Nothing is changed then.
    pub async fn begin_registry_change(
        &self,
        change: NewRegistryChange,
        actor: &Actor,
    ) -> Result<RegistryChange, ConsoleError> {
        registry::begin(&self.core, change, actor).await
    }

    /// A page of changes, newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid.
    pub async fn registry_changes(&self, query: &PageQuery) -> Result<Page<RegistryChange>, ConsoleError> {
        registry::changes(&self.core, query).await
    }

    /// One change.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn registry_change(&self, change_id: u64) -> Result<RegistryChange, ConsoleError> {
        registry::change(&self.core, change_id).await
    }

    /// A page of a change's devices with their results.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a cursor or limit that is not valid.
    pub async fn registry_change_devices(
        &self,
        change_id: u64,
        query: &ChangeDevicesQuery,
    ) -> Result<Page<ChangedDevice>, ConsoleError> {
        registry::change_devices(&self.core, change_id, query).await
    }

    /// Cancels the devices of a change that were not sent.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when all were sent; `OutsideScope`.
    pub async fn cancel_registry_change(
        &self,
        change_id: u64,
        actor: &Actor,
    ) -> Result<RegistryChange, ConsoleError> {
        registry::cancel(&self.core, change_id, actor).await
    }

    /// Begins a change that does the opposite to the devices that a change has changed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while the change runs, when it is undone already, and for a deletion; `Invalid` on
    /// `confirmedCount` where devices that were created would be deleted and their number is not given; `OutsideScope`.
    pub async fn undo_registry_change(
        &self,
        change_id: u64,
        again: ChangeAgain,
        actor: &Actor,
    ) -> Result<RegistryChange, ConsoleError> {
        registry::undo(&self.core, change_id, again, actor).await
    }

    /// Begins a change that does the same to the devices of a change that failed, were interrupted or were cancelled.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while the change runs and when there is no such device; `Invalid` on `confirmedCount`;
    /// `OutsideScope`.
    pub async fn rerun_registry_change(
        &self,
        change_id: u64,
        again: ChangeAgain,
        actor: &Actor,
    ) -> Result<RegistryChange, ConsoleError> {
        registry::rerun(&self.core, change_id, again, actor).await
    }
}

/// One device.
impl Console {
    /// A device's identity, without its keys.
    ///
    /// # Errors
    /// `NotFound`; `Hub`.
    pub async fn device_identity(&self, id: &DeviceId) -> Result<DeviceIdentity, ConsoleError> {
        registry::identity(&self.core, id).await
    }

    /// Creates a device with its first tags and desired properties. The hub makes its keys.
    ///
    /// # Errors
    /// `Invalid` with every member at fault, on `deviceId` when it exists; `OutsideScope` for an operator with a scope; `Hub`.
    pub async fn create_device(
        &self,
        device: NewDevice,
        actor: &Actor,
    ) -> Result<DeviceIdentity, ConsoleError> {
        registry::create_device(&self.core, device, actor).await
    }

    /// Enables or disables a device. One that is disabled is disconnected.
    ///
    /// # Errors
    /// `Invalid` on `statusReason`; `NotFound`; `Conflict` when it was changed meanwhile; `Hub`.
    pub async fn set_device_status(
        &self,
        id: &DeviceId,
        status: NewStatus,
        actor: &Actor,
    ) -> Result<DeviceIdentity, ConsoleError> {
        registry::set_status(&self.core, id, status, actor).await
    }

    /// Deletes a device, its twin and its keys, and returns its identity as it was. Nothing brings them back.
    ///
    /// # Errors
    /// `NotFound`; `Hub`.
    pub async fn delete_device(&self, id: &DeviceId, actor: &Actor) -> Result<DeviceIdentity, ConsoleError> {
        registry::delete_device(&self.core, id, actor).await
    }

    /// Replaces one of a device's keys by a new random one; the other one stays.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a device without keys, and when it was changed meanwhile; `Hub`.
    pub async fn rotate_device_key(
        &self,
        id: &DeviceId,
        key: KeyName,
        actor: &Actor,
    ) -> Result<DeviceIdentity, ConsoleError> {
        registry::rotate_key(&self.core, id, key, actor).await
    }

    /// A device's connection string, which holds a key.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a device without keys; `Hub`.
    pub async fn device_connection_string(
        &self,
        id: &DeviceId,
        key: KeyName,
        actor: &Actor,
    ) -> Result<ConnectionString, ConsoleError> {
        registry::connection_string(&self.core, id, key, actor).await
    }
}
