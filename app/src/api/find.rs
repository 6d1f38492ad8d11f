//! Jobs and devices by a few letters, for the palette.

use console_wire::{device::DeviceSummary, job::JobSummary};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

/// Most of each.
#[cfg(feature = "ssr")]
const MOST: u32 = 6;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Jobs with these words in id, action or condition, newest first.
    pub(crate) jobs: Vec<JobSummary>,
    /// Devices whose id begins so, in order of id.
    pub(crate) devices: Vec<DeviceSummary>,
}

/// Finds jobs by words and devices by the beginning of their id. Without words the newest jobs. A hub that does not
/// answer leaves the devices out: the jobs are known here.
#[server(prefix = "/fn", endpoint = "find", protocol = Ask<GetUrl>)]
pub(crate) async fn find(words: String) -> Result<Found, ApiError> {
    use console_wire::{device::DeviceFilter, job::JobFilter};

    let console = super::ssr::console()?;
    let words = words.trim();
    let filter = JobFilter {
        q: Some(words.to_owned()).filter(|words| !words.is_empty()),
        limit: Some(MOST),
        ..JobFilter::default()
    };
    let jobs = console.jobs(&filter).await.map_err(super::ssr::refuse)?.items;
    let devices = match ssr::begins_with(words) {
        Some(condition) => {
            let filter = DeviceFilter { q: Some(condition), limit: Some(MOST), ..DeviceFilter::default() };
            console.devices(&filter).await.map(|page| page.items).unwrap_or_default()
        }
        None => Vec::new(),
    };
    Ok(Found { jobs, devices })
}

#[cfg(feature = "ssr")]
mod ssr {
    use hub_wire::DeviceId;

    /// The condition for ids that begin with `text`; none where no id can. As a range, which a hub finds in its index.
    pub(super) fn begins_with(text: &str) -> Option<String> {
        let id = DeviceId::new(text).ok()?;
        let quoted = id.as_str().replace('\'', "''");
        // No id holds a tilde, and every sign of an id sorts before it.
        Some(format!("deviceId >= '{quoted}' AND deviceId < '{quoted}~'"))
    }

    #[cfg(test)]
    mod tests {
        use super::begins_with;

        #[test]
        fn the_range_of_a_beginning() {
            let range = |text: &str| begins_with(text);
            assert_eq!(range("door-1").unwrap(), "deviceId >= 'door-1' AND deviceId < 'door-1~'");
            assert_eq!(range("o'n").unwrap(), "deviceId >= 'o''n' AND deviceId < 'o''n~'");
            assert_eq!(range(""), None);
            assert_eq!(range("two words"), None);
        }
    }
}
