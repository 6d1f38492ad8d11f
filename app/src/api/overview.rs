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
    let overview = console.overview(&super::ssr::actor()?).await.map_err(super::ssr::refuse)?;
    let history = console.history(None).await.map_err(super::ssr::refuse)?;
    let first = if overview.jobs.get(JobTab::All) == 0 {
        // The page says by its hub that it could not be asked; that is no error of the figures.
        super::job_list::first_job(&console).await?.ok().map(|mut first| {
            let counts = (first.preview.count, first.preview.connected_count);
            first.preview.connected_count = ssr::connected(counts, overview.fleet);
            first
        })
    } else {
        None
    };
    Ok(OverviewView { overview: Overview::clone(&overview), history, first })
}

/// The devices by the values of two tags; `None` for a first frame that did not wait for the hub.
#[server(prefix = "/fn", endpoint = "tag-matrix", input = GetUrl)]
pub(crate) async fn read_matrix(query: MatrixQuery, waits: bool) -> Result<Option<TagMatrix>, ApiError> {
    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let matrix = if waits {
        Some(console.tag_matrix(&query, &actor).await.map_err(super::ssr::to_api_error)?)
    } else {
        console.tag_matrix_soon(&query, &actor).await.map_err(super::ssr::to_api_error)?
    };
    Ok(matrix.map(|matrix| TagMatrix::clone(&matrix)))
}

#[cfg(feature = "ssr")]
mod ssr {
    use console_wire::overview::Fleet;

    /// How many of some devices are connected, as the figure beside it counts them: while devices connect, counts of two
    /// moments differ. Only where the figure is about as many devices.
    pub(super) fn connected((devices, connected): (u64, u64), fleet: Fleet) -> u64 {
        match (fleet.devices, fleet.connected) {
            (Some(all), Some(shown)) if all == devices => shown.min(devices),
            _ => connected,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_offer_counts_as_the_figure_does() {
            for (devices, shown, expected) in
                [(Some(60), Some(57), 57), (Some(60), None, 60), (Some(61), Some(57), 60), (None, None, 60)]
            {
                let fleet = Fleet { devices, connected: shown, counted_at: None };
                assert_eq!(connected((60, 60), fleet), expected);
            }
        }
    }
}
