//! A twin job: chunk by chunk, then the connected devices of each chunk are told.

use hub_wire::twin::TwinPatch;

use super::{Caller, Context, End, persistently};
use crate::{
    error::HubError,
    store::{Change, RunningJob},
};

/// Works through the job's devices, from wherever it stands.
pub(super) async fn run<C: Caller>(
    context: &Context<C>,
    job: &RunningJob,
    patch: &TwinPatch,
) -> Result<End, HubError> {
    let change = Change::patch(patch)?;
    loop {
        if context.clock.now() >= job.deadline {
            return Ok(End::WindowEnded);
        }
        let most = tokio::select! {
            () = context.stop.cancelled() => return Ok(End::Stopped),
            most = context.leave(context.settings.twins_together) => most,
        };
        let chunk =
            persistently(&context.stop, || context.store.patch_next_twins(job, &change, most)).await?;
        // A crash before this loses pushes only: a device reads its twin when it connects again.
        for push in &chunk.pushes {
            context.caller.push_desired(push);
        }
        if chunk.devices == 0 {
            return Ok(End::Done);
        }
    }
}
