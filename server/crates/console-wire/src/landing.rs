//! The landing map: every device of a job in the order it was sent, as a chart of at most [`MAX_CELLS`] cells.

use hub_wire::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::outcome::{Outcome, Outcomes};

/// Most cells of a map. A job of no more devices has a cell for each.
pub const MAX_CELLS: u32 = 1900;

/// `GET /api/v1/jobs/{id}/landing`. Devices that were sent come first, in the order in which they were, then those that
/// were not, by device id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Landing {
    /// All devices.
    pub device_count: u64,
    /// Devices in a cell; the last cell may hold fewer.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub per_cell: u64,
    /// One letter a cell: queued `q`, in flight `r`, succeeded `s`, failed `f`, timed out `t`, not online `o`, interrupted
    /// `i`, cancelled `c`. A cell of several devices shows the worst that matters: failed when any failed, else timed out,
    /// not online or interrupted when one in ten did, else what most of them are.
    #[cfg_attr(feature = "openapi", schema(max_length = 1900))]
    pub cells: String,
    /// The job's sequence number when this was read: the same number means the same map.
    pub sequence: u64,
    /// When it was read.
    pub as_of: Timestamp,
}

impl Landing {
    /// The cells' outcomes, in order.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.cells.chars().filter_map(from_letter)
    }
}

/// The letter of an outcome in a map.
pub const fn letter(outcome: Outcome) -> char {
    match outcome {
        Outcome::Queued => 'q',
        Outcome::InFlight => 'r',
        Outcome::Succeeded => 's',
        Outcome::Failed => 'f',
        Outcome::TimedOut => 't',
        Outcome::NotOnline => 'o',
        Outcome::Interrupted => 'i',
        Outcome::Cancelled => 'c',
    }
}

/// The outcome of a letter.
pub fn from_letter(character: char) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| letter(*outcome) == character)
}

/// What a cell of several devices shows.
pub fn dominant_outcome(outcomes: &Outcomes) -> Outcome {
    if outcomes.failed > 0 {
        return Outcome::Failed;
    }
    let trouble = [Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted];
    let in_trouble: u64 = trouble.iter().map(|outcome| outcomes.get(*outcome)).sum();
    let most = |among: &[Outcome]| {
        // The first of equals, in the order given.
        among.iter().rev().copied().max_by_key(|outcome| outcomes.get(*outcome)).unwrap_or(Outcome::Queued)
    };
    if in_trouble > 0 && in_trouble * 10 >= outcomes.total() {
        return most(&trouble);
    }
    most(&[Outcome::Succeeded, Outcome::Cancelled, Outcome::InFlight, Outcome::Queued])
}

/// `GET /api/v1/jobs/{id}/landing/{cell}`: the devices of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LandingCell {
    /// Its place, from 0.
    pub cell: u32,
    /// Its devices by state.
    pub outcomes: Outcomes,
    /// The device that was sent first.
    pub first: DeviceId,
    /// The device that was sent last; the same one where a cell is a device.
    pub last: DeviceId,
    /// When the first of them was sent; absent while none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_from: Option<Timestamp>,
    /// When the last of them was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_outcomes() {
        for outcome in Outcome::ALL {
            assert_eq!(from_letter(letter(outcome)), Some(outcome));
        }
        assert_eq!(from_letter('x'), None);
    }

    #[test]
    fn a_cell_shows_its_dominant_outcome() {
        use Outcome::{Cancelled, Failed, InFlight, Interrupted, NotOnline, Queued, Succeeded, TimedOut};
        for (counts, expected) in [
            (vec![(Succeeded, 99), (Failed, 1)], Failed),
            (vec![(Succeeded, 91), (TimedOut, 9)], Succeeded),
            (vec![(Succeeded, 90), (TimedOut, 10)], TimedOut),
            (vec![(Succeeded, 90), (TimedOut, 4), (NotOnline, 6)], NotOnline),
            (vec![(Interrupted, 1)], Interrupted),
            (vec![(Succeeded, 5), (Queued, 5)], Succeeded),
            (vec![(InFlight, 3), (Queued, 7)], Queued),
            (vec![(Cancelled, 1)], Cancelled),
        ] {
            let mut outcomes = Outcomes::default();
            for (outcome, count) in &counts {
                *outcomes.get_mut(*outcome) = *count;
            }
            assert_eq!(dominant_outcome(&outcomes), expected, "{counts:?}");
        }
    }
}
