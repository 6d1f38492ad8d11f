//! Sends what is open: one task for all changes, a bulk request of each in turn, so that a long one holds up no other.
//!
//! Devices are marked before they are sent, in a transaction of its own. While the hub cannot be reached nothing is marked, so
//! an outage leaves at most one request without an answer.

use std::{collections::HashSet, sync::Arc, time::Duration};

use console_wire::{
    access::{Action, Actor, Subject, permit},
    registry::{ChangeKind, ChangeState, RegistryChange},
};
use futures::{StreamExt, stream};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    bulk::{BulkItem, MAX_BULK_ITEMS},
    device::{Device, DeviceStatus},
};
use tracing::{debug, info, warn};

use super::{
    bulk::{created, deleted, end, ends, failed, with_status},
    start::status_of,
};
use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    hub_job::is_outcome_unknown,
    preview_list::known_within,
    store::{DeviceEnd, QueuedItem},
};

/// Pause after which a hub that could not be reached is asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// Identities that are read at once from a hub without limits.
const READS: usize = 8;

/// Ends what was being sent when the last process ended.
pub(crate) async fn interrupt(core: &Core) -> Result<(), ConsoleError> {
    let interrupted = core.store.interrupt_registry_items(now()).await?;
    if interrupted > 0 {
        info!(interrupted, "devices of registry changes were being sent when the last process stopped");
    }
    Ok(())
}

/// Sends until the console stops. A request that was begun is finished.
pub(crate) async fn run(core: Arc<Core>) {
    while !core.stop.is_cancelled() {
        let pause = match send_in_turn(&core).await {
            Ok(Turn::Sent) => continue,
            Ok(Turn::Nothing) => None,
            Ok(Turn::Waits) => Some(PAUSE),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "could not send registry changes");
                Some(PAUSE)
            }
        };
        tokio::select! {
            () = core.stop.cancelled() => {}
            () = core.registry_due.notified(), if pause.is_none() => {}
            () = tokio::time::sleep(pause.unwrap_or(PAUSE)), if pause.is_some() => {}
        }
    }
}

/// What a round over the open changes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// No change is open.
    Nothing,
    /// At least one went on.
    Sent,
    /// All wait for the hub.
    Waits,
}

async fn send_in_turn(core: &Core) -> Result<Turn, ConsoleError> {
    let open = core.store.open_registry_changes().await?;
    let mut turn = if open.is_empty() { Turn::Nothing } else { Turn::Waits };
    for change_id in open {
        if core.stop.is_cancelled() {
            break;
        }
        let Some(change) = core.store.registry_change(change_id).await? else { continue };
        if send_some(core, &change).await? {
            turn = Turn::Sent;
        }
    }
    Ok(turn)
}

/// Sends the next devices of a change; false if it waits for the hub.
async fn send_some(core: &Core, change: &RegistryChange) -> Result<bool, ConsoleError> {
    let change_id = change.change_id;
    if let Some(reason) = lost_right(core, change).await? {
        core.store.cancel_registry_change(change_id, None, Some(&reason), now()).await?;
        return Ok(true);
    }
    let queued = core.store.queued_registry_items(change_id, MAX_BULK_ITEMS).await?;
    if queued.is_empty() {
        // Only while a person cancels the last of them.
        return Ok(false);
    }
    // What is read for a request is not kept: a stop may interrupt it.
    let prepared = tokio::select! {
        () = core.stop.cancelled() => return Ok(false),
        prepared = prepare(core, change, queued) => prepared,
    };
    let Prepared { done, items } = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return wait(core, change_id, &error).await,
    };
    if !done.is_empty() {
        core.store.end_registry_items(change_id, &done, now()).await?;
    }
    if !items.is_empty() {
        return send(core, change_id, items).await;
    }
    core.store.note_registry_change(change_id, None).await?;
    Ok(true)
}

/// A device that is about to be sent.
struct Outgoing {
    position: i64,
    reason_before: Option<String>,
    item: BulkItem,
}

/// What is known before a request.
#[derive(Default)]
struct Prepared {
    /// Devices that need no request.
    done: Vec<DeviceEnd>,
    /// Those of the request.
    items: Vec<Outgoing>,
}

