//! How a job's devices ended over time, beside the typical run: the median of the runs before it that did the same.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use console_wire::curve::{Curve, TypicalCurve};

use crate::{ConsoleError, core::Core, store::Snapshot};

/// The typical run is read again after this time: a run that began before the job may have ended meanwhile.
const TYPICAL_LIFE: Duration = Duration::from_mins(5);

/// The curve of a snapshot.
pub(crate) async fn complete(core: &Core, snapshot: &Snapshot) -> Result<Curve, ConsoleError> {
    let typical = typical(core, &snapshot.job.job_id).await?;
    let ended = &snapshot.ended;
    Ok(Curve {
        bucket_ms: ended.bucket_ms,
        ended: ended.ended.clone(),
        span_ms: ended.span_ms,
        typical: typical.as_ref().clone(),
        limit_per_minute: core.job_pace.as_ref().map(|pace| per_minute(pace.devices_per_second)),
    })
}

/// The typical run for a job. Reading the devices of up to 14 runs takes long, so clients share it.
async fn typical(core: &Core, job_id: &str) -> Result<Arc<Option<TypicalCurve>>, ConsoleError> {
    let slot = core.typical_curves.slot(job_id);
    if let Some(typical) = slot.at_least_and_younger(0, TYPICAL_LIFE) {
        return Ok(typical);
    }
    let _turn = slot.turn.lock().await;
    if let Some(typical) = slot.at_least_and_younger(0, TYPICAL_LIFE) {
        return Ok(typical);
    }
    let begun = Instant::now();
    let runs = core.store.ended_in_runs_before(job_id).await?;
    let typical = Arc::new(TypicalCurve::median(&runs));
    slot.keep(Arc::clone(&typical), 0, begun.elapsed());
    Ok(typical)
}

fn per_minute(per_second: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is a small positive number"
    )]
    let per_minute = (per_second * 60.0).round() as u64;
    per_minute
}
