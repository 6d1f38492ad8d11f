//! An approval of one rollout.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::PersonRef;

/// What became of a request for an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ApprovalResult {
    /// It waits for a decision.
    Waiting,
    /// Another person agreed.
    Approved,
    /// Another person did not agree.
    Rejected,
    /// No other person decided within 72 hours.
    Lapsed,
    /// The job was cancelled, or its end time came, before a decision.
    Withdrawn,
}

/// An approval of one rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RolloutApproval {
    /// What became of it.
    pub result: ApprovalResult,
    /// SHA-256 of action, target and settings, 64 hexadecimal digits. A decision names it.
    pub hash: String,
    /// How many devices it is for. It holds for a tenth more.
    pub devices: u64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<PersonRef>,
    /// When it lapses without a decision.
    pub lapses_at: Timestamp,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<PersonRef>,
    /// When it was decided, lapsed or was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Why, if the person said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
