//! A method job: devices are begun in batches, called concurrently, and their answers recorded in batches.
//!
//! A device is recorded as running before its call is sent, so it is not called twice even if this process is
//! killed. The number of calls under way is bounded; a call's slot is free again when its answer arrives, not when it is
//! recorded, so that commits and answers overlap.

use std::pin::pin;

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Fuse},
    stream::FuturesUnordered,
};
use hub_wire::{Timestamp, direct_method::DirectMethodRequest};
use tokio::sync::mpsc;

use super::{Context, JobEnd, MethodInvoker, retry_until_stopped};
use crate::{
    domain::MethodCall,
    error::HubError,
    store::{Outcome, RunningJob, Started},
};

/// Most answers recorded in one transaction.
const RECORDED_TOGETHER: usize = 1024;

/// Processes the job's devices, from the first pending one.
pub(super) async fn run<C: MethodInvoker>(
    context: &Context<C>,
    job: &RunningJob,
    window_end: Timestamp,
    request: &DirectMethodRequest,
) -> Result<JobEnd, HubError> {
    // Built once: every device gets the same bytes.
    let call = MethodCall::from(request);
    let (outcomes, recorded) = mpsc::channel(RECORDED_TOGETHER);
    let (called, recorded) =
        tokio::join!(call_all(context, job, window_end, &call, outcomes), record(context, job, recorded));
    recorded?;
    called
}

/// Records outcomes until no more come.
async fn record<C: MethodInvoker>(
    context: &Context<C>,
    job: &RunningJob,
    mut outcomes: mpsc::Receiver<Outcome>,
) -> Result<(), HubError> {
    let mut batch = Vec::with_capacity(RECORDED_TOGETHER);
    while outcomes.recv_many(&mut batch, RECORDED_TOGETHER).await > 0 {
        retry_until_stopped(&context.stop, || context.store.finish_device_jobs(&job.job_id, batch.clone()))
            .await?;
        batch.clear();
    }
    Ok(())
}

/// Calls every device that has not been begun, until the window ends or the hub stops.
async fn call_all<C: MethodInvoker>(
    context: &Context<C>,
    job: &RunningJob,
    window_end: Timestamp,
    method: &MethodCall,
    outcomes: mpsc::Sender<Outcome>,
) -> Result<JobEnd, HubError> {
    let most = context.settings.calls_in_flight.max(1);
    let mut window = context.clock.sleep_until_steady(window_end).fuse();
    let mut stop = pin!(context.stop.cancelled().fuse());
    let mut grace = pin!(grace(context).fuse());
    let mut calls = FuturesUnordered::new();
    // Never dropped half-way: devices it begins are recorded as running, so they have to be called.
    let mut beginning: Fuse<BoxFuture<'_, Result<Option<Vec<Started>>, HubError>>> = Fuse::terminated();
    let mut is_beginning = false;
    let mut more = true;

    while more || is_beginning || !calls.is_empty() {
        let room = most.saturating_sub(u32::try_from(calls.len()).unwrap_or(u32::MAX));
        // A few free slots are not worth a transaction.
        if more && !is_beginning && (room >= most.div_ceil(16)) {
            beginning = begin(context, job, room.min(context.settings.calls_begun_together)).boxed().fuse();
            is_beginning = true;
        }
        tokio::select! {
            biased;
            () = &mut window => return Ok(JobEnd::WindowEnded),
            () = &mut stop => more = false,
            () = &mut grace => return Ok(JobEnd::Stopped),
            batch = &mut beginning => {
                is_beginning = false;
                match batch? {
                    None => more = false,
                    Some(batch) => calls.extend(batch.into_iter().map(|device| call(context, device, method))),
                }
            }
            Some(outcome) = calls.next() => {
                // The recorder has failed; it returns the error.
                if outcomes.send(outcome).await.is_err() {
                    return Ok(JobEnd::Stopped);
                }
            }
        }
    }
    Ok(if context.stop.is_cancelled() { JobEnd::Stopped } else { JobEnd::Done })
}

/// Begins a batch, within the throttle.
async fn begin<C: MethodInvoker>(
    context: &Context<C>,
    job: &RunningJob,
    most: u32,
) -> Result<Option<Vec<Started>>, HubError> {
    let most = tokio::select! {
        () = context.stop.cancelled() => return Ok(None),
        most = context.acquire(most) => most,
    };
    retry_until_stopped(&context.stop, || context.store.begin_device_jobs(job, most)).await
}

async fn call<C: MethodInvoker>(context: &Context<C>, device: Started, method: &MethodCall) -> Outcome {
    let result = context.invoker.call(&device.target, method).await;
    Outcome {
        row: device.row,
        at: context.clock.now(),
        result: result.map_err(|error| error.device_job_error()),
    }
}

/// Completes `stop_grace` after the shutdown signal.
async fn grace<C: MethodInvoker>(context: &Context<C>) {
    context.stop.cancelled().await;
    tokio::time::sleep(context.settings.stop_grace).await;
}
