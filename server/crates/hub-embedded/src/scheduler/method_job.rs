//! A method job: devices are begun in batches, called side by side, and their answers recorded in batches.
//!
//! A device is recorded as running before its call is sent, so whatever happens to this process it is not called
//! twice. How many calls are under way is bounded; a place is free again with the answer, not with its record, so that
//! the store's commits and the devices' answers overlap.

use std::pin::pin;

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Fuse},
    stream::FuturesUnordered,
};
use hub_wire::direct_method::DirectMethodRequest;
use tokio::sync::mpsc;

use super::{Caller, Context, End, persistently};
use crate::{
    domain::{MethodCall, MethodError},
    error::HubError,
    store::{Outcome, RunningJob, Started},
};

/// Most answers recorded in one transaction.
const RECORDED_TOGETHER: usize = 1024;

/// Works through the job's devices, from wherever it stands.
pub(super) async fn run<C: Caller>(
    context: &Context<C>,
    job: &RunningJob,
    request: &DirectMethodRequest,
) -> Result<End, HubError> {
    // Made ready once: every device gets the same bytes.
    let call = MethodCall::from(request);
    let (outcomes, recorded) = mpsc::channel(RECORDED_TOGETHER);
    let (called, recorded) =
        tokio::join!(call_all(context, job, &call, outcomes), record(context, job, recorded));
    recorded?;
    called
}

/// Records outcomes until no more come.
async fn record<C: Caller>(
    context: &Context<C>,
    job: &RunningJob,
    mut outcomes: mpsc::Receiver<Outcome>,
) -> Result<(), HubError> {
    let mut batch = Vec::with_capacity(RECORDED_TOGETHER);
    while outcomes.recv_many(&mut batch, RECORDED_TOGETHER).await > 0 {
        persistently(&context.stop, || context.store.finish_device_jobs(&job.job_id, batch.clone())).await?;
        batch.clear();
    }
    Ok(())
}

/// Calls every device that has not been begun, until the window ends or the hub stops.
async fn call_all<C: Caller>(
    context: &Context<C>,
    job: &RunningJob,
    method: &MethodCall,
    outcomes: mpsc::Sender<Outcome>,
) -> Result<End, HubError> {
    let most = context.settings.calls_in_flight.max(1);
    let mut window = context.clock.sleep_until(job.deadline).fuse();
    let mut stop = pin!(context.stop.cancelled().fuse());
    let mut grace = pin!(grace(context).fuse());
    let mut calls = FuturesUnordered::new();
    // Never dropped half-way: what it begins is recorded as running, so it has to be called.
    let mut beginning: Fuse<BoxFuture<'_, Result<Option<Vec<Started>>, HubError>>> = Fuse::terminated();
    let mut is_beginning = false;
    let mut more = true;

    while more || is_beginning || !calls.is_empty() {
        let room = most.saturating_sub(u32::try_from(calls.len()).unwrap_or(u32::MAX));
        // A few free places are not worth a transaction.
        if more && !is_beginning && (room >= most.div_ceil(16)) {
            beginning = begin(context, job, room.min(context.settings.calls_begun_together)).boxed().fuse();
            is_beginning = true;
        }
        tokio::select! {
            biased;
            () = &mut window => return Ok(End::WindowEnded),
            () = &mut stop => more = false,
            () = &mut grace => return Ok(End::Stopped),
            batch = &mut beginning => {
                is_beginning = false;
                match batch? {
                    None => more = false,
                    Some(batch) => calls.extend(batch.into_iter().map(|device| call(context, device, method))),
                }
            }
            Some(outcome) = calls.next() => {
                // The recorder has given up; it says why.
                if outcomes.send(outcome).await.is_err() {
                    return Ok(End::Stopped);
                }
            }
        }
    }
    Ok(if context.stop.is_cancelled() { End::Stopped } else { End::Done })
}

/// Begins a batch, when the throttle lets it.
async fn begin<C: Caller>(
    context: &Context<C>,
    job: &RunningJob,
    most: u32,
) -> Result<Option<Vec<Started>>, HubError> {
    let most = tokio::select! {
        () = context.stop.cancelled() => return Ok(None),
        most = context.leave(most) => most,
    };
    persistently(&context.stop, || context.store.begin_device_jobs(job, most)).await
}

async fn call<C: Caller>(context: &Context<C>, device: Started, method: &MethodCall) -> Outcome {
    let result = context.caller.call(&device.target, method).await;
    Outcome {
        row: device.row,
        at: context.clock.now(),
        result: result.map_err(MethodError::device_job_error),
    }
}

/// Ends a while after the hub was asked to stop.
async fn grace<C: Caller>(context: &Context<C>) {
    context.stop.cancelled().await;
    tokio::time::sleep(context.settings.stop_grace).await;
}
