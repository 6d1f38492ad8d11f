//! Screens that show the wall. What depends on the time is given it.

use console_wire::access::{Actor, AskingWall, WallCode, WallInfo, WallScreen};
use hub_wire::Timestamp;

use super::Console;
use crate::{
    ConsoleError,
    access::{self, SignInFrom, WallSecret},
};

/// A screen itself.
impl Console {
    /// Makes the code that a screen shows; returns what its browser holds until the screen is allowed. `None` when too many
    /// screens ask.
    pub async fn begin_wall(
        &self,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<Option<WallSecret>, ConsoleError> {
        access::begin_wall(&self.core, from, now).await
    }

    /// The code of a screen, by what its browser holds; `None` once it has ended.
    pub async fn wall_code(&self, code: &str, now: Timestamp) -> Result<Option<WallCode>, ConsoleError> {
        access::wall_code(&self.core, code, now).await
    }

    /// The token of a screen that was allowed, once; `None` otherwise.
    pub async fn connect_wall(&self, code: &str, now: Timestamp) -> Result<Option<WallSecret>, ConsoleError> {
        access::connect_wall(&self.core, code, now).await
    }

    /// The screen with this token; `None` when it was revoked.
    pub async fn use_wall(&self, token: &str, now: Timestamp) -> Result<Option<WallScreen>, ConsoleError> {
        access::use_wall(&self.core, token, now).await
    }

    /// Whether a screen was not revoked, for an answer that was begun for it.
    pub async fn wall_goes_on(&self, wall_id: u64) -> Result<bool, ConsoleError> {
        access::wall_goes_on(&self.core, wall_id).await
    }
}

/// For administrators. Each asks for the permission.
impl Console {
    /// Every screen, by name.
    ///
    /// # Errors
    /// `Missing` without `user:read`.
    pub async fn walls(&self, actor: &Actor) -> Result<Vec<WallInfo>, ConsoleError> {
        access::walls(&self.core, actor).await
    }

    /// The screen that shows a code and was not allowed yet.
    ///
    /// # Errors
    /// `Missing` without `wall:write`; `Invalid` for a code that none shows; `TooManyAttempts` after ten of those within a
    /// minute.
    pub async fn asking_wall(
        &self,
        actor: &Actor,
        user_code: &str,
        now: Timestamp,
    ) -> Result<AskingWall, ConsoleError> {
        access::asking_wall(&self.core, actor, user_code, now).await
    }

    /// Allows the screen that shows a code, under a name.
    ///
    /// # Errors
    /// As [`Console::asking_wall`]; `Invalid` for a name that is empty, too long or another screen's; `Conflict` when there
    /// are too many screens.
    pub async fn allow_wall(
        &self,
        actor: &Actor,
        user_code: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<WallScreen, ConsoleError> {
        access::allow_wall(&self.core, actor, user_code, name, now).await
    }

    /// Revokes a screen.
    ///
    /// # Errors
    /// `Missing` without `wall:write`; `NotFound`.
    pub async fn revoke_wall(&self, actor: &Actor, wall_id: u64) -> Result<(), ConsoleError> {
        access::revoke_wall(&self.core, actor, wall_id).await
    }
}
