//! What all parts of the job page share; they get it by [`use_job_page`].

use console_wire::{job::JobSummary, outcome::DeviceResult};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{
    rerun_dialog::RerunQuestion,
    results::grid::Grid,
    rollout::{RolloutCommands, RolloutMemo},
    snapshots::Snapshots,
    summary::insight::Insight,
    url_state::JobUrl,
};
use crate::{
    api::{job_rerun::RerunJob, job_results::ResultView, job_snapshot::JobSnapshot},
    data::{live::Live, read::Reading},
};

/// A view of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowsKey {
    pub(super) job_id: String,
    pub(super) view: ResultView,
    pub(super) offset: u64,
}

/// A device of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeviceKey {
    pub(super) job_id: String,
    pub(super) device_id: String,
}

pub(super) type SnapshotReading = Reading<RowsKey, JobSnapshot>;
pub(super) type DeviceReading = Reading<DeviceKey, DeviceResult>;

/// The page of one job.
#[derive(Clone, Copy)]
pub(super) struct JobPage {
    pub(super) url: JobUrl,
    pub(super) live: Live,
    /// The job as it was read with the page.
    pub(super) first: StoredValue<JobSummary>,
    /// When that was.
    pub(super) as_of: Timestamp,
    /// The job in the newest snapshot.
    pub(super) job: Memo<JobSummary>,
    /// Its rollout, of the same snapshot.
    pub(super) rollout: RolloutMemo,
    /// What can be done with the rollout.
    pub(super) commands: RolloutCommands,
    /// Causes, landing map and so on, of the same snapshot.
    pub(super) insight: Insight,
    /// The snapshots themselves.
    pub(super) snapshots: Snapshots,
    /// The device that the address names.
    pub(super) device: DeviceReading,
    /// The grid that is on the page.
    pub(super) grid: RwSignal<Option<Grid>>,
    /// Whether the job has ended and the results may be moved for it.
    pub(super) shows_end: RwSignal<bool>,
    /// The job that the cancel dialog is about; `None` while it is closed.
    pub(super) to_cancel: RwSignal<Option<JobSummary>>,
    pub(super) rerun: ServerAction<RerunJob>,
    /// The rerun that is to be confirmed; `None` while nothing is asked.
    pub(super) to_rerun: RwSignal<Option<RerunQuestion>>,
    /// Whether the devices are simulated: then a rerun starts without a question.
    pub(super) is_simulated: bool,
}

/// The job page around this component.
pub(super) fn use_job_page() -> JobPage {
    expect_context()
}
