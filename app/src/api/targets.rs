//! Who a condition would address.

use console_wire::target::Preview;
use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::ApiError;

/// Counts and samples the devices that a condition matches now; `*` means every device.
#[server(prefix = "/fn", endpoint = "preview", input = GetUrl)]
pub(crate) async fn preview_target(condition: String) -> Result<Preview, ApiError> {
    super::ssr::console()?.preview(&condition).await.map_err(super::ssr::refuse)
}
