//! The list of approvals: what waits for another person's decision, and what was decided.

use serde::{Deserialize, Serialize};

use super::approval::RolloutApproval;
use crate::job::JobSummary;

/// A request for an approval, and its job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequest {
    /// The request.
    pub approval: RolloutApproval,
    /// Its job. What is asked for is in its method or twin change, its condition or list, and its rollout's settings.
    pub job: JobSummary,
}

/// The answer of `GET /api/v1/approvals`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Approvals {
    /// What waits, the one that lapses first at the top; at most 200.
    pub waiting: Vec<ApprovalRequest>,
    /// What was decided, the newest first; at most 50.
    pub decided: Vec<ApprovalRequest>,
}
