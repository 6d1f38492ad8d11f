//! Who a pasted list of device ids would address: looked up in queries as long as the hub takes them.

use std::collections::HashSet;

use console_wire::{device::DeviceSummary, hub::HubKind, job::MAX_LISTED_DEVICES, target::Preview};
use futures::{StreamExt, TryStreamExt, stream};
use hub_wire::{DeviceId, query::MAX_QUERY_LENGTH};
use serde::Deserialize;

use crate::{
    ConsoleError,
    console::{Core, now},
    explain::query_error,
    preview::SAMPLE,
    target::{LONGEST_FRAME, Target, listed},
    validate,
};

/// Unknown ids that are named.
const NAMED: usize = 100;
/// Characters that a list may have within a query.
const ROOM: usize = MAX_QUERY_LENGTH - 2 * LONGEST_FRAME;
/// Queries under way at once.
const AT_ONCE: usize = 4;

/// Queries' worth of ids that are looked up: a real hub allows 20 queries a minute and unit.
const fn most_chunks(kind: HubKind) -> usize {
    match kind {
        HubKind::Embedded => usize::MAX,
        HubKind::Remote => 6,
    }
}

/// What was found out about some ids.
#[derive(Debug, Default)]
struct Looked {
    count: u64,
    connected: u64,
    unknown: Vec<String>,
}

/// A row of `SELECT deviceId`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    device_id: String,
}

impl Core {
    pub(crate) async fn preview_list(&self, pasted: &[String]) -> Result<Preview, ConsoleError> {
        if let Some(fault) = validate::list_fault(pasted.len()).filter(|_| pasted.len() > MAX_LISTED_DEVICES)
        {
            return Err(fault.into());
        }
        let Sorted { ids, mut unknown, duplicates } = sort(pasted);
        let mut chunks = chunks(ids);
        let beyond = chunks.split_off(chunks.len().min(most_chunks(self.paced_as)));
        // Collected first: a stream that maps references makes a future whose lifetimes no caller can name.
        let looks: Vec<_> = chunks.iter().map(|chunk| self.look_up(chunk)).collect();
        let looked: Vec<Looked> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        let mut total = Looked::default();
        let mut sample_from = None;
        for (chunk, looked) in chunks.iter().zip(looked) {
            // Best is a part of the list that has somebody who is away.
            let is_mixed = looked.connected < looked.count;
            if looked.count > 0 && (sample_from.is_none() || (is_mixed && total.connected == total.count)) {
                sample_from = Some((chunk, is_mixed));
            }
            total.count += looked.count;
            total.connected += looked.connected;
            total.unknown.extend(looked.unknown);
        }
        unknown.append(&mut total.unknown);
        let sample = match sample_from {
            Some((chunk, is_mixed)) => self.sample_of(chunk, is_mixed).await?,
            None => Vec::new(),
        };
        let unknown_count = unknown.len() as u64;
        unknown.truncate(NAMED);
        Ok(Preview {
            count: total.count,
            connected_count: total.connected,
            sample,
            unknown,
            unknown_count,
            unchecked_count: beyond.iter().map(|chunk| chunk.len() as u64).sum(),
            duplicates,
            estimate: None,
            as_of: now(),
        })
    }

    async fn look_up(&self, ids: &[String]) -> Result<Looked, ConsoleError> {
        let condition = listed(ids, None);
        let target = Target::of(&condition);
        let count = self.count(&condition, &target.count()).await?;
        let connected = match count {
            0 => 0,
            _ => self.count(&condition, &target.connected_count()).await?.min(count),
        };
        let unknown =
            if count < ids.len() as u64 { self.unknown_of(ids, &condition).await? } else { Vec::new() };
        Ok(Looked { count, connected, unknown })
    }

    async fn unknown_of(&self, ids: &[String], condition: &str) -> Result<Vec<String>, ConsoleError> {
        let query = format!("SELECT deviceId FROM devices WHERE {condition}");
        let known: HashSet<String> = self
            .hub
            .query::<Known>(&query, 1000)
            .map_ok(|row| row.device_id)
            .try_collect()
            .await
            .map_err(|error| query_error("deviceIds", condition, error))?;
        Ok(ids.iter().filter(|id| !known.contains(*id)).cloned().collect())
    }

    async fn sample_of(&self, ids: &[String], is_mixed: bool) -> Result<Vec<DeviceSummary>, ConsoleError> {
        let condition = listed(ids, None);
        let target = Target::of(&condition);
        let away =
            if is_mixed { self.twins(&condition, &target.disconnected(), 1).await? } else { Vec::new() };
        let mut sample = self.twins(&condition, &target.all(), SAMPLE).await?;
        if let Some(away) = away.into_iter().next()
            && !sample.iter().any(|twin| twin.device_id == away.device_id)
        {
            sample.truncate(SAMPLE - 1);
            sample.push(away);
        }
        Ok(sample.into_iter().map(DeviceSummary::from).collect())
    }
}

/// A pasted list, told apart.
#[derive(Debug, PartialEq, Eq)]
struct Sorted {
    /// Each once, in the list's order.
    ids: Vec<String>,
    /// What no device can be called.
    unknown: Vec<String>,
    duplicates: u64,
}

fn sort(pasted: &[String]) -> Sorted {
    let mut seen = HashSet::new();
    let mut sorted = Sorted { ids: Vec::new(), unknown: Vec::new(), duplicates: 0 };
    for text in pasted.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        if !seen.insert(text) {
            sorted.duplicates += 1;
        } else if DeviceId::new(text).is_ok() {
            sorted.ids.push(text.to_owned());
        } else {
            sorted.unknown.push(text.chars().take(160).collect());
        }
    }
    sorted
}

/// Ids in runs that a query can say.
fn chunks(ids: Vec<String>) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for id in ids {
        // Quotes, comma and space.
        let needed = id.len() + 4;
        match chunks.last_mut() {
            Some(chunk) if needed <= room => chunk.push(id),
            _ => {
                room = ROOM;
                chunks.push(vec![id]);
            }
        }
        room -= needed;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pasted_is_told_apart() {
        let pasted = [" a", "b", "a", "", "no id", "b ", "no id"].map(str::to_owned);
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expected = Sorted { ids: owned(&["a", "b"]), unknown: owned(&["no id"]), duplicates: 3 };
        assert_eq!(sort(&pasted), expected);
    }

    #[test]
    fn runs_fit_a_query() {
        for (count, length) in [(0, 1), (1, 128), (5000, 9), (500, 128)] {
            let ids: Vec<_> = (0..count).map(|number| format!("{number:0>length$}")).collect();
            let chunks = chunks(ids.clone());
            for chunk in &chunks {
                let condition = listed(chunk, None);
                assert!(Target::of(&condition).disconnected().len() <= MAX_QUERY_LENGTH);
            }
            assert_eq!(chunks.concat(), ids);
        }
    }
}
