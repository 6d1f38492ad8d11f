//! What the page of a job reads slowly from the hub: whether devices have taken over desired properties, and whom a
//! scheduled job would reach now.

use console_wire::{desired_sync::DesiredSync, target::Reach};
use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::error::ApiError;

/// How many devices report the desired properties that a job set; `None` for a job that sets none.
#[server(prefix = "/fn", endpoint = "job-sync", input = GetUrl)]
pub(crate) async fn read_sync(job_id: String) -> Result<Option<DesiredSync>, ApiError> {
    super::ssr::console()?.desired_sync(&job_id).await.map_err(super::ssr::to_api_error)
}

/// Whom a job on a condition would reach if it started now; `None` once it has begun, and while the hub does not answer.
#[server(prefix = "/fn", endpoint = "job-reach", input = GetUrl)]
pub(crate) async fn read_reach(job_id: String) -> Result<Option<Reach>, ApiError> {
    super::ssr::console()?.reach(&job_id).await.map_err(super::ssr::to_api_error)
}
