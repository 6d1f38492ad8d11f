//! Begins a change: checks it, finds its devices, and writes them down. Nothing is sent here.

use std::collections::HashSet;

use console_wire::{
    access::Actor,
    problem::FieldError,
    registry::{
        ChangeKind, ChangePreview, MAX_CHANGED_DEVICES, NewDevice, NewRegistryChange, RegistryChange,
    },
    target::PreviewRequest,
};
use futures::TryStreamExt;
use hub_wire::{DeviceId, device::DeviceStatus};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use super::check::{change_faults, count_fault, devices, reason};
use crate::{
    ConsoleError, audit,
    clock::now,
    core::Core,
    preview::preview as preview_devices,
    preview_list::known_among,
    query_error::{query_error, refuse_unknown_attribute},
    scope::within,
    store::{ChangeItem, ItemContent, NewChangeRow},
    target::Target,
    target_query::{FIELD, count_targets},
};

/// Existing ids that a refusal names.
const NAMED: usize = 10;
/// New devices in a preview.
const SAMPLE: usize = 5;
/// Devices in a page of a query.
const PAGE: u32 = 1000;

/// A row of `SELECT deviceId`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdRow {
    device_id: DeviceId,
}

/// What a change would do.
pub(crate) async fn preview(
    core: &Core,
    new: NewRegistryChange,
    actor: &Actor,
) -> Result<ChangePreview, ConsoleError> {
    let kind = new.kind;
    if kind == ChangeKind::Create {
        let imported = devices(&new).map_err(ConsoleError::Invalid)?;
        check_new(core, &new, &imported.devices, actor).await?;
        let is_disabled = |device: &&NewDevice| device.status == DeviceStatus::Disabled;
        return Ok(ChangePreview {
            kind,
            count: imported.devices.len() as u64,
            connected_count: 0,
            unchanged_count: None,
            created_disabled: imported.devices.iter().filter(is_disabled).count() as u64,
            sample: Vec::new(),
            created_sample: imported.devices.into_iter().take(SAMPLE).collect(),
            ignored_columns: imported.ignored,
            unknown: Vec::new(),
            unknown_count: 0,
            as_of: now(),
        });
    }
    check_existing(&new)?;
    let ids = new.device_ids.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let unchanged_count = match (&new.query_condition, status_of(kind)) {
        (Some(condition), Some(status)) => Some(count_with(core, condition, status, actor).await?),
        _ => None,
    };
    let request = match ids {
        Some(ids) => PreviewRequest::from(ids),
        None => PreviewRequest::from(new.query_condition.unwrap_or_default()),
    };
    let found = preview_devices(core, request, actor.scope()).await?;
    Ok(ChangePreview {
        kind,
        count: found.count + found.unchecked_count,
        connected_count: found.connected_count,
        unchanged_count,
        created_disabled: 0,
        sample: found.sample,
        created_sample: Vec::new(),
        ignored_columns: Vec::new(),
        unknown: found.unknown,
        unknown_count: found.unknown_count,
        as_of: found.as_of,
    })
}

/// How many devices of a condition have a status already.
async fn count_with(
    core: &Core,
    condition: &str,
    status: DeviceStatus,
    actor: &Actor,
) -> Result<u64, ConsoleError> {
    // Its parse errors have the place in the text that was typed.
    let condition = within(actor.scope(), condition)?;
    count_targets(core, &condition).await?;
    let with_status = match condition.trim() {
        "*" => format!("status = '{}'", status.as_str()),
        condition => format!("({condition}) AND status = '{}'", status.as_str()),
    };
    count_targets(core, &with_status).await
}

/// The status that devices have after a change.
pub(super) const fn status_of(kind: ChangeKind) -> Option<DeviceStatus> {
    match kind {
        ChangeKind::Enable => Some(DeviceStatus::Enabled),
        ChangeKind::Disable => Some(DeviceStatus::Disabled),
        ChangeKind::Create | ChangeKind::Delete => None,
    }
}

/// Begins a change.
pub(crate) async fn begin(
    core: &Core,
    new: NewRegistryChange,
    actor: &Actor,
) -> Result<RegistryChange, ConsoleError> {
    let kind = new.kind;
    let items = if kind == ChangeKind::Create {
        let imported = devices(&new).map_err(ConsoleError::Invalid)?;
        check_new(core, &new, &imported.devices, actor).await?;
        imported.devices.into_iter().map(created_item).collect()
    } else {
        check_existing(&new)?;
        existing(core, &new, actor).await?
    };
    if let Some(fault) = count_fault(kind, new.confirmed_count, items.len() as u64) {
        return Err(fault.into());
    }
    let status_reason = reason(new.status_reason);
    let row = NewChangeRow {
        kind,
        query_condition: new.query_condition.as_deref(),
        status_reason: status_reason.as_deref(),
        undo_of: None,
        rerun_of: None,
        created_by: None,
        scope: None,
    };
    insert(core, row, &items, actor).await
}

