//! The hub's registry: new devices, changes of many devices, one device's status and keys.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::{
    device::DeviceSummary,
    page::Page,
    registry::{ChangeKind, ChangePreview, ChangedDevice, ConnectionString, RegistryChange},
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::device::DeviceForm};

/// Devices of a change shown at once.
#[cfg(feature = "ssr")]
const PAGE: u32 = 100;
/// Changes shown at once.
#[cfg(feature = "ssr")]
const CHANGES: u32 = 50;

/// A page of changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeList {
    /// Newest first.
    pub(crate) page: Page<RegistryChange>,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// A change and some of its devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeView {
    /// The change.
    pub(crate) change: RegistryChange,
    /// Devices with their results.
    pub(crate) devices: Page<ChangedDevice>,
    /// When it was read.
    pub(crate) as_of: Timestamp,
}

/// A change that is about to begin, as it was chosen: by a condition, or as undo or rerun of another one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    /// What to do.
    pub(crate) kind: String,
    /// The devices by a condition.
    pub(crate) query: String,
    /// The number of the change that is undone or done again.
    pub(crate) of: String,
    /// `undo` or `rerun`.
    pub(crate) again: String,
    /// Why devices are enabled or disabled.
    pub(crate) status_reason: String,
    /// The number of devices, typed to confirm.
    pub(crate) count: String,
}

/// What the page before a change shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeOpening {
    /// The fields.
    pub(crate) form: ChangeForm,
    /// What would be done.
    pub(crate) kind: ChangeKind,
    /// To how many devices.
    pub(crate) count: u64,
    /// How many of them are connected, where that was asked.
    pub(crate) connected: Option<u64>,
    /// How many have the wanted status already, where that was asked.
    pub(crate) unchanged: Option<u64>,
    /// Some of them.
    pub(crate) sample: Vec<DeviceSummary>,
    /// Why the plain form was refused.
    pub(crate) refused: Option<ApiError>,
    /// When the hub was asked.
    pub(crate) as_of: Timestamp,
}

/// What the page of new devices is opened with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct DeviceOpening {
    /// The fields of one device.
    pub(crate) form: DeviceForm,
    /// The table of many.
    pub(crate) csv: String,
    /// Whether the form of the table was sent, not that of one device.
    pub(crate) is_table: bool,
    /// Why a plain form was refused.
    pub(crate) refused: Option<ApiError>,
    /// What the table holds, where it was checked.
    pub(crate) preview: Option<ChangePreview>,
}

/// A page of changes; `before` is its cursor or empty.
#[server(prefix = "/fn", endpoint = "registry-changes", input = GetUrl)]
pub(crate) async fn list_changes(before: String) -> Result<ChangeList, ApiError> {
    use console_wire::page::PageQuery;

    let query = PageQuery { cursor: Some(before).filter(|before| !before.is_empty()), limit: Some(CHANGES) };
    let page = super::ssr::console()?.registry_changes(&query).await.map_err(super::ssr::refuse)?;
    Ok(ChangeList { page, as_of: std::time::SystemTime::now().into() })
}

/// One change, and its devices in a state, or in any, from a cursor on.
#[server(prefix = "/fn", endpoint = "registry-change", input = GetUrl)]
pub(crate) async fn read_change(
    change_id: String,
    state: String,
    after: String,
) -> Result<ChangeView, ApiError> {
    use console_wire::registry::{ChangeDevicesQuery, ChangeState};

    let console = super::ssr::console()?;
    let change_id = ssr::change_id(&change_id)?;
    let change = console.registry_change(change_id).await.map_err(super::ssr::refuse)?;
    let query = ChangeDevicesQuery {
        state: ChangeState::from_wire(&state),
        cursor: Some(after).filter(|after| !after.is_empty()),
        limit: Some(PAGE),
    };
    let devices = console.registry_change_devices(change_id, &query).await.map_err(super::ssr::refuse)?;
    Ok(ChangeView { change, devices, as_of: std::time::SystemTime::now().into() })
}

/// What a change would do, before it begins.
#[server(prefix = "/fn", endpoint = "registry-change-form", input = GetUrl)]
pub(crate) async fn open_change_form(
    kind: String,
    query: String,
    of: String,
    again: String,
    draft: String,
) -> Result<ChangeOpening, ApiError> {
    let form = ChangeForm { kind, query, of, again, ..ChangeForm::default() };
    let kept = super::PlainFormResults::from_context()?.change(&draft);
    let (form, refused) = kept.map_or((form, None), |(form, refused)| (form, Some(refused)));
    let opening = ssr::opening(&super::ssr::console()?, &super::ssr::actor()?, &form).await;
    let opening = opening.map_err(super::ssr::with_status)?;
    Ok(ChangeOpening { form, refused, ..opening })
}

/// Begins a change, and redirects to its page.
#[server(prefix = "/fn", endpoint = "begin-registry-change")]
pub(crate) async fn begin_change(form: ChangeForm) -> Result<(), ApiError> {
    use crate::paths;

    match ssr::begin(&super::ssr::console()?, &super::ssr::actor()?, &form).await {
        Ok(change) => {
            super::ssr::redirect(&paths::registry_change(change.change_id));
            Ok(())
        }
        Err(error) => {
            let error = super::ssr::with_status(error);
            if super::ssr::is_plain_form() {
                let address = paths::registry_change_new(&form.kind, &form.query, &form.of, &form.again);
                let key = super::PlainFormResults::from_context()?.keep_change(form, error.clone());
                super::ssr::redirect(&paths::with_more(&address, &[("draft", &key)]));
            }
            Err(error)
        }
    }
}

