//! The fleet over the last hours, from the samples.

use console_wire::{
    overview::{History, MAX_HISTORY_HOURS},
    problem::FieldError,
};
use hub_wire::Timestamp;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    store::{Samples, Store, minute, minute_begin},
};

/// Hours by default.
const DEFAULT_HOURS: u32 = 24;
/// Most points.
const POINTS: u32 = 144;

pub(crate) async fn history(core: &Core, hours: Option<u32>) -> Result<History, ConsoleError> {
    let hours = hours.unwrap_or(DEFAULT_HOURS);
    if !(1..=MAX_HISTORY_HOURS).contains(&hours) {
        let message = format!("is {hours}; it must be from 1 to {MAX_HISTORY_HOURS}");
        return Err(FieldError::new("hours", message).into());
    }
    read(&core.store, hours, now()).await
}

async fn read(store: &Store, hours: u32, now: Timestamp) -> Result<History, ConsoleError> {
    let step = (hours * 60).div_ceil(POINTS);
    let to = minute(now) + 1;
    // Points begin at multiples of the step, so that a later one sums up the same minutes.
    let from = (to - i64::from(hours) * 60).div_euclid(step.into()) * i64::from(step);
    let Samples { points, gaps, lowest } = store.samples(from, to, step.into()).await?;
    Ok(History { from: minute_begin(from), to: minute_begin(to), step_minutes: step, points, gaps, lowest })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The history as of a time.
    pub(in crate::overview) async fn at(store: &Store, hours: u32, now: Timestamp) -> History {
        read(store, hours, now).await.unwrap()
    }
}
