//! Rollouts: their state, their devices, what was decided, and approvals.
//!
//! A step costs a row: the state is kept as a copy and the steps since then, which make the same state again. The copy is made anew
//! now and then, since it is as large as the rollout has devices.
//!
//! Reading order: `insert`, `read`, `write`, `edit`, `devices`, `hub_jobs`, `approvals`.

mod approvals;
mod devices;
mod edit;
mod hub_jobs;
mod insert;
mod read;
mod write;

pub(super) use self::read::read_rollout;
pub(crate) use self::{
    devices::RolloutDevice,
    edit::RolloutEdit,
    hub_jobs::{CalledDevice, NewPart, PartsWrite},
    insert::{NewRollout, RolloutTarget},
    write::{HistoryLine, RolloutWrite, StateWrite},
};
