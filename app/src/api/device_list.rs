//! Devices by query: a page of them, how many there are, how many have which value.

use console_wire::device_table::{DeviceTable, Facet};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

/// A page of devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DevicesView {
    /// The rows, in the hub's order.
    pub(crate) table: DeviceTable,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// The devices that a condition matches, or what is wrong with it. All three may be empty; `columns` are attributes with
/// commas between them.
#[server(prefix = "/fn", endpoint = "devices", protocol = Ask<GetUrl>)]
pub(crate) async fn list_devices(
    condition: String,
    after: String,
    columns: String,
) -> Result<Result<DevicesView, ApiError>, ApiError> {
    use console_wire::device::DeviceFilter;

    let filter = DeviceFilter {
        q: Some(condition).filter(|condition| !condition.trim().is_empty()),
        cursor: Some(after).filter(|after| !after.is_empty()),
        limit: Some(100),
    };
    let columns: Vec<_> =
        columns.split(',').filter(|path| !path.is_empty()).take(8).map(str::to_owned).collect();
    let table = super::ssr::console()?.device_table(&filter, &columns).await.map_err(super::ssr::told);
    Ok(table.map(|table| DevicesView { table, as_of: std::time::SystemTime::now().into() }))
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

/// Counts the devices that a condition matches; `condition` may be empty. The page asks once it stands, since a real
/// hub answers few queries a minute.
#[server(prefix = "/fn", endpoint = "count-devices", protocol = Ask<GetUrl>)]
pub(crate) async fn count_devices(condition: String) -> Result<Matching, ApiError> {
    let begun = std::time::Instant::now();
    let counts = super::ssr::console()?.count_devices(&condition).await;
    let (count, connected) = counts.map_err(super::ssr::refuse)?;
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Matching { count, connected, millis })
}

/// How many of the devices that a condition matches have which value of an attribute.
#[server(prefix = "/fn", endpoint = "device-facet", protocol = Ask<GetUrl>)]
pub(crate) async fn read_facet(condition: String, path: String) -> Result<Facet, ApiError> {
    super::ssr::console()?.facet(&condition, &path).await.map_err(super::ssr::refuse)
}

/// The same for the first frame, which waits a moment for it and no longer; nothing in the browser, whose pages stand
/// before they ask.
pub(crate) async fn first_facet(condition: String, path: String) -> Option<Result<Facet, ApiError>> {
    #[cfg(feature = "ssr")]
    {
        let console = super::ssr::console().ok()?;
        console.facet_soon(&condition, &path).await.map_err(super::ssr::told).transpose()
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = (condition, path);
        None
    }
}
