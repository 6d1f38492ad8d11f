//! Bulk registry writes: up to 100 items from the rim, thousands from `fleetcast seed`; one transaction, an error for
//! each item that was refused.

use hub_wire::{
    Timestamp,
    bulk::{BulkError, BulkItem, ImportMode},
    device::{ConnectionState, DeviceStatus, Module},
    twin::{Object, PatchProperties, TwinPatch},
    twin_rules::{Nulls, Section, check, size},
};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::{
    BulkOutcome, DesiredPush, Store,
    registry::{self, DeviceIdentity, FirstTwin, random_key},
    twins,
};
use crate::{
    domain::{
        IfMatch, Target,
        identity::{Credentials, check_status_reason},
    },
    error::HubError,
};

/// What an item did beside its write.
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
                // Items count in their order; neighbours that create devices are one write.
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
    let (mut asked, mut devices) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (index, item) in items.iter().enumerate() {
        match device(item).and_then(|identity| Ok((identity, first_twin(item)?))) {
            Ok(device) => {
                asked.push((index, &item.id));
                devices.push(device);
            }
            Err(error) if error.is_fault() => return Err(error),
            Err(error) => refusals.push((index, error)),
        }
    }
    let mut created = registry::create_devices(connection, now, &devices).await?;
    for (index, id) in asked {
        // Taken out, so that the second of two items of one id is refused.
        if !created.remove(id.as_str()) {
            refusals.push((index, HubError::DeviceAlreadyExists(id.clone())));
        }
    }
    refusals.sort_by_key(|(index, _)| *index);
    outcome.result.errors.extend(refusals.iter().map(|(index, error)| refusal(&items[*index], error)));
    Ok(())
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

/// The etag of a mode that looks at it, and any for one that does not.
fn etag(looks: bool, etag: Option<&String>) -> Result<IfMatch, HubError> {
    if looks {
        etag.and_then(|text| IfMatch::parse(text)).ok_or(HubError::EtagMissing)
    } else {
        Ok(IfMatch::Any)
    }
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
            let if_match = etag(mode == ImportMode::UpdateIfMatchEtag, item.etag.as_ref())?;
            replace(connection, now, item, &if_match).await?;
            let is_disabled = item.module_id.is_none() && item.status == Some(DeviceStatus::Disabled);
            Ok(Effect { disconnect: is_disabled, push: None })
        }
        mode @ (ImportMode::Delete | ImportMode::DeleteIfMatchEtag) => {
            let if_match = etag(mode == ImportMode::DeleteIfMatchEtag, item.etag.as_ref())?;
            match &item.module_id {
                None => registry::remove_device(connection, &item.id, Some(&if_match)).await?,
                Some(id) => registry::remove_module(connection, &item.id, id, Some(&if_match)).await?,
            }
            Ok(Effect { disconnect: true, push: None })
        }
        mode @ (ImportMode::UpdateTwin | ImportMode::UpdateTwinIfMatchEtag) => {
            let if_match = etag(mode == ImportMode::UpdateTwinIfMatchEtag, item.twin_etag.as_ref())?;
            let patch = TwinPatch {
                etag: None,
                tags: object("tags", item.tags.as_ref())?,
                properties: Some(PatchProperties { desired: desired(item)? }),
            };
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
    registry::create_module(connection, now, &module, &credentials).await
}

/// What the device's twin begins with.
fn first_twin(item: &BulkItem) -> Result<FirstTwin, HubError> {
    let reported = item.properties.as_ref().and_then(|properties| properties.reported.as_ref());
    Ok(FirstTwin {
        tags: first(Section::Tags, object("tags", item.tags.as_ref())?)?,
        desired: first(Section::Desired, desired(item)?)?,
        reported: first(Section::Reported, object("properties.reported", reported)?)?,
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
        return registry::replace_module(connection, &module, &credentials, if_match).await;
    }
    registry::replace_device(connection, now, &device(item)?, if_match).await
}

fn device(item: &BulkItem) -> Result<DeviceIdentity, HubError> {
    check_status_reason(item.status_reason.as_deref())?;
    let asked = item.authentication.clone().unwrap_or_default();
    Ok(DeviceIdentity {
        device_id: item.id.clone(),
        status: item.status.unwrap_or_default(),
        status_reason: item.status_reason.clone().filter(|reason| !reason.is_empty()),
        credentials: Credentials::complete(&asked, false, random_key)?,
        iot_edge: item.capabilities.unwrap_or_default().iot_edge,
        device_scope: None,
    })
}

fn module(item: &BulkItem) -> Result<(Module, Credentials), HubError> {
    let asked = item.authentication.clone().unwrap_or_default();
    let credentials = Credentials::complete(&asked, true, random_key)?;
    let module_id = item.module_id.clone().ok_or(HubError::ArgumentNull("moduleId"))?;
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
        authentication: asked,
    };
    Ok((module, credentials))
}

fn desired(item: &BulkItem) -> Result<Option<Object>, HubError> {
    let desired = item.properties.as_ref().and_then(|properties| properties.desired.as_ref());
    object("properties.desired", desired)
}

fn object(name: &str, value: Option<&Value>) -> Result<Option<Object>, HubError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members.clone())),
        Some(_) => Err(HubError::ArgumentInvalid(format!("{name} must be a JSON object"))),
    }
}

/// A section that a new twin begins with.
fn first(section: Section, content: Option<Object>) -> Result<Object, HubError> {
    let content = check(section, &content.unwrap_or_default(), Nulls::Refused)
        .map_err(|fault| HubError::ArgumentInvalid(fault.to_string()))?;
    if size(&content) > section.max_size() {
        return Err(twins::too_large(section));
    }
    Ok(content)
}
