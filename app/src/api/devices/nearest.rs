//! Ids that somebody may have meant: the nearest ones by how many characters differ.

use console::Console;
use console_wire::device::DeviceFilter;

/// Shown at most.
const SHOWN: usize = 3;
/// Characters of the id's beginning that candidates share, tried in turn.
const PREFIXES: [usize; 3] = [6, 3, 1];

/// The ids nearest to one that there is not. Empty when the hub does not answer: the page is about something else.
pub(super) async fn nearest(console: &Console, wanted: &str) -> Vec<String> {
    let mut candidates: Vec<String> = Vec::new();
    for length in PREFIXES {
        let prefix: String = wanted.chars().take(length).filter(|c| *c != '\'' && *c != '\\').collect();
        let condition = format!("STARTS_WITH(deviceId, '{prefix}')");
        let filter = DeviceFilter { q: Some(condition), limit: Some(100), ..DeviceFilter::default() };
        if let Ok(page) = console.devices(&filter).await {
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
    candidates.sort_by_key(|id| distance(&id.to_lowercase(), &wanted.to_lowercase()));
    candidates.truncate(SHOWN);
    candidates
}

/// Characters to change, add or remove: Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, b) in other.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, expected) in
            [("", "", 0), ("a", "", 1), ("door-1", "dor-1", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(one, other), expected);
            assert_eq!(distance(other, one), expected);
        }
    }

    #[test]
    fn the_nearest_come_first() {
        let ids = ["door-0432", "door-0421", "gate-1", "DOOR-0421", "door-9"].map(String::from).to_vec();
        assert_eq!(ranked("dor-0421", ids), ["DOOR-0421", "door-0421", "door-0432"]);
    }
}
