//! A job again, on some of its devices: a new job, linked to the first.

use hub_wire::JobId;
use serde::{Deserialize, Serialize};

use crate::{cause::CauseKey, outcome::Outcome};

/// Some of a job's devices. Without any member: every device that has ended without succeeding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Subset {
    /// Devices in one of these states; empty means any that has ended without succeeding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Outcome>,
    /// Of those, the devices that failed for this cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseKey>,
}

impl Subset {
    /// The devices in one state.
    pub fn of(outcome: Outcome) -> Self {
        Self { statuses: vec![outcome], cause: None }
    }
}

/// The body of `POST /api/v1/jobs/{id}/rerun`; all of it may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRerun {
    /// The new job's id; generated when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The new job's name, at most 100 characters; "Rerun of …" when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: Option<String>,
    /// Why it runs, at most 500 characters; the reason of the job that it reruns when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub reason: Option<String>,
    /// Devices in one of these states; empty means any that has ended without succeeding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Outcome>,
    /// Of those, the devices that failed for this cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::cause::CauseKeyOrText>))]
    pub cause: Option<CauseKey>,
}

impl NewRerun {
    /// Which devices.
    pub fn subset(&self) -> Subset {
        Subset { statuses: self.statuses.clone(), cause: self.cause.clone() }
    }
}

impl From<Subset> for NewRerun {
    fn from(subset: Subset) -> Self {
        Self { statuses: subset.statuses, cause: subset.cause, ..Self::default() }
    }
}

/// Whose devices a job runs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RerunOf {
    /// The job.
    pub job_id: String,
    /// Its name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub name: String,
    /// Which of its devices, as they were when the rerun was created.
    pub subset: Subset,
}
