//! What a person may do with a rollout, beside cancelling it.

use serde::{Deserialize, Serialize};

/// Longest comment, in characters.
pub const MAX_COMMENT: usize = 500;

/// How stop rules count after a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutCounting))]
#[serde(rename_all = "camelCase")]
pub enum Counting {
    /// From the resume: a rule needs its number of devices and its share again.
    #[default]
    Afresh,
    /// From the start of the job, so a share that is still too high pauses it with the next result.
    FromStart,
}

/// The body of `POST /api/v1/jobs/{job_id}/pause` and `POST /api/v1/jobs/{job_id}/next-wave`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutComment))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comment {
    /// Why, at most 500 characters; it is kept in the history of the rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub comment: Option<String>,
}

/// The body of `POST /api/v1/jobs/{job_id}/resume`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutResume))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resume {
    /// How stop rules count from now.
    #[serde(default)]
    pub counting: Counting,
    /// Why, at most 500 characters; it is kept in the history of the rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub comment: Option<String>,
}

/// The body of `POST /api/v1/jobs/{job_id}/approve` and `POST /api/v1/jobs/{job_id}/reject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalDecision {
    /// The hash of the request that the person has read: the decision is refused if the request was changed since.
    #[cfg_attr(feature = "openapi", schema(min_length = 64, max_length = 64))]
    pub hash: String,
    /// Why, at most 500 characters. Needed to reject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub comment: Option<String>,
}
