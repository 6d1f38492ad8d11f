//! A job as a picture: its causes, its landing map, how long its devices took.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use console_wire::{
    cause::Causes,
    landing::{self, Landing, LandingCell},
    latency::Distribution,
    outcome::Outcomes,
};

use crate::{Console, ConsoleError, console::now, create::not_found, latency, store::LandingRow};

/// Maps kept, so that a thousand open pages cost as much as one.
const KEPT: usize = 64;
/// A map is made again after this many times what making it took: a large one takes at most a tenth of a core.
const REST: u32 = 10;

/// The newest landing map of each job that somebody looks at.
#[derive(Debug, Default)]
pub(crate) struct LandingMaps(Mutex<HashMap<String, Made>>);

#[derive(Debug, Clone)]
struct Made {
    map: Landing,
    at: Instant,
    took: Duration,
}

impl LandingMaps {
    /// A map that is as new as the job, or was made a moment ago.
    fn get(&self, job_id: &str, sequence: u64) -> Option<Landing> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = all.get(job_id)?;
        (made.map.sequence >= sequence || made.at.elapsed() < made.took * REST).then(|| made.map.clone())
    }

    fn keep(&self, job_id: &str, made: Made) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(job_id) {
            let oldest = all.iter().min_by_key(|(_, made)| made.at).map(|(job_id, _)| job_id.clone());
            oldest.and_then(|job_id| all.remove(&job_id));
        }
        all.insert(job_id.to_owned(), made);
    }
}

impl Console {
    /// Why devices of a job failed, the most frequent cause first; at most a thousand causes.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn causes(&self, job_id: &str) -> Result<Causes, ConsoleError> {
        let items = self.core.store.causes(job_id).await?;
        if items.is_empty() && !self.core.store.has_job(job_id).await? {
            return Err(not_found(job_id));
        }
        Ok(Causes { items })
    }

    /// The landing map of a job.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn landing(&self, job_id: &str) -> Result<Landing, ConsoleError> {
        let sequence = self.job(job_id).await?.sequence;
        if let Some(map) = self.core.landing_maps.get(job_id, sequence) {
            return Ok(map);
        }
        let at = Instant::now();
        let rows = self.core.store.landing(job_id).await?;
        let map = draw(&rows, sequence);
        self.core.landing_maps.keep(job_id, Made { map: map.clone(), at, took: at.elapsed() });
        Ok(map)
    }

    /// One cell of the landing map, named.
    ///
    /// # Errors
    /// `NotFound` for the job, and for a cell that the map does not have.
    pub async fn landing_cell(&self, job_id: &str, cell: u32) -> Result<LandingCell, ConsoleError> {
        let devices = self.core.store.landing_cell(job_id, cell).await?;
        let (Some((first, ..)), Some((last, ..))) = (devices.first(), devices.last()) else {
            self.job(job_id).await?;
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

    /// How long the devices of a job took; none while none has answered.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn distribution(&self, job_id: &str) -> Result<Option<Distribution>, ConsoleError> {
        let spans = self.core.store.round_trips(job_id).await?;
        if spans.is_empty() {
            self.job(job_id).await?;
        }
        Ok(latency::distribution(spans))
    }
}

fn draw(rows: &[LandingRow], sequence: u64) -> Landing {
    let mut cells = String::new();
    let mut device_count = 0;
    for of_cell in rows.chunk_by(|one, other| one.cell == other.cell) {
        let mut outcomes = Outcomes::default();
        for row in of_cell {
            *outcomes.get_mut(row.outcome) += row.devices;
        }
        device_count += outcomes.total();
        cells.push(landing::mark(landing::shown(&outcomes)));
    }
    let per_cell = rows.first().map_or(1, |row| row.per_cell);
    Landing { device_count, per_cell, cells, sequence, as_of: now() }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcome;

    use super::*;

    #[test]
    fn a_map_from_counts() {
        let row = |cell, outcome, devices| LandingRow { cell, per_cell: 10, outcome, devices };
        let map = draw(
            &[
                row(0, Outcome::Succeeded, 10),
                row(1, Outcome::Failed, 1),
                row(1, Outcome::Succeeded, 9),
                row(2, Outcome::Queued, 3),
            ],
            7,
        );
        assert_eq!((map.cells.as_str(), map.device_count, map.per_cell, map.sequence), ("sfq", 23, 10, 7));
        assert_eq!(draw(&[], 1).per_cell, 1);
    }

    #[test]
    fn maps_are_kept_until_they_are_old() {
        let maps = LandingMaps::default();
        let made = |sequence, took| Made { map: draw(&[], sequence), at: Instant::now(), took };
        maps.keep("a", made(5, Duration::ZERO));
        assert!(maps.get("a", 5).is_some() && maps.get("a", 6).is_none() && maps.get("b", 1).is_none());
        // One that took a minute is good for ten.
        maps.keep("a", made(5, Duration::from_mins(1)));
        assert!(maps.get("a", 6).is_some());
        for number in 0..2 * KEPT {
            maps.keep(&number.to_string(), made(1, Duration::ZERO));
        }
        assert_eq!(maps.0.lock().unwrap().len(), KEPT);
    }
}
