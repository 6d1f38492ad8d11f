//! A twin before and after a job. Just before a twin job that starts now is put to the hub, the values that it names are read
//! and kept, of at most so many devices that this takes a moment. Of a larger job, of one that starts later, of a rerun, and of one that
//! was created elsewhere, nothing is known from before, and that is what is said.

use std::time::Duration;

use console_wire::{
    compare::{TwinChange, TwinSection, changed},
    hub::HubKind,
};
use futures::{StreamExt, TryStreamExt};
use hub_wire::{
    DeviceId,
    job::JobRequest,
    twin::{Object, Twin, TwinPatch},
};
use serde_json::Value;
use tokio::time::timeout;
use tracing::warn;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    device_calls::patched_values,
    devices, jobs,
    target::{Target, chunks, listed, room_for_ids},
};

/// How long reading may delay a job.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of JSON that are kept of a device.
const MAX_KEPT: usize = 8 * 1024;
/// Devices in a page of the hub.
const PAGE: u32 = 100;

/// Most devices whose values are read: a real hub gives a page of 100 for a query, of which it allows few.
const fn most_devices(kind: HubKind) -> u64 {
    match kind {
        HubKind::Embedded => 1_000,
        HubKind::Remote => 100,
    }
}

/// Keeps the values of the devices that a job on a condition is about to change.
pub(crate) async fn keep(core: &Core, request: &JobRequest, devices: u64) {
    keep_of(core, request, devices, vec![request.query_condition.clone()]).await;
}

/// The same for a job on a list.
pub(crate) async fn keep_listed(core: &Core, request: &JobRequest, ids: &[DeviceId]) {
    let devices = ids.len() as u64;
    if devices <= most_devices(core.rate_profile) {
        let lists = chunks(ids.iter().map(ToString::to_string).collect(), room_for_ids(None));
        keep_of(core, request, devices, lists.iter().map(|ids| listed(ids, None)).collect()).await;
    }
}

/// A job runs although this fails: then there is nothing to compare with.
async fn keep_of(core: &Core, request: &JobRequest, devices: u64, conditions: Vec<String>) {
    let Some(patch) = &request.update_twin else { return };
    let starts_later = request.start_time.is_some_and(|start| start > now());
    if starts_later || devices > most_devices(core.rate_profile) {
        return;
    }
    let job_id = request.job_id.as_str();
    let kept = timeout(PATIENCE, read_and_keep(core, job_id, patch, conditions)).await;
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            warn!(job_id, error, "the values before a job are not kept");
        }
        Err(_) => warn!(job_id, "the values before a job are not kept: reading them took too long"),
    }
}

async fn read_and_keep(
    core: &Core,
    job_id: &str,
    patch: &TwinPatch,
    conditions: Vec<String>,
) -> Result<(), ConsoleError> {
    let most = usize::try_from(most_devices(core.rate_profile)).unwrap_or(usize::MAX);
    for condition in conditions {
        let read = now();
        let twins: Vec<Twin> =
            Box::pin(core.hub.query(&Target::of(&condition).all(), PAGE)).take(most).try_collect().await?;
        // A job over modules changes other twins than those of the devices.
        let of_devices = twins.into_iter().filter(|twin| twin.module_id.is_none());
        let kept: Vec<_> = of_devices
            .map(|twin| (patched_values(&twin, patch), twin.device_id))
            .filter(|(values, _)| values.to_string().len() <= MAX_KEPT)
            .map(|(values, device_id)| (device_id, values))
            .collect();
        core.store.insert_twins_before(job_id, &kept, read).await?;
    }
    Ok(())
}

/// What a twin job changed on a device: before, as the job set it, and now.
pub(crate) async fn twin_change(
    core: &Core,
    job_id: &str,
    device_id: &DeviceId,
) -> Result<TwinChange, ConsoleError> {
    let job = jobs::job(core, job_id).await?;
    let Some(patch) = &job.update_twin else {
        let detail = format!("The job '{job_id}' calls a method; it changes no twin.");
        return Err(ConsoleError::Conflict { detail });
    };
    let before = core.store.twin_before(job_id, device_id).await?;
    let twin = devices::device(core, device_id).await?;
    let now_named = patched_values(&twin, patch);
    let mut values = Vec::new();
    for (section, change) in
        [(TwinSection::Tags, patch.tags.as_ref()), (TwinSection::Desired, patch.desired())]
    {
        let part =
            |all: &Value| all.get(section.as_str()).and_then(Value::as_object).cloned().unwrap_or_default();
        let before = before.as_ref().map(|(values, _)| part(values));
        let is_cleared = match section {
            TwinSection::Tags => patch.clear_tags,
            _ => patch.clear_desired,
        };
        let empty = Object::new();
        values.extend(changed(
            section,
            before.as_ref(),
            change.unwrap_or(&empty),
            is_cleared,
            &part(&now_named),
        ));
    }
    Ok(TwinChange {
        job_id: job.job_id.clone(),
        device_id: device_id.clone(),
        read_time_utc: before.map(|(_, read)| read),
        values,
        as_of: now(),
    })
}
