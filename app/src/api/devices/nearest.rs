//! Suggestions for an unknown id: the nearest ones by how many characters differ.

use console::Console;
use console_wire::{access::Actor, device::DeviceFilter};

/// Shown at most.
const SHOWN: usize = 3;
/// Characters of the id's beginning that candidates share, tried in turn.
const PREFIXES: [usize; 3] = [6, 3, 1];

/// The ids nearest to an unknown one, within the scope of who asks; none where the hub does not answer.
pub(in crate::api) async fn nearest(console: &Console, wanted: &str, actor: &Actor) -> Vec<String> {
    // No id is longer, and the distance takes time by the length of both.
    let wanted: String = wanted.chars().take(hub_wire::id::MAX_DEVICE_ID).collect();
    let wanted = wanted.as_str();
    let mut candidates: Vec<String> = Vec::new();
    for length in PREFIXES {
        let prefix: String = wanted.chars().take(length).collect();
        let condition = format!("STARTS_WITH(deviceId, {})", hub_query::write::text(&prefix));
        let filter = DeviceFilter { q: Some(condition), limit: Some(100), ..DeviceFilter::default() };
        if let Ok(page) = console.devices(&filter, actor).await {
            candidates.extend(page.items.into_iter().map(|device| device.device_id.to_string()));
        }
        if candidates.len() >= SHOWN {
            break;
        }
    }
    ranked(wanted, candidates)
}

fn ranked(wanted: &str, mut candidates: Vec<String>) -> Vec<String> {
    candidates.sort();
    candidates.dedup();
    candidates.sort_by_key(|id| strsim::levenshtein(&id.to_lowercase(), &wanted.to_lowercase()));
    candidates.truncate(SHOWN);
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let ids = ["door-0432", "door-0421", "gate-1", "DOOR-0421", "door-9"].map(String::from).to_vec();
        assert_eq!(ranked("dor-0421", ids), ["DOOR-0421", "door-0421", "door-0432"]);
    }
}