/// Looks at devices before they are sent: their scope, and the identity of one that is enabled or disabled.
async fn prepare(
    core: &Core,
    change: &RegistryChange,
    queued: Vec<QueuedItem>,
) -> Result<Prepared, ConsoleError> {
    let mut prepared = Prepared::default();
    let inside = match &change.scope {
        Some(scope) if change.kind != ChangeKind::Create => {
            let ids = queued.iter().map(|queued| queued.item.device_id.to_string()).collect();
            Some(known_within(core, ids, scope).await?)
        }
        _ => {
            // Without a read of its own a request would be lost that the hub cannot take.
            if status_of(change.kind).is_none() && !core.hub.health().is_good() {
                core.hub.registry_statistics().await?;
            }
            None
        }
    };
    let is_outside = |queued: &QueuedItem| {
        inside.as_ref().is_some_and(|inside| !inside.contains(queued.item.device_id.as_str()))
    };
    let (outside, queued): (Vec<_>, Vec<_>) = queued.into_iter().partition(is_outside);
    prepared.done.extend(outside.iter().map(|queued| failed(queued.position, "OutsideScope", "")));
    let Some(status) = status_of(change.kind) else {
        prepared.items = queued.into_iter().map(|queued| plain(change.kind, queued)).collect();
        return Ok(prepared);
    };
    let reads: Vec<_> = queued.into_iter().map(|queued| read(core, queued)).collect();
    let mut reads = stream::iter(reads).buffered(READS);
    while let Some((queued, device)) = reads.next().await {
        match device {
            Ok(device) => add(&mut prepared, change, &queued, device, status),
            Err(error) if is_of_the_device(&error) => {
                let (code, text) = code_and_text(&error);
                prepared.done.push(failed(queued.position, &code, &text));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(prepared)
}

async fn read(core: &Core, queued: QueuedItem) -> (QueuedItem, Result<Device, HubError>) {
    core.rate_limits.registry.acquire().await;
    let device = core.hub.device(&queued.item.device_id).await;
    (queued, device)
}

/// An item of a device that is created or deleted.
fn plain(kind: ChangeKind, queued: QueuedItem) -> Outgoing {
    let QueuedItem { position, item } = queued;
    let item = if kind == ChangeKind::Create { created(&item) } else { deleted(item.device_id) };
    Outgoing { position, reason_before: None, item }
}

/// Adds a device that was read: to the request, or to those that stay as they are.
fn add(
    prepared: &mut Prepared,
    change: &RegistryChange,
    queued: &QueuedItem,
    device: Device,
    status: DeviceStatus,
) {
    if device.status == status {
        prepared.done.push(end(queued.position, ChangeState::Unchanged, None, None));
        return;
    }
    let reason_before = device.status_reason.clone().filter(|reason| !reason.is_empty());
    let reason = queued.item.content.status_reason.clone().or_else(|| change.status_reason.clone());
    let item = with_status(device, status, reason);
    prepared.items.push(Outgoing { position: queued.position, reason_before, item });
}

/// Marks devices, sends them in one request, and records what became of them; false if the hub did not take it.
async fn send(core: &Core, change_id: u64, items: Vec<Outgoing>) -> Result<bool, ConsoleError> {
    let positions: Vec<i64> = items.iter().map(|item| item.position).collect();
    core.rate_limits.registry.acquire().await;
    let begun: HashSet<i64> =
        core.store.begin_registry_items(change_id, &positions).await?.into_iter().collect();
    let items: Vec<_> = items.into_iter().filter(|item| begun.contains(&item.position)).collect();
    if items.is_empty() {
        return Ok(true);
    }
    let positions: Vec<i64> = items.iter().map(|item| item.position).collect();
    let (sent, request): (Vec<_>, Vec<_>) = items
        .into_iter()
        .map(|item| ((item.position, item.item.id.clone(), item.reason_before), item.item))
        .unzip();
    match core.hub.bulk(&request).await {
        Ok(result) => {
            core.store.end_registry_items(change_id, &ends(sent, &result), now()).await?;
            core.store.note_registry_change(change_id, None).await?;
            Ok(true)
        }
        Err(error) if is_outcome_unknown(&error) => {
            let text = error.message();
            let lost = |position: &i64| {
                end(*position, ChangeState::Interrupted, Some("AnswerLost"), Some(text.as_str()))
            };
            let ends: Vec<_> = positions.iter().map(lost).collect();
            core.store.end_registry_items(change_id, &ends, now()).await?;
            wait(core, change_id, &error.into()).await
        }
        Err(error) if matches!(error.kind, ErrorKind::Throttled { .. } | ErrorKind::Unauthorized) => {
            core.store.requeue_registry_items(change_id, &positions).await?;
            wait(core, change_id, &error.into()).await
        }
        Err(error) => {
            let (code, text) = code_and_text(&error);
            let ends: Vec<_> = positions.iter().map(|position| failed(*position, &code, &text)).collect();
            core.store.end_registry_items(change_id, &ends, now()).await?;
            Ok(true)
        }
    }
}

/// Notes what a change waits for.
async fn wait(core: &Core, change_id: u64, error: &ConsoleError) -> Result<bool, ConsoleError> {
    let problem = error.problem("");
    debug!(change_id, %error, "a registry change waits for the hub");
    let note = format!("{}. {} It goes on by itself.", problem.title, problem.detail);
    core.store.note_registry_change(change_id, Some(&note)).await?;
    Ok(false)
}

/// Whether an error is about the device rather than the hub.
const fn is_of_the_device(error: &HubError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotFound { .. } | ErrorKind::Refused | ErrorKind::Invalid | ErrorKind::PreconditionFailed
    )
}

fn code_and_text(error: &HubError) -> (String, String) {
    let named = error.answer.as_ref().and_then(|answer| answer.name.clone());
    let code = named.or_else(|| error.error_code().map(|code| code.name().to_owned()));
    (code.unwrap_or_else(|| "Refused".to_owned()), error.message())
}

/// Why the person who began a change has lost the right to it, a sentence; `None` while the right is there.
async fn lost_right(core: &Core, change: &RegistryChange) -> Result<Option<String>, ConsoleError> {
    let Some(creator) = &change.created_by else { return Ok(None) };
    let name = &creator.name;
    let Some(person) = core.store.active_person(&creator.user_id).await? else {
        return Ok(Some(format!("The account of {name}, who began the change, is not active any more.")));
    };
    let actor = Actor::Person(person);
    if let Err(missing) = permit(&actor, Action::DeviceWrite, Subject::Any) {
        let action = missing.action;
        return Ok(Some(format!(
            "{name}, who began the change, does not have the permission {action} any more."
        )));
    }
    Ok(match actor.scope() {
        Some(scope) if change.scope.as_deref() != Some(scope) => Some(format!(
            "The scope of {name}, who began the change, is {scope} now. Begin the change again."
        )),
        _ => None,
    })
}
