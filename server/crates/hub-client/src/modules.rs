//! Modules of a device: their identities, twins and direct methods. What holds for those of devices holds here too.

use std::time::Duration;

use hub_wire::{
    DeviceId, ModuleId,
    device::Module,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
    twin::{Twin, TwinPatch},
};
use reqwest::Method;

use crate::{
    ErrorKind, HubClient, HubError, Result,
    call::{Call, Repeat},
    devices::segment,
    telemetry::Connection,
};

/// A module id as a path segment; see [`segment`].
fn module_segment<'a>(operation: &'static str, id: &'a ModuleId) -> Result<&'a str> {
    match id.as_str() {
        "." | ".." => {
            let detail = format!("the module id '{id}' cannot be written in an address");
            Err(HubError::local(operation, ErrorKind::Invalid, detail))
        }
        text => Ok(text),
    }
}

impl HubClient {
    /// The modules of a device, 50 at most.
    pub async fn modules(&self, id: &DeviceId) -> Result<Vec<Module>> {
        let operation = "list modules";
        let path = ["devices", segment(operation, id)?, "modules"];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Reads a module's identity.
    pub async fn module(&self, id: &DeviceId, module_id: &ModuleId) -> Result<Module> {
        let operation = "get module";
        let path = ["devices", segment(operation, id)?, "modules", module_segment(operation, module_id)?];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Reads a module's twin.
    pub async fn module_twin(&self, id: &DeviceId, module_id: &ModuleId) -> Result<Twin> {
        let operation = "get module twin";
        let path = ["twins", segment(operation, id)?, "modules", module_segment(operation, module_id)?];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Merges a change into tags and desired properties of a module; null removes. The etag has to match (`*` for any).
    pub async fn patch_module_twin(
        &self,
        id: &DeviceId,
        module_id: &ModuleId,
        change: &TwinPatch,
        etag: &str,
    ) -> Result<Twin> {
        let operation = "patch module twin";
        // A forced merge done twice is a merge; one bound to an etag would refuse itself the second time.
        let repeat = if etag == "*" { Repeat::Always } else { Repeat::WhenRefused };
        let path = ["twins", segment(operation, id)?, "modules", module_segment(operation, module_id)?];
        self.answer(Call::new(operation, Method::PATCH, &path, repeat).if_match(etag)?.json(change)?).await
    }

    /// Calls a direct method of a module and waits for its answer.
    ///
    /// # Errors
    /// As [`invoke_method`](Self::invoke_method).
    pub async fn invoke_module_method(
        &self,
        id: &DeviceId,
        module_id: &ModuleId,
        request: &DirectMethodRequest,
    ) -> Result<DirectMethodResponse> {
        let operation = "call direct method of module";
        let module_id = module_segment(operation, module_id)?;
        let path = ["twins", segment(operation, id)?, "modules", module_id, "methods"];
        // The hub may use up both waits before it answers 504.
        let wait = request.response_timeout().saturating_add(request.connect_timeout());
        let call = Call::new(operation, Method::POST, &path, Repeat::WhenNotSent)
            .extra_time(Duration::from_secs(wait.into()))
            .json(request)?;
        self.answer(call).await
    }

    /// The last connections, disconnections and refusals of a module, oldest first. Only the embedded hub answers this.
    pub async fn module_connections(&self, id: &DeviceId, module_id: &ModuleId) -> Result<Vec<Connection>> {
        let operation = "read connections of module";
        let module_id = module_segment(operation, module_id)?;
        let path =
            ["fleetcast", "v1", "devices", segment(operation, id)?, "modules", module_id, "connections"];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }
}
