//! Creating a job on a list of devices. Its intent holds the whole list before the hub is asked for anything.

use hub_wire::job::{JobRequest, JobStatus};
use tracing::info;

use super::send::{SendResult, part_request, send_part};
use crate::{
    ConsoleError, StoreError,
    clock::now,
    core::Core,
    store::{DeviceList, Insertion, Labels},
    twins_before,
};

/// Writes the job, and puts its first part to the hub. The job's watcher sends the others.
pub(crate) async fn create(
    core: &Core,
    request: &JobRequest,
    labels: &Labels,
    devices: &DeviceList,
) -> Result<(), ConsoleError> {
    let job_id = request.job_id.as_str();
    let since = now();
    let device_count = match core.store.insert_multipart(request, labels, devices, since).await? {
        Insertion::Inserted { devices } => devices,
        Insertion::IdTaken => return Err(ConsoleError::job_id_taken(job_id)),
        Insertion::NoDevices => return Err(no_devices(devices)),
    };
    if let DeviceList::Ids(ids) = devices {
        twins_before::keep_listed(core, request, ids).await;
    }
    let Some(part) = core.store.claim_part(job_id, since).await? else {
        return Err(StoreError::Damaged { column: "part" }.into());
    };
    let Some(part_request) = part_request(core, job_id, &part).await? else {
        core.store.drop_intent(job_id).await?;
        return Err(ConsoleError::Conflict { detail: "The job's time was up before it began.".into() });
    };
    let refusal = match send_part(core, job_id, &part, &part_request).await? {
        SendResult::Accepted => None,
        SendResult::HubBusy => {
            info!(job_id, "the hub runs as many jobs as it may; the job waits here");
            None
        }
        // The intent stays until it is known whether the hub has the part.
        SendResult::Unknown(error) => return Err(error.into()),
        SendResult::IdTaken => Some(ConsoleError::job_id_taken(job_id)),
        SendResult::Refused(error) => Some(error.into()),
    };
    if let Some(refusal) = refusal {
        core.store.drop_intent(job_id).await?;
        return Err(refusal);
    }
    core.store.accept_intent(job_id, JobStatus::Queued).await?;
    info!(job_id, devices = device_count, "job created on a list of devices");
    Ok(())
}

fn no_devices(devices: &DeviceList) -> ConsoleError {
    let detail = match devices {
        DeviceList::Ids(_) => "The list names no device, so there is nothing to run.".to_owned(),
        DeviceList::OfJob { job_id, .. } => {
            format!(
                "No device of the job '{job_id}' is in the state asked for, so there is nothing to run again."
            )
        }
    };
    ConsoleError::Conflict { detail }
}