/// Cancels the devices of a change that were not sent.
#[server(prefix = "/fn", endpoint = "cancel-registry-change")]
pub(crate) async fn cancel_change(change_id: u64) -> Result<(), ApiError> {
    let cancelled = super::ssr::console()?.cancel_registry_change(change_id, &super::ssr::actor()?).await;
    cancelled.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::registry_change(change_id));
    }
    Ok(())
}

/// A plain form for new devices that was refused or checked.
#[server(prefix = "/fn", endpoint = "device-form", input = GetUrl)]
pub(crate) async fn open_device_form(draft: String) -> Result<DeviceOpening, ApiError> {
    Ok(super::PlainFormResults::from_context()?.devices(&draft).unwrap_or_default())
}

/// Creates the device that the form describes, and redirects to its page.
#[server(prefix = "/fn", endpoint = "create-device")]
pub(crate) async fn create_device(form: DeviceForm) -> Result<(), ApiError> {
    let created = match form.to_new_device() {
        Err(errors) => Err(super::ssr::with_status(ApiError::invalid(errors))),
        Ok(device) => super::ssr::console()?
            .create_device(device, &super::ssr::actor()?)
            .await
            .map_err(super::ssr::refuse),
    };
    match created {
        Ok(identity) => {
            super::ssr::redirect(&crate::paths::device(identity.device_id.as_str()));
            Ok(())
        }
        Err(error) => {
            let opening = DeviceOpening { form, refused: Some(error.clone()), ..DeviceOpening::default() };
            ssr::keep(opening)?;
            Err(error)
        }
    }
}

/// Checks the devices of a table, or creates them and redirects to the page of that change; `step` is `check` or `create`.
#[server(prefix = "/fn", endpoint = "import-devices")]
pub(crate) async fn import_devices(
    csv: String,
    #[server(default)] step: String,
) -> Result<Option<ChangePreview>, ApiError> {
    use console_wire::registry::NewRegistryChange;

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let change = NewRegistryChange { csv: Some(csv.clone()), ..NewRegistryChange::new(ChangeKind::Create) };
    let answer = if step == "create" {
        console.begin_registry_change(change, &actor).await.map(Ok)
    } else {
        console.preview_registry_change(change, &actor).await.map(Err)
    };
    match answer.map_err(super::ssr::refuse) {
        Ok(Ok(begun)) => {
            super::ssr::redirect(&crate::paths::registry_change(begun.change_id));
            Ok(None)
        }
        Ok(Err(preview)) => {
            ssr::keep(DeviceOpening {
                csv,
                is_table: true,
                preview: Some(preview.clone()),
                ..DeviceOpening::default()
            })?;
            Ok(Some(preview))
        }
        Err(error) => {
            ssr::keep(DeviceOpening {
                csv,
                is_table: true,
                refused: Some(error.clone()),
                ..DeviceOpening::default()
            })?;
            Err(error)
        }
    }
}

/// Enables or disables a device.
#[server(prefix = "/fn", endpoint = "set-device-status")]
pub(crate) async fn set_device_status(
    device_id: String,
    status: String,
    #[server(default)] status_reason: String,
) -> Result<(), ApiError> {
    use console_wire::registry::NewStatus;
    use hub_wire::device::DeviceStatus;

    let id = super::devices::ssr::device_id(&device_id)?;
    let status = if status == "disabled" { DeviceStatus::Disabled } else { DeviceStatus::Enabled };
    let new = NewStatus { status, status_reason: Some(status_reason) };
    let changed = super::ssr::console()?.set_device_status(&id, new, &super::ssr::actor()?).await;
    changed.map_err(super::ssr::refuse)?;
    ssr::back_to(&id);
    Ok(())
}

/// Replaces one of a device's keys.
#[server(prefix = "/fn", endpoint = "rotate-device-key")]
pub(crate) async fn rotate_device_key(device_id: String, key: String) -> Result<String, ApiError> {
    let id = super::devices::ssr::device_id(&device_id)?;
    let name = ssr::key_name(&key)?;
    let rotated = super::ssr::console()?.rotate_device_key(&id, name, &super::ssr::actor()?).await;
    rotated.map_err(super::ssr::refuse)?;
    ssr::back_to(&id);
    Ok(key)
}

/// A device's connection string. A plain form is redirected to the device's page, which shows it once.
#[server(prefix = "/fn", endpoint = "show-connection-string")]
pub(crate) async fn show_connection_string(
    device_id: String,
    key: String,
) -> Result<ConnectionString, ApiError> {
    let id = super::devices::ssr::device_id(&device_id)?;
    let name = ssr::key_name(&key)?;
    let shown = super::ssr::console()?.device_connection_string(&id, name, &super::ssr::actor()?).await;
    let shown = shown.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        let key = super::PlainFormResults::from_context()?.keep_connection_string(shown.clone());
        super::ssr::redirect(&crate::paths::device_with_string(id.as_str(), &key));
    }
    Ok(shown)
}

/// The connection string that a plain form has just asked for, once.
#[server(prefix = "/fn", endpoint = "shown-connection-string", input = GetUrl)]
pub(crate) async fn shown_connection_string(made: String) -> Result<Option<ConnectionString>, ApiError> {
    Ok(super::PlainFormResults::from_context()?.take_connection_string(&made))
}

#[cfg(feature = "ssr")]
mod ssr;
