//! A job as a page shows it: counts, causes, landing map and rows of one instant.
//!
//! Reading the map of a large job takes long, so clients share snapshots: while a job changes, the next one is read after
//! a rest, by one client, and the others wait for it. Rows differ from client to client; those that are newer than a
//! shared snapshot are left out, since they would not agree with its counts.

use std::{sync::Arc, time::Instant};

use console_wire::{
    cause::Cause,
    curve::Curve,
    job::{JobSummary, ResultFilter},
    landing::Landing,
    outcome::DeviceResult,
    rollout::Rollout,
};

use crate::{
    ConsoleError,
    core::{Core, Slot},
    curve, results,
    results_summary::landing_map,
    store::{Snapshot, Window},
};

/// A job and its devices at one instant. All numbers agree.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSnapshot {
    /// The job.
    pub job: JobSummary,
    /// Causes of failure, the most frequent first.
    pub causes: Vec<Cause>,
    /// The landing map.
    pub landing: Landing,
    /// How its devices ended over time, beside the typical run.
    pub curve: Curve,
    /// Its rollout, for a job in waves.
    pub rollout: Option<Arc<Rollout>>,
    /// The rows, if some were asked for; `None` also where they would not agree with the counts.
    pub rows: Option<ResultRows>,
}

/// A window of a job's results.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRows {
    /// The rows.
    pub items: Vec<DeviceResult>,
    /// Results in the whole view.
    pub total: u64,
}

/// Which rows are read with a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsWanted {
    /// The view and the window of it.
    pub filter: ResultFilter,
    /// Whether the client waits for them: it has none of this view yet.
    pub is_required: bool,
}

pub(crate) async fn snapshot(
    core: &Core,
    job_id: &str,
    rows: Option<RowsWanted>,
) -> Result<JobSnapshot, ConsoleError> {
    if let Some(rows) = &rows {
        results::check_text(&rows.filter)?;
    }
    let newest = core.store.job_sequence(job_id).await?;
    let newest = newest.ok_or_else(|| ConsoleError::job_not_found(job_id))?;
    let slot = core.snapshots.slot(job_id);
    if let Some(snapshot) = shared(core, &slot, newest, rows.as_ref()).await? {
        return Ok(snapshot);
    }
    if rows.as_ref().is_some_and(|rows| rows.is_required) {
        return read(core, job_id, &slot, rows.as_ref()).await;
    }
    let _turn = slot.turn.lock().await;
    if let Some(snapshot) = shared(core, &slot, newest, rows.as_ref()).await? {
        return Ok(snapshot);
    }
    tokio::time::sleep(slot.rest()).await;
    read(core, job_id, &slot, rows.as_ref()).await
}

/// The snapshot that another client has read, if it is new enough, with this client's rows.
async fn shared(
    core: &Core,
    slot: &Slot<Arc<Snapshot>>,
    newest: u64,
    rows: Option<&RowsWanted>,
) -> Result<Option<JobSnapshot>, ConsoleError> {
    let Some(snapshot) = slot.at_least(newest) else { return Ok(None) };
    let Some(wanted) = rows else { return complete(core, &snapshot, None).await.map(Some) };
    let window = core.store.results_window(&snapshot.job.job_id, &wanted.filter).await?;
    let window = window.filter(|window| window.sequence == snapshot.job.sequence);
    if window.is_none() && wanted.is_required {
        return Ok(None);
    }
    complete(core, &snapshot, window).await.map(Some)
}

async fn read(
    core: &Core,
    job_id: &str,
    slot: &Slot<Arc<Snapshot>>,
    rows: Option<&RowsWanted>,
) -> Result<JobSnapshot, ConsoleError> {
    let begun = Instant::now();
    let read = core.store.snapshot(job_id, rows.map(|rows| &rows.filter)).await?;
    let (snapshot, window) = read.ok_or_else(|| ConsoleError::job_not_found(job_id))?;
    let snapshot = Arc::new(snapshot);
    slot.keep(Arc::clone(&snapshot), snapshot.job.sequence, begun.elapsed());
    complete(core, &snapshot, window).await
}

/// Adds what is not in the store's rows.
async fn complete(
    core: &Core,
    snapshot: &Snapshot,
    window: Option<Window>,
) -> Result<JobSnapshot, ConsoleError> {
    let mut job = snapshot.job.clone();
    core.enrich(std::slice::from_mut(&mut job)).await?;
    Ok(JobSnapshot {
        causes: snapshot.causes.clone(),
        landing: landing_map(snapshot),
        curve: curve::complete(core, snapshot).await?,
        rollout: snapshot.rollout.clone(),
        rows: window.map(|window| ResultRows { items: window.items, total: window.total }),
        job,
    })
}
