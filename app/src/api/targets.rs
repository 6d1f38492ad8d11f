//! Who a job would address.

use console_wire::target::{Preview, PreviewRequest};
use leptos::{prelude::*, server_fn::codec::Json};

use super::{ApiError, ask::Ask};

/// Counts and samples the devices of a condition or a list now, and says how long a job over them would take. Why it
/// cannot is an answer like another: one is still typing. As JSON, since a list is long.
#[server(prefix = "/fn", endpoint = "preview", protocol = Ask<Json>)]
pub(crate) async fn preview_target(request: PreviewRequest) -> Result<Result<Preview, ApiError>, ApiError> {
    Ok(super::ssr::console()?.preview(request).await.map_err(super::ssr::told))
}
