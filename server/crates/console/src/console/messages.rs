//! Messages to devices, messages from them as they arrive, and twins side by side.

use console_wire::{
    access::Actor,
    compare::{TwinChange, TwinComparison},
    message::{DeviceMessage, NewMessage},
    page::Page,
};
use hub_wire::DeviceId;

use super::Console;
use crate::{
    ConsoleError, TelemetrySource, TelemetryStream, device_calls::CallRequester, devices, messages,
    telemetry, twins_before,
};

/// Messages and twins of devices.
impl Console {
    /// Sends a message to a device. It is written down before it is sent, and returned as soon as the hub has it: what
    /// becomes of it is in [`Console::message`] later.
    ///
    /// # Errors
    /// `Invalid` with every member at fault, `NotFound` outside the scope, `Store`: nothing was sent then. `NotFound` for the
    /// device; `Hub` when the hub did not take it. A message whose answer got lost is returned in the state unknown.
    pub async fn send_message(
        &self,
        id: &DeviceId,
        message: NewMessage,
        requester: impl Into<CallRequester> + Send,
    ) -> Result<DeviceMessage, ConsoleError> {
        messages::send(&self.core, id, message, &requester.into()).await
    }

    /// The messages that this console sent to a device, newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid.
    pub async fn messages(
        &self,
        id: &DeviceId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<DeviceMessage>, ConsoleError> {
        messages::messages(&self.core, id, cursor, limit).await
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound` when it is not kept any more, or is another device's.
    pub async fn message(&self, id: &DeviceId, message_id: &str) -> Result<DeviceMessage, ConsoleError> {
        messages::message(&self.core, id, message_id).await
    }

    /// Opens a live stream of messages from a device or a group. It goes on after the message with a number, or begins with
    /// the last messages that the hub kept. Of a group it has the devices within the scope.
    ///
    /// # Errors
    /// `NotHere` with a real hub, which does not offer this over HTTP; `NotFound` for the device, also for one outside of the
    /// scope, or the group.
    pub async fn follow_telemetry(
        &self,
        source: TelemetrySource,
        after: Option<u64>,
        actor: &Actor,
    ) -> Result<TelemetryStream, ConsoleError> {
        telemetry::open(&self.core, source, after, actor).await
    }

    /// Two devices' twins, compared value by value.
    ///
    /// # Errors
    /// `NotFound` for either device, also for one outside of the scope.
    pub async fn compare_twins(
        &self,
        left: &DeviceId,
        right: &DeviceId,
        actor: &Actor,
    ) -> Result<TwinComparison, ConsoleError> {
        devices::compare(&self.core, left, right, actor).await
    }

    /// What a twin job changed on a device: before, as the job sets it, and now. The values before are kept only of jobs that
    /// began at once on few devices.
    ///
    /// # Errors
    /// `NotFound` for the job or the device; `Conflict` for a job that changes no twin.
    pub async fn twin_change(&self, job_id: &str, device_id: &DeviceId) -> Result<TwinChange, ConsoleError> {
        twins_before::twin_change(&self.core, job_id, device_id).await
    }
}
