//! Bulk registry writes: up to 100 items from REST, thousands from `fleetcast seed`; one transaction, an error for
//! each item that was refused.

use hub_wire::{
    Timestamp,
    bulk::{BulkError, BulkItem, ImportMode},
    device::{ConnectionState, DeviceStatus, Module},
    twin::Object,
    twin_rules::{Nulls, Section, check, size},
};
use sqlx::SqliteConnection;

use super::{
    BulkOutcome, DesiredPush, Store, device_registry,
    identity::{DeviceIdentity, FirstTwin},
    module_registry,
    random::random_key,
    scopes, twins,
};
use crate::{
    domain::{
        IfMatch, RequestError, Target,
        identity::{Credentials, check_status_reason},
        scope::{RequestedScopes, Scopes},
        twin::{bulk_change, bulk_section},
    },
    error::HubError,
};

/// Effects of an item beside its write.
#[derive(Default)]
struct Effect {
    disconnect: bool,
    push: Option<DesiredPush>,
}

pub(super) async fn apply(store: &Store, items: Vec<BulkItem>) -> Result<BulkOutcome, HubError> {
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let mut outcome = BulkOutcome::default();
                // Items are applied in order; consecutive ones that create devices are one write.
                for run in items.chunk_by(|left, right| creates_device(left) && creates_device(right)) {
                    if creates_device(&run[0]) {
                        create_all(connection, now, run, &mut outcome).await?;
                    } else {
                        apply_alone(connection, now, &run[0], &mut outcome).await?;
                    }
                }
                outcome.result.is_successful = outcome.result.errors.is_empty();
                Ok(outcome)
            })
        })
        .await
}

fn creates_device(item: &BulkItem) -> bool {
    item.import_mode == ImportMode::Create && item.module_id.is_none()
}

/// Creates devices by one statement. The refused ones are listed in the order of the items.
async fn create_all(
    connection: &mut SqliteConnection,
    now: Timestamp,
    items: &[BulkItem],
    outcome: &mut BulkOutcome,
) -> Result<(), HubError> {
    let mut refusals: Vec<(usize, HubError)> = Vec::new();
    let (mut requested, mut devices) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (index, item) in items.iter().enumerate() {
        match new_device(connection, now, item).await {
            Ok(device) => {
                requested.push((index, &item.id));
                devices.push(device);
            }
            Err(error) if error.is_fault() => return Err(error),
            Err(error) => refusals.push((index, error)),
        }
    }
    let mut created = device_registry::create_devices(connection, now, &devices).await?;
    for (index, id) in requested {
        // Removed, so that the second of two items with the same id is refused.
        if !created.remove(id.as_str()) {
            refusals.push((index, HubError::DeviceAlreadyExists(id.clone())));
        }
    }
    refusals.sort_by_key(|(index, _)| *index);
    outcome.result.errors.extend(refusals.iter().map(|(index, error)| refusal(&items[*index], error)));
    Ok(())
}

async fn new_device(
    connection: &mut SqliteConnection,
    now: Timestamp,
    item: &BulkItem,
) -> Result<(DeviceIdentity, Scopes, FirstTwin), HubError> {
    let identity = device(item)?;
    let twin = first_twin(item)?;
    let scopes = scopes::first(connection, now, &identity).await?;
    Ok((identity, scopes, twin))
}

/// Applies one item in a savepoint of its own.
async fn apply_alone(
    connection: &mut SqliteConnection,
    now: Timestamp,
    item: &BulkItem,
    outcome: &mut BulkOutcome,
) -> Result<(), HubError> {
    sqlx::query("SAVEPOINT item").execute(&mut *connection).await?;
    match apply_one(connection, now, item).await {
        Ok(effect) => {
            outcome.pushes.extend(effect.push);
            outcome.disconnect.extend(effect.disconnect.then(|| target(item)));
        }
        Err(error) if error.is_fault() => return Err(error),
        Err(error) => {
            sqlx::query("ROLLBACK TO item").execute(&mut *connection).await?;
            outcome.result.errors.push(refusal(item, &error));
        }
    }
    sqlx::query("RELEASE item").execute(connection).await?;
    Ok(())
}

fn target(item: &BulkItem) -> Target {
    Target { device_id: item.id.clone(), module_id: item.module_id.clone() }
}

fn refusal(item: &BulkItem, error: &HubError) -> BulkError {
    BulkError {
        device_id: item.id.to_string(),
        error_code: error.code().name().to_owned(),
        error_status: error.caller_text(),
        module_id: item.module_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        operation: serde_json::to_value(item.import_mode)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
    }
}

/// The etag of a mode that compares it. Any etag will do for the other modes, and for an item that gives none: a live
/// hub is observed to delete so.
fn etag(compares: bool, etag: Option<&String>) -> IfMatch {
    etag.filter(|_| compares).and_then(|text| IfMatch::parse(text)).unwrap_or(IfMatch::Any)
}

