//! The hub behind the console.

use console_wire::hub::HubInfo;
use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::error::ApiError;

/// How the hub is doing. Answers from what is known, so it is quick even while the hub is not.
#[server(prefix = "/fn", endpoint = "hub", input = GetUrl)]
pub(crate) async fn read_hub() -> Result<HubInfo, ApiError> {
    Ok(super::ssr::console()?.hub_info().await)
}