/// Writes a change down, and wakes the task that sends it.
pub(super) async fn insert(
    core: &Core,
    row: NewChangeRow<'_>,
    items: &[ChangeItem],
    actor: &Actor,
) -> Result<RegistryChange, ConsoleError> {
    let person = actor.person();
    let row = NewChangeRow { created_by: person.as_ref(), scope: actor.scope(), ..row };
    let Some(change_id) = core.store.insert_registry_change(row, items, now()).await? else {
        let detail = "Another change undoes this one already.".to_owned();
        return Err(ConsoleError::Conflict { detail });
    };
    audit::note_subject(&change_id.to_string(), None);
    let noted = json!({
        "kind": row.kind, "devices": items.len(), "queryCondition": row.query_condition,
        "statusReason": row.status_reason, "undoOf": row.undo_of, "rerunOf": row.rerun_of,
    });
    audit::note_change(None, Some(noted));
    info!(change_id, kind = row.kind.as_str(), devices = items.len(), "registry change begun");
    core.registry_due.notify_one();
    super::change(core, change_id).await
}

fn created_item(device: NewDevice) -> ChangeItem {
    ChangeItem {
        device_id: device.device_id,
        content: ItemContent {
            is_disabled: device.status == DeviceStatus::Disabled,
            status_reason: reason(device.status_reason),
            tags: device.tags,
            desired: device.desired,
        },
    }
}

/// Refuses devices that exist, before one is created. On a hub that allows few queries the first ids are looked up; the hub
/// refuses the others one by one.
async fn check_new(
    core: &Core,
    new: &NewRegistryChange,
    devices: &[NewDevice],
    actor: &Actor,
) -> Result<(), ConsoleError> {
    check_may_create(actor)?;
    let field = if new.csv.is_some() { "csv" } else { "devices" };
    let ids = devices.iter().map(|device| device.device_id.to_string()).collect();
    let known = known_among(core, ids, None).await?;
    let existing: Vec<&str> =
        devices.iter().map(|device| device.device_id.as_str()).filter(|id| known.contains(*id)).collect();
    let count = existing.len();
    if count == 0 {
        return Ok(());
    }
    let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
    let named = existing.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    let verb = if count == 1 { "device exists" } else { "devices exist" };
    Err(FieldError::new(field, format!("{count} {verb} already: {named}{more}. Nothing was created.")).into())
}

/// Refuses an operator with a scope: whether a device will be inside cannot be asked before it is there.
pub(super) fn check_may_create(actor: &Actor) -> Result<(), ConsoleError> {
    match actor.scope() {
        Some(scope) => {
            let what = "A new device cannot be checked, so creating devices is".to_owned();
            Err(ConsoleError::OutsideScope { what, scope: scope.to_owned() })
        }
        None => Ok(()),
    }
}

fn check_existing(new: &NewRegistryChange) -> Result<(), ConsoleError> {
    let mut faults = change_faults(new);
    if let Some(condition) = &new.query_condition
        && Target::of(condition).selects_modules()
    {
        faults.push(FieldError::new(FIELD, "selects modules; only devices can be changed here"));
    }
    if faults.is_empty() { Ok(()) } else { Err(ConsoleError::Invalid(faults)) }
}

/// The devices of a change. Those of a list are not looked up here: each has its own result.
async fn existing(
    core: &Core,
    new: &NewRegistryChange,
    actor: &Actor,
) -> Result<Vec<ChangeItem>, ConsoleError> {
    let item = |device_id| ChangeItem { device_id, content: ItemContent::default() };
    if let Some(ids) = &new.device_ids {
        let mut seen = HashSet::new();
        return Ok(ids.iter().filter(|id| seen.insert(*id)).cloned().map(item).collect());
    }
    let typed = new.query_condition.as_deref().unwrap_or_default();
    let condition = within(actor.scope(), typed)?;
    let count = count_targets(core, &condition).await?;
    if count == 0 {
        refuse_unknown_attribute(FIELD, typed)?;
        return Err(FieldError::new(FIELD, "matches no device; change the condition").into());
    }
    if count > MAX_CHANGED_DEVICES as u64 {
        let message = format!(
            "matches {count} devices; at most {MAX_CHANGED_DEVICES} are changed at once: narrow the condition"
        );
        return Err(FieldError::new(FIELD, message).into());
    }
    let rows = core.hub.query::<IdRow>(&Target::of(&condition).ids(false), PAGE);
    let mut rows = std::pin::pin!(rows);
    let mut items = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(|error| query_error(FIELD, &condition, error))? {
        items.push(item(row.device_id));
        if items.len() > MAX_CHANGED_DEVICES {
            return Err(FieldError::new(FIELD, "keeps matching more devices; narrow it, or try again").into());
        }
    }
    Ok(items)
}