async fn apply_one(
    connection: &mut SqliteConnection,
    now: Timestamp,
    item: &BulkItem,
) -> Result<Effect, HubError> {
    match item.import_mode {
        // Devices are created together, see [`create_all`].
        ImportMode::Create => create_module(connection, now, item).await.map(|()| Effect::default()),
        mode @ (ImportMode::Update | ImportMode::UpdateIfMatchEtag) => {
            let if_match = etag(mode == ImportMode::UpdateIfMatchEtag, item.etag.as_ref());
            replace(connection, now, item, &if_match).await?;
            let is_disabled = item.module_id.is_none() && item.status == Some(DeviceStatus::Disabled);
            Ok(Effect { disconnect: is_disabled, push: None })
        }
        mode @ (ImportMode::Delete | ImportMode::DeleteIfMatchEtag) => {
            let if_match = etag(mode == ImportMode::DeleteIfMatchEtag, item.etag.as_ref());
            match &item.module_id {
                None => device_registry::remove_device(connection, &item.id, Some(&if_match)).await?,
                Some(id) => module_registry::remove_module(connection, &item.id, id, Some(&if_match)).await?,
            }
            Ok(Effect { disconnect: true, push: None })
        }
        mode @ (ImportMode::UpdateTwin | ImportMode::UpdateTwinIfMatchEtag) => {
            let if_match = etag(mode == ImportMode::UpdateTwinIfMatchEtag, item.twin_etag.as_ref());
            let patch = bulk_change(item)?;
            let plan = twins::Change::patch(&patch)?;
            let push = twins::merge(connection, now, &target(item), &plan, Some(&if_match)).await?;
            Ok(Effect { disconnect: false, push })
        }
    }
}

async fn create_module(
    connection: &mut SqliteConnection,
    now: Timestamp,
    item: &BulkItem,
) -> Result<(), HubError> {
    let (module, credentials) = module(item)?;
    module_registry::create_module(connection, now, &module, &credentials, &first_twin(item)?).await
}

/// What the twin of a new device or module begins with.
fn first_twin(item: &BulkItem) -> Result<FirstTwin, HubError> {
    let properties = item.properties.as_ref();
    let desired = properties.and_then(|properties| properties.desired.as_ref());
    let reported = properties.and_then(|properties| properties.reported.as_ref());
    Ok(FirstTwin {
        tags: first(Section::Tags, bulk_section("tags", item.tags.as_ref())?)?,
        desired: first(Section::Desired, bulk_section("properties.desired", desired)?)?,
        reported: first(Section::Reported, bulk_section("properties.reported", reported)?)?,
    })
}

async fn replace(
    connection: &mut SqliteConnection,
    now: Timestamp,
    item: &BulkItem,
    if_match: &IfMatch,
) -> Result<(), HubError> {
    if item.module_id.is_some() {
        let (module, credentials) = module(item)?;
        return module_registry::replace_module(connection, &module, &credentials, if_match).await;
    }
    device_registry::replace_device(connection, now, &device(item)?, if_match).await
}

fn device(item: &BulkItem) -> Result<DeviceIdentity, HubError> {
    check_status_reason(item.status_reason.as_deref())?;
    let requested = item.authentication.clone().unwrap_or_default();
    Ok(DeviceIdentity {
        device_id: item.id.clone(),
        status: item.status.unwrap_or_default(),
        status_reason: item.status_reason.clone().filter(|reason| !reason.is_empty()),
        credentials: Credentials::complete(&requested, false, random_key)?,
        iot_edge: item.capabilities.unwrap_or_default().iot_edge,
        scopes: RequestedScopes {
            device_scope: item.device_scope.clone(),
            parent_scopes: item.parent_scopes.clone().unwrap_or_default(),
        },
    })
}

fn module(item: &BulkItem) -> Result<(Module, Credentials), HubError> {
    let requested = item.authentication.clone().unwrap_or_default();
    let credentials = Credentials::complete(&requested, true, random_key)?;
    let module_id = item.module_id.clone().ok_or(RequestError::ArgumentNull("moduleId"))?;
    let module = Module {
        module_id,
        managed_by: None,
        device_id: item.id.clone(),
        generation_id: String::new(),
        etag: String::new(),
        connection_state: ConnectionState::Disconnected,
        connection_state_updated_time: Timestamp::NEVER,
        last_activity_time: Timestamp::NEVER,
        cloud_to_device_message_count: 0,
        authentication: requested,
    };
    Ok((module, credentials))
}

/// A section that a new twin begins with.
fn first(section: Section, content: Option<Object>) -> Result<Object, HubError> {
    let content = check(section, &content.unwrap_or_default(), Nulls::Refused)
        .map_err(|fault| HubError::argument_invalid(fault.to_string()))?;
    if size(&content) > section.max_size() {
        return Err(twins::too_large(section));
    }
    Ok(content)
}
