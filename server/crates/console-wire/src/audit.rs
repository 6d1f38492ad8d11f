//! The audit log: who did what, when, from where, and what became of it.

use std::fmt;

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::PersonRef;

/// The account of whoever uses a console without sign-in.
pub const LOCAL_USER_ID: &str = "local";
/// What that user is called.
pub const LOCAL_NAME: &str = "Local operator";
/// Signing in; a permission of this name does not exist, nor of the next three.
pub const SIGN_IN: &str = "session:create";
/// Signing out.
pub const SIGN_OUT: &str = "session:end";
/// Creating the first administrator.
pub const SET_UP: &str = "user:set-up";
/// Choosing a password by a one-time link.
pub const SET_PASSWORD: &str = "user:set-password";
/// Longest text of a filter, in characters.
pub const MAX_FILTER: usize = 200;

/// What became of something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AuditOutcome {
    /// It is under way.
    Begun,
    /// It was done.
    Done,
    /// It failed, or was not possible; `error` says why.
    Failed,
    /// It was not allowed; `error` says why.
    Refused,
    /// The server stopped before its end was known, or an answer was lost: it may have been done or not.
    Unknown,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Begun, Self::Done, Self::Failed, Self::Refused, Self::Unknown];

    /// The value in addresses and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// By the value in addresses and in the store.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that was done: the row that begins it and the row that ends it, as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The number of its first row; rows are numbered from 1 without a gap.
    pub row: u64,
    /// The number of the row that ends it; absent while it is under way, and for what has one row only, such as a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_row: Option<u64>,
    /// When it began.
    pub time: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// What became of it.
    pub outcome: AuditOutcome,
    /// Who did it, with the name of that time; absent for a sign-in with a name that no account has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PersonRef>,
    /// By what the person was recognised: `session 12`, `password`, `one-time link`; `none` without sign-in.
    pub credential: String,
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Verb and path of the request.
    pub request: String,
    /// The request's id, to find it in the server's log.
    pub request_id: String,
    /// What was done: the permission that it needs, such as `job:create`, or one of `session:create`, `session:end`,
    /// `user:set-up`, `user:set-password`.
    pub action: String,
    /// The id of what it was done to, such as a job's, a device's or a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What people call that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    /// The values before, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub before: Option<Value>,
    /// The values afterwards, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Option<Value>,
    /// The type of the problem that it was answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The hash of its last row, 64 hexadecimal digits.
    pub hash: String,
    /// The hash of the row before that one.
    pub previous_hash: String,
}

impl AuditEntry {
    /// The number of its last row.
    pub fn last_row(&self) -> u64 {
        self.end_row.unwrap_or(self.row)
    }
}

/// Which entries to list: the query of `GET /api/v1/audit`. Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditFilter {
    /// Who did it: the id of a person, or a part of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// What was done, such as `job:create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// A part of the id or the name of what it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub outcome: Option<AuditOutcome>,
    /// Only what began at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only what began before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 500; 50 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 500>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// The result of a check of the chain of hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditCheck {
    /// Rows that were checked and are good.
    pub rows: u64,
    /// The hash of the last of them, 64 hexadecimal digits; zeros when there is none.
    pub head: String,
    /// When the check ended.
    pub checked: Timestamp,
    /// The first row that is not as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<AuditFault>,
}

/// A row of the audit log that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditFault {
    /// Its number.
    pub row: u64,
    /// What is wrong, a clause: `its content was changed`.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_found_by_its_word() {
        for outcome in AuditOutcome::ALL {
            assert_eq!(AuditOutcome::from_wire(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{outcome}\""));
        }
        assert_eq!(AuditOutcome::from_wire("Done"), None);
    }
}
