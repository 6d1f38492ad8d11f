//! The wall: what a screen without controls shows. A screen gets it from the pages' server function, and as events
//! [`WALL`](crate::event::WALL) of its stream.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    hub::HubInfo,
    job::{JobCounts, JobSummary},
    overview::{Fleet, OutcomeSum},
};

/// The wall's data. Its figures are those of the overview, of one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WallView {
    /// The store's sequence number at that instant.
    pub sequence: u64,
    /// That instant.
    pub as_of: Timestamp,
    /// The hub.
    pub hub: HubInfo,
    /// Its devices, as the overview counts them.
    pub fleet: Fleet,
    /// How many jobs there are.
    pub counts: JobCounts,
    /// Devices of running jobs that have not ended.
    pub devices_to_go: u64,
    /// Jobs of the last 24 hours.
    pub last_day: OutcomeSum,
    /// Jobs that run, the longest first; as many as fit.
    pub running: Vec<JobSummary>,
    /// Jobs that ended, the newest first.
    pub finished: Vec<JobSummary>,
    /// Which build of the server this is: a page of another one loads itself anew.
    pub build: String,
}
