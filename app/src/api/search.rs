//! Finds jobs and devices by a few characters, for the palette.

use console_wire::{device::DeviceSummary, job::JobSummary};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Most matches of each kind.
#[cfg(feature = "ssr")]
const MOST: u32 = 6;

/// The matches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Matches {
    /// Jobs with these words in name, id, action or condition, newest first.
    pub(crate) jobs: Vec<JobSummary>,
    /// Devices whose id begins so, in order of id; where there are none, those that hold these words in id and tags.
    pub(crate) devices: Vec<DeviceSummary>,
}

/// Finds jobs by words, and devices by the beginning of their id or else by parts of it and by tags: `building 41`. Without
/// words the newest jobs. Where the hub
/// does not answer there are no devices, since the console itself knows only jobs.
#[server(prefix = "/fn", endpoint = "find", input = GetUrl)]
pub(crate) async fn find(words: String) -> Result<Matches, ApiError> {
    use console_wire::{device::DeviceFilter, job::JobFilter};

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let words = words.trim();
    let filter = JobFilter {
        q: Some(words.to_owned()).filter(|words| !words.is_empty()),
        limit: Some(MOST),
        ..JobFilter::default()
    };
    let jobs = console.jobs(&filter).await.map_err(super::ssr::refuse)?.items;
    let mut devices = match ssr::begins_with(words) {
        Some(condition) => {
            let filter = DeviceFilter { q: Some(condition), limit: Some(MOST), ..DeviceFilter::default() };
            console.devices(&filter, &actor).await.map(|page| page.items).unwrap_or_default()
        }
        None => Vec::new(),
    };
    if devices.is_empty() {
        devices = console.search_devices(words, MOST, &actor).await.unwrap_or_default();
    }
    Ok(Matches { jobs, devices })
}

#[cfg(feature = "ssr")]
mod ssr {
    use hub_query::write;
    use hub_wire::DeviceId;

    /// The condition for ids that begin with `text`; none where no id can. As a range, which a hub finds in its index.
    pub(super) fn begins_with(text: &str) -> Option<String> {
        let id = DeviceId::new(text).ok()?;
        // No id has a tilde, and every character of an id sorts before it.
        let (from, beyond) = (write::text(id.as_str()), write::text(&format!("{id}~")));
        Some(format!("deviceId >= {from} AND deviceId < {beyond}"))
    }

    #[cfg(test)]
    mod tests {
        use super::begins_with;

        #[test]
        fn ids_with_a_prefix_are_a_range() {
            let range = |text: &str| begins_with(text);
            assert_eq!(range("door-1").unwrap(), "deviceId >= 'door-1' AND deviceId < 'door-1~'");
            assert_eq!(range("o'n").unwrap(), r"deviceId >= 'o\'n' AND deviceId < 'o\'n~'");
            for id in ["door-1", "o'n", "'", "a''b", "%(x),:=@$"] {
                let condition = range(id).unwrap();
                assert!(hub_query::parse_condition(&condition).is_ok(), "{condition}");
            }
            assert_eq!(range(""), None);
            assert_eq!(range("two words"), None);
        }
    }
}
