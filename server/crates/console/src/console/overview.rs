//! The overview.

use std::sync::Arc;

use console_wire::overview::{History, MatrixQuery, Overview, TagMatrix};

use super::Console;
use crate::{
    ConsoleError,
    overview::{self, history, matrix},
};

/// The overview.
impl Console {
    /// The overview, at most a second old and no older than the newest change of a job. Clients share it.
    pub async fn overview(&self) -> Result<Arc<Overview>, ConsoleError> {
        overview::overview(&self.core).await
    }

    /// Devices and jobs over the last hours, 24 when absent.
    ///
    /// # Errors
    /// `Invalid` for hours that are not from 1 to 720.
    pub async fn history(&self, hours: Option<u32>) -> Result<History, ConsoleError> {
        history::history(&self.core, hours).await
    }

    /// Devices by the values of two tags.
    ///
    /// # Errors
    /// `Invalid` for what is not the name of a tag; `Hub` when the hub did not answer.
    pub async fn tag_matrix(&self, query: &MatrixQuery) -> Result<Arc<TagMatrix>, ConsoleError> {
        matrix::matrix(&self.core, query).await
    }

    /// The same for a page; `None` when the hub takes longer than a page waits.
    ///
    /// # Errors
    /// As [`Console::tag_matrix`].
    pub async fn tag_matrix_soon(&self, query: &MatrixQuery) -> Result<Option<Arc<TagMatrix>>, ConsoleError> {
        matrix::matrix_soon(&self.core, query).await
    }
}
