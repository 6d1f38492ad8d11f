//! A job's results summed up: causes of failure, the landing map, how long devices took.

use console_wire::{
    cause::Causes,
    landing::{self, Landing, LandingCell},
    latency::Distribution,
    outcome::Outcomes,
};

use crate::{ConsoleError, clock::now, core::Core, jobs, latency, store::Snapshot};

pub(crate) async fn causes(core: &Core, job_id: &str) -> Result<Causes, ConsoleError> {
    let items = core.store.causes(job_id).await?;
    if items.is_empty() && !core.store.has_job(job_id).await? {
        return Err(ConsoleError::job_not_found(job_id));
    }
    Ok(Causes { items })
}

pub(crate) async fn landing_cell(core: &Core, job_id: &str, cell: u32) -> Result<LandingCell, ConsoleError> {
    let devices = core.store.landing_cell(job_id, cell).await?;
    let (Some((first, ..)), Some((last, ..))) = (devices.first(), devices.last()) else {
        jobs::job(core, job_id).await?;
        return Err(ConsoleError::NotFound { what: "cell", id: cell.to_string() });
    };
    let mut outcomes = Outcomes::default();
    for (_, outcome, _) in &devices {
        *outcomes.get_mut(*outcome) += 1;
    }
    let sent = || devices.iter().filter_map(|(.., sent)| *sent);
    Ok(LandingCell {
        cell,
        outcomes,
        first: first.clone(),
        last: last.clone(),
        sent_from: sent().min(),
        sent_until: sent().max(),
    })
}

pub(crate) async fn distribution(core: &Core, job_id: &str) -> Result<Option<Distribution>, ConsoleError> {
    let spans = core.store.round_trips(job_id).await?;
    if spans.is_empty() {
        jobs::job(core, job_id).await?;
    }
    Ok(latency::distribution(spans))
}

/// The map of a snapshot. Waiting devices without a row come last: they were not sent.
pub(crate) fn landing_map(snapshot: &Snapshot) -> Landing {
    let Snapshot { job, per_cell, .. } = snapshot;
    let device_count = job.outcomes.total();
    let mut cells = vec![Outcomes::default(); usize::try_from(device_count.div_ceil(*per_cell)).unwrap_or(0)];
    for row in &snapshot.landing {
        if let Some(cell) = usize::try_from(row.cell).ok().and_then(|cell| cells.get_mut(cell)) {
            *cell.get_mut(row.outcome) += row.devices;
        }
    }
    let fetched: u64 = snapshot.landing.iter().map(|row| row.devices).sum();
    let mut unfetched = device_count.saturating_sub(fetched);
    for cell in &mut cells {
        let here = per_cell.saturating_sub(cell.total()).min(unfetched);
        cell.queued += here;
        unfetched -= here;
    }
    Landing {
        device_count,
        per_cell: *per_cell,
        cells: cells.iter().map(|cell| landing::letter(landing::dominant_outcome(cell))).collect(),
        sequence: job.sequence,
        as_of: now(),
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcome;

    use super::*;
    use crate::store::{EndedOverTime, LandingRow};

    #[test]
    fn a_map_from_counts() {
        let row = |cell, outcome, devices| LandingRow { cell, outcome, devices };
        let outcomes =
            |succeeded, failed, queued| Outcomes { succeeded, failed, queued, ..Outcomes::default() };
        for (rows, outcomes, per_cell, cells) in [
            (
                vec![
                    row(0, Outcome::Succeeded, 10),
                    row(1, Outcome::Failed, 1),
                    row(1, Outcome::Succeeded, 9),
                    row(2, Outcome::Queued, 3),
                ],
                outcomes(19, 1, 3),
                10,
                "sfq",
            ),
            (vec![row(0, Outcome::Succeeded, 2)], outcomes(2, 0, 4), 2, "sqq"),
            (vec![row(0, Outcome::Failed, 1)], outcomes(0, 1, 5), 2, "fqq"),
            (Vec::new(), Outcomes::default(), 1, ""),
        ] {
            let job = serde_json::json!({
                "jobId": "a", "type": "scheduleDeviceMethod", "status": "running", "queryCondition": "*",
                "createdTime": "2026-09-17T18:00:00Z", "deviceJobStatistics": {"deviceCount": 0,
                "failedCount": 0, "succeededCount": 0, "runningCount": 0, "pendingCount": 0},
                "outcomes": outcomes, "origin": "console", "sequence": 7, "asOf": "2026-09-17T18:00:00Z",
            });
            let job = serde_json::from_value(job).unwrap();
            let ended = EndedOverTime { bucket_ms: 100, ended: vec![0], span_ms: 0 };
            let snapshot =
                Snapshot { job, causes: Vec::new(), landing: rows, per_cell, ended, rollout: None };
            let map = landing_map(&snapshot);
            assert_eq!((map.cells.as_str(), map.device_count, map.sequence), (cells, outcomes.total(), 7));
        }
    }
}
