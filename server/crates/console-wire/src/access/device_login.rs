//! A command line that asks to sign in: device authorisation, RFC 8628.

use std::{fmt, time::Duration};

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Role, UserCode};

/// A person has so long to allow it.
pub const DEVICE_LOGIN_LIFE: Duration = Duration::from_mins(10);
/// Between two polls of the command line, unless it was asked to slow down.
pub const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// After how many days the token of a command line ends.
pub const DEVICE_TOKEN_DAYS: u16 = 90;
/// The `client_id` of the command line.
pub const CLIENT_ID: &str = "fleetcast";
/// The `grant_type` of a poll.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoginDecision {
    /// The command line gets a token with this role.
    Allow(Role),
    /// It gets none.
    Deny,
}

/// A command line that asks to sign in, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceLogin {
    /// The code that the command line shows.
    pub user_code: UserCode,
    /// The machine, as it calls itself.
    pub machine: String,
    /// From which address it asks.
    pub address: Option<String>,
    /// Until when it can be allowed.
    pub ends: Timestamp,
    /// What this person has decided.
    pub decision: Option<LoginDecision>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// `POST /api/device-authorization`, the answer: RFC 8628, section 3.2. Its device code is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// What the command line polls with.
    pub device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: String,
    /// Seconds until both codes end.
    pub expires_in: u64,
    /// Seconds between two polls.
    pub interval: u64,
}

impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization").field("user_code", &self.user_code).finish_non_exhaustive()
    }
}

/// `POST /api/token`, the answer: RFC 6749, section 5.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedToken {
    /// The token.
    pub access_token: super::TokenText,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// A refusal of both: RFC 6749, section 5.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantError {
    /// A word of the RFC, such as `authorization_pending`.
    pub error: String,
    /// A sentence for a person.
    pub error_description: String,
}
