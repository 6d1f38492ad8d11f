//! Devices by query: a page of them, how many there are, how many have which value.

use console_wire::device_table::{DeviceTable, Facet};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A page of devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DevicesView {
    /// The rows, in the hub's order.
    pub(crate) table: DeviceTable,
    /// When they were read.
    pub(crate) as_of: Timestamp,
    /// The condition that was meant, if a plain text was given in its place.
    pub(crate) searched: Option<String>,
    /// The test that selects the devices that were refused lately, if only these were asked for.
    pub(crate) refused: Option<String>,
}

/// The devices that a condition matches or a plain text finds, or what is wrong with it. All three may be empty; `columns` are attributes with
/// commas between them. Like all reads here, within the scope of who asks. `refused` lists only devices that were refused lately.
#[server(prefix = "/fn", endpoint = "devices", input = GetUrl)]
pub(crate) async fn list_devices(
    condition: String,
    after: String,
    columns: String,
    #[server(default)] refused: bool,
) -> Result<Result<DevicesView, ApiError>, ApiError> {
    use console_wire::device::DeviceFilter;

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let searched = match console.search_condition(&condition, &actor).await {
        Ok(searched) => searched,
        Err(error) => return Ok(Err(super::ssr::to_api_error(error))),
    };
    let mut condition = searched.clone().unwrap_or(condition);
    let refused = if refused {
        match console.refused_condition(&actor).await {
            Ok(test) => Some(test),
            Err(error) => return Ok(Err(super::ssr::to_api_error(error))),
        }
    } else {
        None
    };
    // A condition that is wrong is refused as it was typed.
    if let Some(test) = &refused
        && (condition.trim().is_empty() || hub_query::parse_condition(&condition).is_ok())
    {
        condition = hub_query::filter::and(&condition, test);
    }
    let filter = DeviceFilter {
        q: Some(condition).filter(|condition| !condition.trim().is_empty()),
        cursor: Some(after).filter(|after| !after.is_empty()),
        limit: Some(100),
    };
    let columns: Vec<_> =
        hub_query::attribute::list(&columns).into_iter().take(8).map(str::to_owned).collect();
    let table = console.device_table(&filter, &columns, &actor).await.map_err(super::ssr::to_api_error);
    Ok(table.map(|table| DevicesView {
        table,
        as_of: std::time::SystemTime::now().into(),
        searched,
        refused,
    }))
}

/// How many devices a condition matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Matching {
    /// All of them.
    pub(crate) count: u64,
    /// Those that are connected.
    pub(crate) connected: u64,
    /// How long counting took, in milliseconds.
    pub(crate) millis: u64,
}

/// Counts the devices that a condition matches; `condition` may be empty. Not part of the first frame, since a real hub
/// answers few queries a minute.
#[server(prefix = "/fn", endpoint = "count-devices", input = GetUrl)]
pub(crate) async fn count_devices(condition: String) -> Result<Matching, ApiError> {
    let begun = std::time::Instant::now();
    let counts = super::ssr::console()?.count_devices(&condition, &super::ssr::actor()?).await;
    let (count, connected) = counts.map_err(super::ssr::refuse)?;
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Matching { count, connected, millis })
}

/// How many of the devices that a condition matches have which value of an attribute.
#[server(prefix = "/fn", endpoint = "device-facet", input = GetUrl)]
pub(crate) async fn read_facet(condition: String, path: String) -> Result<Facet, ApiError> {
    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    console.facet(&condition, &path, &actor).await.map_err(super::ssr::refuse)
}

/// The same for the first frame, which waits for it only a moment; `None` in the browser, where pages read it later.
pub(crate) async fn first_facet(condition: String, path: String) -> Option<Result<Facet, ApiError>> {
    #[cfg(feature = "ssr")]
    {
        let (console, actor) = (super::ssr::console().ok()?, super::ssr::actor().ok()?);
        console.facet_soon(&condition, &path, &actor).await.map_err(super::ssr::to_api_error).transpose()
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = (condition, path);
        None
    }
}
