//! A twin job: writes a chunk of twins at a time, then notifies the chunk's connected devices.

use hub_wire::{Timestamp, twin::TwinPatch};

use super::{Context, JobEnd, MethodInvoker, retry_until_stopped};
use crate::{
    error::HubError,
    store::{Change, Chunk, DesiredPush, RunningJob},
};

/// Processes the job's devices, from the first pending one.
pub(super) async fn run<C: MethodInvoker>(
    context: &Context<C>,
    job: &RunningJob,
    window_end: Timestamp,
    patch: &TwinPatch,
) -> Result<JobEnd, HubError> {
    let change = Change::patch(patch)?;
    loop {
        if context.clock.steady() >= window_end {
            return Ok(JobEnd::WindowEnded);
        }
        let most = tokio::select! {
            () = context.stop.cancelled() => return Ok(JobEnd::Stopped),
            most = context.acquire(context.settings.twins_together) => most,
        };
        let chunk =
            retry_until_stopped(&context.stop, || context.store.patch_next_twins(job, &change, most)).await?;
        let devices = chunk.devices;
        notify(&context.invoker, &change, chunk);
        if devices == 0 {
            return Ok(JobEnd::Done);
        }
    }
}

/// Notifies the subscribed devices of a chunk. Subscriptions are checked after the commit: a device that subscribed before
/// it would miss the change otherwise, and one that subscribes later reads its twin. A crash before this loses
/// notifications only.
fn notify(invoker: &impl MethodInvoker, change: &Change, mut chunk: Chunk) {
    let Some(patch) = &change.desired else { return };
    for (target, version) in chunk.changed {
        if invoker.subscribes_to_desired(&target) {
            let patch = chunk.cleared.remove(&target).unwrap_or_else(|| patch.clone());
            invoker.push_desired(&DesiredPush { target, patch, version });
        }
    }
}
