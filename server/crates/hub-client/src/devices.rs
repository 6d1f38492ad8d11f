//! Device identities, the bulk registry, and the two statistics.

use hub_wire::{
    DeviceId,
    bulk::{BulkItem, BulkResult},
    device::{Device, RegistryStatistics, ServiceStatistics},
};
use reqwest::{Method, StatusCode};

use crate::{
    ErrorKind, HubClient, HubError, Result,
    call::{Call, Repeat},
};

/// A device id as a path segment. The two ids that URLs take for "here" and "up" cannot be written in one.
pub(crate) fn segment<'a>(operation: &'static str, id: &'a DeviceId) -> Result<&'a str> {
    match id.as_str() {
        "." | ".." => {
            let detail = format!("the device id '{id}' cannot be written in an address");
            Err(HubError::local(operation, ErrorKind::Invalid, detail))
        }
        text => Ok(text),
    }
}

impl HubClient {
    /// Reads an identity.
    pub async fn device(&self, id: &DeviceId) -> Result<Device> {
        let operation = "get device";
        let path = ["devices", segment(operation, id)?];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Creates an identity; empty or absent keys mean "generate". A taken id is [`ErrorKind::Conflict`].
    pub async fn create_device(&self, device: &Device) -> Result<Device> {
        let operation = "create device";
        let path = ["devices", segment(operation, &device.device_id)?];
        self.answer(Call::new(operation, Method::PUT, &path, Repeat::WhenRefused).json(device)?).await
    }

    /// Replaces an identity whose etag matches (`*` for any). Leaving the keys out makes the hub generate new ones.
    pub async fn replace_device(&self, device: &Device, etag: &str) -> Result<Device> {
        let operation = "replace device";
        let path = ["devices", segment(operation, &device.device_id)?];
        let call = Call::new(operation, Method::PUT, &path, Repeat::WhenRefused);
        self.answer(call.if_match(etag)?.json(device)?).await
    }

    /// Deletes an identity whose etag matches (`*` for any), and its twin.
    pub async fn delete_device(&self, id: &DeviceId, etag: &str) -> Result<()> {
        let operation = "delete device";
        let path = ["devices", segment(operation, id)?];
        let call = Call::new(operation, Method::DELETE, &path, Repeat::WhenRefused);
        self.send(call.if_match(etag)?).await.result.map(drop)
    }

    /// Some devices, at most `top` (1 to 1000), in no order. For all of them, query.
    pub async fn list_devices(&self, top: u32) -> Result<Vec<Device>> {
        let call = Call::new("list devices", Method::GET, &["devices"], Repeat::Always);
        self.answer(call.query("top", &top.to_string())).await
    }

    /// Writes up to a hundred identities. Items that were refused are in the answer, not an error.
    pub async fn bulk(&self, items: &[BulkItem]) -> Result<BulkResult> {
        let call = Call::new("write devices in bulk", Method::POST, &["devices"], Repeat::WhenRefused);
        let answer = self.send(call.json(&items)?.taking_bad_request()).await.result?;
        match answer.json() {
            // The hub answers 400 both for refused items and for a body it could not read.
            Err(_) if answer.status == StatusCode::BAD_REQUEST => Err(answer.to_refusal()),
            read => read,
        }
    }

    /// How many devices are registered. The real hub lags by minutes.
    pub async fn registry_statistics(&self) -> Result<RegistryStatistics> {
        let path = ["statistics", "devices"];
        self.answer(Call::new("get registry statistics", Method::GET, &path, Repeat::Always)).await
    }

    /// How many devices are connected. The real hub lags by minutes.
    pub async fn service_statistics(&self) -> Result<ServiceStatistics> {
        let path = ["statistics", "service"];
        self.answer(Call::new("get service statistics", Method::GET, &path, Repeat::Always)).await
    }
}
