//! Direct methods. Sent at most once: a second attempt follows only a connection that was never made.

use std::time::Duration;

use hub_wire::{
    DeviceId,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
};
use reqwest::Method;

use crate::{
    HubClient, Result,
    call::{Call, Repeat},
    devices::segment,
};

impl HubClient {
    /// Calls a device and waits for its answer, however the device judges the call: its `status` is in the answer.
    ///
    /// # Errors
    /// [`NotOnline`](crate::ErrorKind::NotOnline) and [`GatewayTimeout`](crate::ErrorKind::GatewayTimeout) are the
    /// two that say something about the device. After [`Timeout`](crate::ErrorKind::Timeout),
    /// [`Server`](crate::ErrorKind::Server) or a broken connection it is unknown whether the device acted.
    pub async fn invoke_method(
        &self,
        id: &DeviceId,
        request: &DirectMethodRequest,
    ) -> Result<DirectMethodResponse> {
        let operation = "call direct method";
        let path = ["twins", segment(operation, id)?, "methods"];
        // The hub may use up both waits before it answers 504.
        let wait = request.response_timeout().saturating_add(request.connect_timeout());
        let call = Call::new(operation, Method::POST, &path, Repeat::WhenNotSent)
            .extra_time(Duration::from_secs(wait.into()))
            .json(request)?;
        self.answer(call).await
    }
}
