//! The team: people, invitations, sessions.

use std::{fmt, time::Duration};

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Person, Role};
use crate::reference::GroupRef;

/// Longest name of a person, in characters.
pub const MAX_NAME: usize = 100;
/// Longest user name, in characters.
pub const MAX_USER_NAME: usize = 64;
/// Longest scope of a person, in characters: a job's condition has to have room beside it.
pub const MAX_SCOPE: usize = 1000;
/// A session ends after so long without a request.
pub const UNUSED_LIFE: Duration = Duration::from_hours(12);
/// A session ends so long after the sign-in, however much it is used.
pub const WHOLE_LIFE: Duration = Duration::from_hours(7 * 24);

/// Whether a person can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountState {
    /// Can sign in.
    Active,
    /// Has not chosen a password yet.
    Invited,
    /// Was deactivated by an administrator.
    Deactivated,
}

/// A person of the team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// Who it is.
    pub person: Person,
    /// Whether the person can sign in.
    pub state: AccountState,
    /// When the account was made.
    pub created_time: Timestamp,
    /// When the person last used the console, to the minute.
    pub last_seen: Option<Timestamp>,
    /// The issuer of the provider at which the person signs in, and which gives the role; absent for an account of this
    /// console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The group whose condition is the person's scope; absent where the scope is a condition of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_group: Option<GroupRef>,
    /// Until when a link to choose a password works, while there is one.
    pub link_ends: Option<Timestamp>,
    /// Where the person is signed in, the newest first.
    pub sessions: Vec<SessionInfo>,
}

/// A session, without what it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// Its number.
    pub session_id: u64,
    /// When the person signed in.
    pub created_time: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Timestamp,
    /// From which address the person signed in.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// Whether it is the session that asks.
    pub is_current: bool,
}

/// Everybody with an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// By name.
    pub members: Vec<TeamMember>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A person to invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPerson {
    /// What others call the person.
    pub name: String,
    /// What the person will type to sign in.
    pub user_name: String,
    /// What the person will be allowed to do.
    pub role: Role,
}

/// The secret part of a one-time link. Whoever has it may choose the password, so it is shown once and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OneTimeLink(String);

impl OneTimeLink {
    /// The text, to be put into the link.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for OneTimeLink {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for OneTimeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeLink(…)")
    }
}

/// A link by which a person chooses a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// For whom.
    pub person: Person,
    /// The secret part of the link.
    pub link: OneTimeLink,
    /// Until when it works.
    pub ends: Timestamp,
}
