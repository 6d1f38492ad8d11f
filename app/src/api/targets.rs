//! Who a condition would address.

use console_wire::target::Preview;
use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::ApiError;

/// Counts and samples the devices that a condition matches now; `*` means every device. Why it cannot is an answer
/// like another: one is still typing.
#[server(prefix = "/fn", endpoint = "preview", input = GetUrl)]
pub(crate) async fn preview_target(condition: String) -> Result<Result<Preview, ApiError>, ApiError> {
    Ok(super::ssr::console()?.preview(condition).await.map_err(super::ssr::told))
}
