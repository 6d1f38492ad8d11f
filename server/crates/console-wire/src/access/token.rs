//! API tokens and service accounts, as pages and the API show them.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Person, PersonRef, Role, TokenText};

/// Longest life of a token, in days.
pub const MAX_TOKEN_DAYS: u16 = 365;

/// Whether a token can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum TokenState {
    /// It can.
    Active,
    /// Its time is over.
    Expired,
    /// It was not used for so long that it was revoked.
    Unused,
    /// The account that it belongs to is deactivated.
    OwnerInactive,
}

/// A token, without what it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenInfo {
    /// Its number.
    pub token_id: u64,
    /// What its owner calls it.
    pub name: String,
    /// The beginning of its text, such as `fct_7Qm2`.
    pub prefix: String,
    /// The account that it belongs to.
    pub owner: PersonRef,
    /// The role that was chosen for it.
    pub role: Role,
    /// What it may do now: its role, or less while its owner may do less.
    pub effective_role: Role,
    /// Whether it can be used.
    pub state: TokenState,
    /// When it was made.
    pub created_time: Timestamp,
    /// When its time is over.
    pub ends: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
    /// When it is revoked unless it is used before.
    pub ends_unused: Timestamp,
}

/// Tokens, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// Those that can be used, and those that ended within the last 30 days.
    pub items: Vec<TokenInfo>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// What it may do: at most what its owner may.
    pub role: Role,
    /// After how many days it ends, 1 to 365.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 365))]
    pub days: u16,
    /// The service account that it is for; one's own token unless given.
    #[serde(default)]
    pub user_id: Option<String>,
}

/// A token that was just made. Its text is shown only now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MadeToken {
    /// What is known of it.
    pub info: TokenInfo,
    /// What programs send as `Authorization: Bearer …`.
    pub token: TokenText,
}

/// An account of a program. It has tokens and cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Its id, names and role.
    pub account: Person,
    /// Whether its tokens can be used.
    pub is_active: bool,
    /// When it was made.
    pub created_time: Timestamp,
}

/// Service accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccounts {
    /// All of them.
    pub items: Vec<ServiceAccount>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A service account to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceAccount {
    /// What people call it, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// Its unique name: letters from a to z, digits, and `. _ - @ +`.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub user_name: String,
    /// What its tokens may do at most.
    pub role: Role,
}

/// Who sends the request, and by which token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The account with the role that counts for this request; absent while sign-in is off.
    pub person: Option<Person>,
    /// The token, if the request has one.
    pub token: Option<TokenInfo>,
}
