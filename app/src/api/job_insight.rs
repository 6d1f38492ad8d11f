//! A job as a whole: causes of failures, landing map, round-trip times, reruns.

use console_wire::{
    cause::Cause,
    curve::Curve,
    desired_sync::DesiredSync,
    landing::{Landing, LandingCell},
    latency::Distribution,
    target::Reach,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// What a page shows of a job besides its numbers and its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobInsight {
    /// Failures grouped by code and message, the most frequent first.
    pub(crate) causes: Vec<Cause>,
    /// Every device in the order it was sent.
    pub(crate) landing: Landing,
    /// How its devices ended over time; `None` where it could not be read.
    pub(crate) curve: Option<Curve>,
    /// Whether there is an earlier run to compare it with.
    pub(crate) is_comparable: bool,
    /// Round trips, once the job has ended and when any device answered.
    pub(crate) latency: Option<Distribution>,
    /// Jobs that ran some of its devices again, newest first.
    pub(crate) reruns: Vec<Rerun>,
    /// How many devices report the desired properties that it set, if it set any; only in a page's first insight.
    pub(crate) sync: Option<DesiredSync>,
    /// Which devices it would reach now, before it starts; only in a page's first insight.
    pub(crate) reach: Option<Reach>,
}

/// A job that ran some of another's devices again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rerun {
    /// The job.
    pub(crate) job_id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its devices.
    pub(crate) devices: u64,
    /// Who ran it, where people sign in.
    pub(crate) by: Option<String>,
}

/// One cell of the landing map. A missing cell is no error of the page, so it keeps its status.
#[server(prefix = "/fn", endpoint = "landing-cell", input = GetUrl)]
pub(crate) async fn name_cell(job_id: String, cell: u32) -> Result<LandingCell, ApiError> {
    super::ssr::console()?.landing_cell(&job_id, cell).await.map_err(super::ssr::to_api_error)
}

/// From the console's snapshot to the page's.
#[cfg(feature = "ssr")]
pub(super) mod ssr {
    use console::{Console, JobSnapshot};
    use console_wire::job::JobSummary;

    use super::{JobInsight, Rerun};
    use crate::{api::ssr::refuse, error::ApiError};

    /// What the page shows of a snapshot besides numbers and rows; `is_first` if the page has none yet.
    pub(in crate::api) async fn insight(
        console: &Console,
        snapshot: &JobSnapshot,
        is_first: bool,
    ) -> Result<JobInsight, ApiError> {
        let job_id = &snapshot.job.job_id;
        let is_over = snapshot.job.status.is_terminal();
        let latency = if is_over { console.distribution(job_id).await.map_err(refuse)? } else { None };
        let is_comparable = console.has_earlier_run(&snapshot.job).await.map_err(refuse)?;
        let reruns = console.reruns(job_id).await.map_err(refuse)?;
        let devices = |job: &JobSummary| job.target_devices.unwrap_or_else(|| job.outcomes.total());
        let reruns = reruns
            .into_iter()
            .map(|job| Rerun {
                devices: devices(&job),
                by: job.created_by.map(|person| person.name),
                job_id: job.job_id,
                name: job.name,
            })
            .collect();
        let (causes, landing) = (snapshot.causes.clone(), snapshot.landing.clone());
        // The page reads these two again by itself, slowly: a snapshot does not wait for the hub. A hub that does not answer
        // is no error of the page.
        let (sync, reach) = if is_first {
            (
                console.desired_sync(job_id).await.unwrap_or_default(),
                console.reach(job_id).await.unwrap_or_default(),
            )
        } else {
            (None, None)
        };
        let curve = Some(snapshot.curve.clone());
        Ok(JobInsight { causes, landing, curve, is_comparable, latency, reruns, sync, reach })
    }
}
