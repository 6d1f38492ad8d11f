//! Screens that show the wall: each has a link of its own, which an administrator allows by a code and revokes.

use std::time::Duration;

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PersonRef, UserCode};

/// How long a screen shows a code.
pub const WALL_CODE_LIFE: Duration = Duration::from_mins(10);
/// Most screens.
pub const MAX_WALLS: u64 = 100;
/// Longest name of a screen, in characters.
pub const MAX_WALL_NAME: usize = 64;

/// A screen, as its requests are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WallScreen {
    /// Its number.
    pub wall_id: u64,
    /// What the administrator called it.
    pub name: String,
}

/// A screen on the list of screens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WallInfo {
    /// The screen.
    pub screen: WallScreen,
    /// Who allowed it.
    pub created_by: PersonRef,
    /// When that was.
    pub created_time: Timestamp,
    /// When it last asked for data, to the minute; absent until it has connected.
    pub last_used: Option<Timestamp>,
    /// The address from which its code was asked for.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
}

/// A screen that shows a code, for the person who decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskingWall {
    /// The code that it shows.
    pub user_code: UserCode,
    /// The address from which it asks.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// Until when the code works.
    pub ends: Timestamp,
}

/// The code of a screen, as the screen itself is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WallCode {
    /// The code.
    pub user_code: UserCode,
    /// Until when it works.
    pub ends: Timestamp,
    /// Whether an administrator has allowed the screen, which connects then.
    pub is_allowed: bool,
}
