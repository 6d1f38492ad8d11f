//! Two runs of a job: which devices changed their outcome.

use hub_wire::{DeviceId, ModuleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    job::JobSummary,
    outcome::{Outcome, Outcomes},
};

/// Where a device is in one of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It did not answer in time.
    TimedOut,
    /// It was not connected.
    NotOnline,
    /// The hub stopped while the call was under way.
    Interrupted,
    /// It was cancelled before it was sent.
    Cancelled,
    /// It was sent and has not answered.
    InFlight,
    /// It waits to be sent.
    Queued,
    /// The run does not have the device.
    Absent,
}

impl Place {
    /// All of them, in the order of a progress bar; devices that the run does not have come last.
    pub const ALL: [Self; 9] = [
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::NotOnline,
        Self::Interrupted,
        Self::Cancelled,
        Self::InFlight,
        Self::Queued,
        Self::Absent,
    ];

    /// The outcome; `None` where the run does not have the device.
    pub const fn outcome(self) -> Option<Outcome> {
        Some(match self {
            Self::Succeeded => Outcome::Succeeded,
            Self::Failed => Outcome::Failed,
            Self::TimedOut => Outcome::TimedOut,
            Self::NotOnline => Outcome::NotOnline,
            Self::Interrupted => Outcome::Interrupted,
            Self::Cancelled => Outcome::Cancelled,
            Self::InFlight => Outcome::InFlight,
            Self::Queued => Outcome::Queued,
            Self::Absent => return None,
        })
    }

    /// The word on the wire and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self.outcome() {
            Some(outcome) => outcome.as_str(),
            None => "absent",
        }
    }

    /// By the word on the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == word)
    }
}

impl From<Option<Outcome>> for Place {
    fn from(outcome: Option<Outcome>) -> Self {
        Self::ALL.into_iter().find(|place| place.outcome() == outcome).unwrap_or(Self::Absent)
    }
}

/// Which devices of two runs: the query of `GET /api/v1/jobs/{id}/compare`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareFilter {
    /// The earlier run. When absent, the job whose devices this one ran again, or else the last completed run before it with
    /// the same action and condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Only devices that were here in the earlier run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub from: Option<Place>,
    /// Only devices that are here in this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub to: Option<Place>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most devices, 1 to 500; 50 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 500>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// One of two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The job.
    pub job_id: String,
    /// Its name.
    pub name: String,
    /// When it was created, or is to start, or has started.
    pub start_time: Timestamp,
    /// Whether every device of it has ended.
    pub has_ended: bool,
    /// Its devices by state.
    pub outcomes: Outcomes,
}

impl Run {
    /// The run of a job.
    pub fn of(job: &JobSummary) -> Self {
        Self {
            job_id: job.job_id.clone(),
            name: job.name.clone(),
            start_time: job.start_time.unwrap_or(job.created_time),
            has_ended: job.status.is_terminal(),
            outcomes: job.outcomes,
        }
    }
}

/// How many devices went from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Where they were in the earlier run.
    pub from: Place,
    /// Where they are in this run.
    pub to: Place,
    /// How many devices.
    pub devices: u64,
}

/// A device in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ComparedDevice {
    /// The device.
    pub device_id: DeviceId,
    /// The module, for a job on modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Where it was in the earlier run.
    pub from: Place,
    /// Where it is in this run.
    pub to: Place,
}

/// `GET /api/v1/jobs/{id}/compare`: two runs, read at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The earlier run.
    pub before: Run,
    /// This run.
    pub after: Run,
    /// Devices by where they were and where they are, without those that are 0. Waiting devices that the hub has counted and
    /// not listed yet are in none.
    pub transitions: Vec<Transition>,
    /// The devices that the filter selects, by id. Without `from` and `to`: those of both runs whose state is another one
    /// now.
    pub items: Vec<ComparedDevice>,
    /// Pass as `cursor` for the next page; null on the last one.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub next_cursor: Option<String>,
}

impl Comparison {
    /// Devices of both runs whose state is another one now.
    pub fn changed(&self) -> u64 {
        self.sum(|one| one.from != one.to && one.from != Place::Absent && one.to != Place::Absent)
    }

    /// Devices of both runs whose state is the same.
    pub fn same(&self) -> u64 {
        self.sum(|one| one.from == one.to)
    }

    /// Devices of the earlier run that this one does not have.
    pub fn only_before(&self) -> u64 {
        self.sum(|one| one.to == Place::Absent)
    }

    /// Devices of this run that the earlier one does not have.
    pub fn only_after(&self) -> u64 {
        self.sum(|one| one.from == Place::Absent)
    }

    /// How many devices went from one state to another.
    pub fn devices(&self, from: Place, to: Place) -> u64 {
        self.sum(|one| (one.from, one.to) == (from, to))
    }

    fn sum(&self, is_counted: impl Fn(&Transition) -> bool) -> u64 {
        self.transitions.iter().filter(|one| is_counted(one)).map(|one| one.devices).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_outcomes() {
        for outcome in Outcome::ALL {
            let place = Place::from(Some(outcome));
            assert_eq!((place.outcome(), place.as_str()), (Some(outcome), outcome.as_str()));
            assert_eq!(serde_json::to_string(&place).unwrap(), format!("\"{}\"", outcome.as_str()));
        }
        assert_eq!(Place::from(None), Place::Absent);
        for place in Place::ALL {
            assert_eq!(Place::from_wire(place.as_str()), Some(place));
        }
        assert_eq!(Place::from_wire("gone"), None);
    }
}
