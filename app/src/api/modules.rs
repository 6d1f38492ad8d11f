//! Modules of a device: list, twin, change, direct method.

use console_wire::{device::MethodAnswer, module::ModuleSummary};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{connections::ConnectionsView, devices::DeviceView};
use crate::error::ApiError;

/// The modules of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModulesView {
    /// By id.
    pub(crate) modules: Vec<ModuleSummary>,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// What a module's page begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModuleView {
    /// Its twin.
    pub(crate) twin: DeviceView,
    /// Its connections.
    pub(crate) connections: Result<ConnectionsView, ApiError>,
    /// What it answered to a call that a plain form has sent.
    pub(crate) answer: Option<MethodAnswer>,
}

/// The modules of a device.
#[server(prefix = "/fn", endpoint = "modules", input = GetUrl)]
pub(crate) async fn list_modules(device_id: String) -> Result<ModulesView, ApiError> {
    let id = super::devices::ssr::visible_device(&device_id).await?;
    let modules = super::ssr::console()?.modules(&id).await.map_err(super::ssr::to_api_error)?;
    Ok(ModulesView { modules: modules.items, as_of: std::time::SystemTime::now().into() })
}

/// One module. `answer` is the key of what it answered to a plain form, or empty.
#[server(prefix = "/fn", endpoint = "module", input = GetUrl)]
pub(crate) async fn read_module(
    device_id: String,
    module_id: String,
    #[server(default)] answer: String,
) -> Result<ModuleView, ApiError> {
    let id = super::devices::ssr::visible_device(&device_id).await?;
    let module = ssr::module_id(&module_id)?;
    let twin = super::ssr::console()?.module_twin(&id, &module).await.map_err(super::ssr::refuse)?;
    let connections = super::connections::read_connections(device_id, module_id).await;
    let answer = super::PlainFormResults::from_context()?.answer(&answer);
    let twin = DeviceView { twin, as_of: std::time::SystemTime::now().into() };
    Ok(ModuleView { twin, connections, answer })
}

/// Merges a JSON object into the tags or the desired properties (null removes) of a module whose twin still has this etag.
#[server(prefix = "/fn", endpoint = "patch-module-twin")]
pub(crate) async fn patch_module_twin(
    device_id: String,
    module_id: String,
    section: String,
    patch: String,
    etag: String,
) -> Result<DeviceView, ApiError> {
    use hub_wire::twin::{PatchProperties, TwinPatch};

    use crate::forms::job::ActionKind;

    let id = super::devices::ssr::device_id(&device_id)?;
    let module = ssr::module_id(&module_id)?;
    let kind = ActionKind::parse(&section);
    let object = match crate::forms::job::change(kind, "patch", &patch) {
        Ok(object) => object,
        Err(error) => return Err(super::ssr::with_status(ApiError::invalid(vec![error]))),
    };
    let etag = Some(etag).filter(|etag| !etag.is_empty());
    let patch = if kind == ActionKind::Tags {
        TwinPatch { etag, tags: Some(object), ..TwinPatch::default() }
    } else {
        let properties = Some(PatchProperties { desired: Some(object) });
        TwinPatch { etag, properties, ..TwinPatch::default() }
    };
    let twin = super::ssr::console()?.patch_module_twin(&id, &module, &patch, &super::ssr::actor()?).await;
    let twin = twin.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::module(id.as_str(), module.as_str()));
    }
    Ok(DeviceView { twin, as_of: std::time::SystemTime::now().into() })
}

/// Calls a direct method of a module and waits for the answer. A plain form is redirected to the module's page, which shows
/// it.
#[server(prefix = "/fn", endpoint = "invoke-module-method")]
pub(crate) async fn invoke_module_method(
    device_id: String,
    module_id: String,
    method: String,
    payload: String,
    wait: String,
) -> Result<MethodAnswer, ApiError> {
    let id = super::devices::ssr::device_id(&device_id)?;
    let module = ssr::module_id(&module_id)?;
    let request = match crate::forms::job::method_request(&method, &payload, "0", &wait) {
        Ok(request) => request,
        Err(errors) => return Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    let console = super::ssr::console()?;
    let sent = console.invoke_module_method(&id, &module, &request, super::ssr::call_requester()?).await;
    let answer = sent.and_then(|sent| sent.result).map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        let key = super::PlainFormResults::from_context()?.keep_answer(answer.clone());
        super::ssr::redirect(&crate::paths::module_answer(id.as_str(), module.as_str(), &key));
    }
    Ok(answer)
}

#[cfg(feature = "ssr")]
pub(super) mod ssr {
    use console_wire::problem::Problem;
    use hub_wire::ModuleId;

    use crate::error::ApiError;

    /// Reads a module id; an invalid one is not found.
    pub(in crate::api) fn module_id(text: &str) -> Result<ModuleId, ApiError> {
        ModuleId::new(text).map_err(|error| {
            super::super::ssr::with_status(ApiError(Box::new(Problem {
                kind: "not-found".into(),
                title: "No such module".into(),
                status: 404,
                detail: error.to_string(),
                request_id: String::new(),
                retryable: false,
                errors: Vec::new(),
            })))
        })
    }
}
