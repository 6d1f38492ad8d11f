//! The overview.

use std::sync::Arc;

use console_wire::{
    access::Actor,
    overview::{History, MatrixQuery, Overview, TagMatrix},
    wall::WallView,
};

use super::Console;
use crate::{
    ConsoleError,
    overview::{self, history, matrix},
};

/// The overview.
impl Console {
    /// The overview, at most a second old and no older than the newest change of a job. Clients share it. Who has a scope
    /// gets the figures of the devices in it: registered, connected, refused; jobs and the pace of the hub are those of
    /// everybody.
    pub async fn overview(&self, actor: &Actor) -> Result<Arc<Overview>, ConsoleError> {
        overview::overview(&self.core, actor.scope()).await
    }

    /// What a screen shows, for a page of this build of the server. Its figures are those of the overview, but may be a second
    /// older than the newest change of a job, for screens that ask all the time.
    ///
    /// # Errors
    /// `Missing` without `wall:read`.
    pub async fn wall(&self, actor: &Actor, build: &str) -> Result<WallView, ConsoleError> {
        overview::wall(&self.core, actor, build).await
    }

    /// Devices and jobs of the whole fleet over the last hours, 24 when absent: a scope does not limit it.
    ///
    /// # Errors
    /// `Invalid` for hours that are not from 1 to 720.
    pub async fn history(&self, hours: Option<u32>) -> Result<History, ConsoleError> {
        history::history(&self.core, hours).await
    }

    /// Devices within the scope by the values of two tags.
    ///
    /// # Errors
    /// `Invalid` for what is not the name of a tag; `Hub` when the hub did not answer.
    pub async fn tag_matrix(
        &self,
        query: &MatrixQuery,
        actor: &Actor,
    ) -> Result<Arc<TagMatrix>, ConsoleError> {
        matrix::matrix(&self.core, actor.scope(), query).await
    }

    /// The same for a page; `None` when the hub takes longer than a page waits.
    ///
    /// # Errors
    /// As [`Console::tag_matrix`].
    pub async fn tag_matrix_soon(
        &self,
        query: &MatrixQuery,
        actor: &Actor,
    ) -> Result<Option<Arc<TagMatrix>>, ConsoleError> {
        matrix::matrix_soon(&self.core, actor.scope(), query).await
    }
}
