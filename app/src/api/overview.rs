//! The overview, and the devices by the values of two tags.

use console_wire::overview::{History, MatrixQuery, Overview, TagMatrix};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::job_list::FirstJob;
use crate::error::ApiError;

/// The overview with what is drawn beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OverviewView {
    /// All numbers, of one instant.
    pub(crate) overview: Overview,
    /// The last 24 hours.
    pub(crate) history: History,
    /// What the first job would address, while there has never been a job.
    pub(crate) first: Option<FirstJob>,
}

/// The overview.
#[server(prefix = "/fn", endpoint = "overview", input = GetUrl)]
pub(crate) async fn read_overview() -> Result<OverviewView, ApiError> {
    use console_wire::job::JobTab;

    let console = super::ssr::console()?;
    let overview = console.overview().await.map_err(super::ssr::refuse)?;
    let history = console.history(None).await.map_err(super::ssr::refuse)?;
    let first = if overview.jobs.get(JobTab::All) == 0 {
        // The page says by its hub that it could not be asked; that is no error of the figures.
        super::job_list::first_job(&console).await?.ok()
    } else {
        None
    };
    Ok(OverviewView { overview: Overview::clone(&overview), history, first })
}

/// The devices by the values of two tags; `None` for a first frame that did not wait for the hub.
#[server(prefix = "/fn", endpoint = "tag-matrix", input = GetUrl)]
pub(crate) async fn read_matrix(query: MatrixQuery, waits: bool) -> Result<Option<TagMatrix>, ApiError> {
    let console = super::ssr::console()?;
    let matrix = if waits {
        Some(console.tag_matrix(&query).await.map_err(super::ssr::to_api_error)?)
    } else {
        console.tag_matrix_soon(&query).await.map_err(super::ssr::to_api_error)?
    };
    Ok(matrix.map(|matrix| TagMatrix::clone(&matrix)))
}
