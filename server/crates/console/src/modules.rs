//! Modules of a device: their list and twins, read and changed at the hub. Their direct methods are among the device's calls.
//!
//! A change is in the audit log with its outcome. It is not among the device's calls, whose changes are those of its own twin.

use console_wire::{
    access::Actor,
    module::{ModuleSummary, Modules},
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    DeviceId, ModuleId,
    twin::{Twin, TwinPatch},
};
use tracing::info;

use crate::{
    ConsoleError, audit, core::Core, devices::device_error, hub_job::is_outcome_unknown, scope::check_device,
    validate,
};

pub(crate) async fn modules(core: &Core, id: &DeviceId) -> Result<Modules, ConsoleError> {
    let modules = core.hub.modules(id).await.map_err(|error| device_error(id, error))?;
    let mut items: Vec<_> = modules.into_iter().map(ModuleSummary::from).collect();
    items.sort_by(|a, b| a.module_id.cmp(&b.module_id));
    // The hub answers an empty list for a device that it does not know.
    if items.is_empty() {
        core.hub.twin(id).await.map_err(|error| device_error(id, error))?;
    }
    Ok(Modules { items })
}

pub(crate) async fn twin(core: &Core, id: &DeviceId, module_id: &ModuleId) -> Result<Twin, ConsoleError> {
    core.hub.module_twin(id, module_id).await.map_err(|error| module_error(id, module_id, error))
}

pub(crate) async fn patch_twin(
    core: &Core,
    id: &DeviceId,
    module_id: &ModuleId,
    patch: &TwinPatch,
    actor: &Actor,
) -> Result<Twin, ConsoleError> {
    if let Some(fault) = validate::patch_fault("", patch) {
        return Err(fault.into());
    }
    check_device(core, id, actor.scope()).await?;
    audit::note_subject(&name(id, module_id), None);
    let change = TwinPatch { etag: None, ..patch.clone() };
    audit::note_change(None, serde_json::to_value(&change).ok());
    let etag = patch.etag.as_deref().unwrap_or("*");
    let written = core.hub.patch_module_twin(id, module_id, patch, etag).await;
    let twin = written.map_err(|error| sent_error(id, module_id, error))?;
    info!(device_id = %id, %module_id, "twin of a module changed");
    Ok(twin)
}

/// `device/module`, as in MQTT client ids.
pub(crate) fn name(id: &DeviceId, module_id: &ModuleId) -> String {
    format!("{id}/{module_id}")
}

/// An error of a change or a call, which the hub may have carried out.
fn sent_error(id: &DeviceId, module_id: &ModuleId, error: HubError) -> ConsoleError {
    if is_outcome_unknown(&error) {
        audit::note_unknown();
    }
    module_error(id, module_id, error)
}

/// An error of the hub about a module. Hubs also say that the device is unknown where only the module is.
pub(crate) fn module_error(id: &DeviceId, module_id: &ModuleId, error: HubError) -> ConsoleError {
    match error.kind {
        ErrorKind::NotFound { .. } => ConsoleError::NotFound { what: "module", id: name(id, module_id) },
        ErrorKind::PreconditionFailed => ConsoleError::Conflict {
            detail: format!("The twin of '{}' was changed meanwhile; read it again.", name(id, module_id)),
        },
        _ => error.into(),
    }
}
