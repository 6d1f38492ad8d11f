//! Which devices a pasted list of ids would address: looked up in queries as long as the hub takes them.

use std::collections::HashSet;

use console_wire::{
    device::DeviceSummary,
    job::MAX_LISTED_DEVICES,
    target::{Preview, ScopeLimit, SimilarDevice},
};
use futures::{StreamExt, TryStreamExt, stream};
use hub_wire::DeviceId;
use serde::Deserialize;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    query_error::{narrow_fault, query_error},
    target::{Target, chunks, listed, narrowed, room_for_ids},
    target_query::{SAMPLE, count_devices, max_chunks, twins},
    validate,
};

/// Unknown ids that are listed by name.
const NAMED: usize = 100;
/// Queries under way at once.
const CONCURRENT_QUERIES: usize = 4;

/// What the hub knows of some ids.
#[derive(Debug, Default)]
pub(crate) struct LookUp {
    pub(crate) count: u64,
    pub(crate) connected: u64,
    pub(crate) unknown: Vec<String>,
    /// How many were not looked up, since this hub allows few queries.
    pub(crate) unchecked: u64,
    /// Devices that it knows and that are outside the scope.
    outside: Vec<String>,
}

/// A row of `SELECT deviceId`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdRow {
    device_id: String,
}

/// Counts within a scope, if there is one; what is outside is listed apart.
pub(crate) async fn preview_list(
    core: &Core,
    pasted: &[String],
    scope: Option<&str>,
) -> Result<Preview, ConsoleError> {
    if let Some(fault) = validate::list_fault(pasted.len()).filter(|_| pasted.len() > MAX_LISTED_DEVICES) {
        return Err(fault.into());
    }
    let PastedIds { ids, mut unknown, duplicates } = sort(pasted);
    let LookUps { chunks, found, unchecked } = look_ups(core, ids, scope).await?;
    let mut total = LookUp { unchecked, ..LookUp::default() };
    let mut sample_from = None;
    for (chunk, of_chunk) in chunks.iter().zip(found) {
        // Best is a part of the list that has a disconnected device.
        let is_mixed = of_chunk.connected < of_chunk.count;
        if of_chunk.count > 0 && (sample_from.is_none() || (is_mixed && total.connected == total.count)) {
            sample_from = Some((chunk, is_mixed));
        }
        total.count += of_chunk.count;
        total.connected += of_chunk.connected;
        total.unknown.extend(of_chunk.unknown);
        total.outside.extend(of_chunk.outside);
    }
    unknown.append(&mut total.unknown);
    let sample = match sample_from {
        Some((chunk, is_mixed)) => sample(core, chunk, is_mixed, scope).await?,
        None => Vec::new(),
    };
    let unknown_count = unknown.len() as u64;
    unknown.truncate(NAMED);
    let similar = similar(core, &unknown, scope).await?;
    Ok(Preview {
        count: total.count,
        connected_count: total.connected,
        sample,
        unknown,
        similar,
        unknown_count,
        unchecked_count: total.unchecked,
        duplicates,
        limit: scope.map(|scope| limit(scope, total.outside)),
        estimate: None,
        as_of: now(),
    })
}

fn limit(scope: &str, mut outside: Vec<String>) -> ScopeLimit {
    let outside_count = outside.len() as u64;
    outside.truncate(NAMED);
    ScopeLimit { scope: scope.to_owned(), outside_count, outside }
}

/// How many of these different ids are devices, and of them connected.
pub(crate) async fn count_listed(core: &Core, ids: Vec<String>) -> Result<LookUp, ConsoleError> {
    let LookUps { found, unchecked, .. } = look_ups(core, ids, None).await?;
    let mut total = LookUp { unchecked, ..LookUp::default() };
    for of_chunk in found {
        total.count += of_chunk.count;
        total.connected += of_chunk.connected;
        total.unknown.extend(of_chunk.unknown);
    }
    Ok(total)
}

/// Those of these different ids that are devices, within a scope if there is one. On a hub that allows few queries only the
/// first ids are looked up.
pub(crate) async fn known_among(
    core: &Core,
    ids: Vec<String>,
    scope: Option<&str>,
) -> Result<HashSet<String>, ConsoleError> {
    let mut known = HashSet::new();
    for chunk in chunks(ids, room_for_ids(scope)).into_iter().take(max_chunks(core.rate_profile)) {
        known.extend(known_of(core, &within(scope, &chunk)?).await?);
    }
    Ok(known)
}

/// Those of these different ids that are devices within a scope. Waits for the console's share of the hub's queries.
pub(crate) async fn known_within(
    core: &Core,
    ids: Vec<String>,
    scope: &str,
) -> Result<HashSet<String>, ConsoleError> {
    let mut known = HashSet::new();
    for chunk in chunks(ids, room_for_ids(Some(scope))) {
        core.rate_limits.queries.acquire().await;
        known.extend(known_of(core, &within(Some(scope), &chunk)?).await?);
    }
    Ok(known)
}

/// A list in chunks as long as a query takes, with what the hub knows of each.
struct LookUps {
    chunks: Vec<Vec<String>>,
    found: Vec<LookUp>,
    /// How many ids are in no chunk, since this hub allows few queries.
    unchecked: u64,
}

async fn look_ups(core: &Core, ids: Vec<String>, scope: Option<&str>) -> Result<LookUps, ConsoleError> {
    let mut chunks = chunks(ids, room_for_ids(scope));
    let unchecked = chunks.split_off(chunks.len().min(max_chunks(core.rate_profile)));
    // Collected first: a stream that maps references makes a future whose lifetimes no caller can name.
    let look_ups: Vec<_> = chunks.iter().map(|chunk| look_up(core, chunk, scope)).collect();
    let found = stream::iter(look_ups).buffered(CONCURRENT_QUERIES).try_collect().await?;
    Ok(LookUps { chunks, found, unchecked: unchecked.iter().map(|chunk| chunk.len() as u64).sum() })
}

async fn look_up(core: &Core, ids: &[String], scope: Option<&str>) -> Result<LookUp, ConsoleError> {
    let condition = within(scope, ids)?;
    let (count, connected) = count_devices(core, &condition).await?;
    let mut look_up = LookUp { count, connected, ..LookUp::default() };
    if count == ids.len() as u64 {
        return Ok(look_up);
    }
    let inside = known_of(core, &condition).await?;
    let known = if scope.is_some() { known_of(core, &listed(ids, None)).await? } else { inside.clone() };
    for id in ids.iter().filter(|id| !inside.contains(*id)) {
        let kind = if known.contains(id) { &mut look_up.outside } else { &mut look_up.unknown };
        kind.push(id.clone());
    }
    Ok(look_up)
}

/// The condition that selects those of some devices that are within a scope.
fn within(scope: Option<&str>, ids: &[String]) -> Result<String, ConsoleError> {
    narrowed(scope, &listed(ids, None)).map_err(|error| narrow_fault("deviceIds", &error).into())
}

/// The ids of the devices of a condition.
async fn known_of(core: &Core, condition: &str) -> Result<HashSet<String>, ConsoleError> {
    let query = format!("SELECT deviceId FROM devices WHERE {condition}");
    let rows = core.hub.query::<IdRow>(&query, 1000).map_ok(|row| row.device_id).try_collect();
    rows.await.map_err(|error| query_error("deviceIds", condition, error))
}

/// The devices whose ids differ from unknown ones only in upper and lower case. A hub tells the cases apart and cannot be
/// asked to ignore them, so the usual spellings are looked up, as many as fit into one query. None from outside of a scope.
async fn similar(
    core: &Core,
    unknown: &[String],
    scope: Option<&str>,
) -> Result<Vec<SimilarDevice>, ConsoleError> {
    let spellings: Vec<String> = unknown.iter().flat_map(|id| spellings(id)).collect();
    let Some(spellings) = chunks(spellings, room_for_ids(scope)).into_iter().next() else {
        return Ok(Vec::new());
    };
    let known = known_of(core, &within(scope, &spellings)?).await?;
    let device = |written: &String| {
        let device_id = self::spellings(written).into_iter().find(|id| known.contains(id))?;
        Some(SimilarDevice { written: written.clone(), device_id })
    };
    Ok(unknown.iter().filter_map(device).collect())
}

/// Other spellings of an id: in lower case, in upper case, with a capital.
fn spellings(id: &str) -> Vec<String> {
    let (lower, upper) = (id.to_ascii_lowercase(), id.to_ascii_uppercase());
    let mut capital = lower.clone();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut spellings = Vec::new();
    for spelling in [lower, upper, capital] {
        if spelling != id && DeviceId::new(&spelling).is_ok() && !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

async fn sample(
    core: &Core,
    ids: &[String],
    is_mixed: bool,
    scope: Option<&str>,
) -> Result<Vec<DeviceSummary>, ConsoleError> {
    let condition = within(scope, ids)?;
    let target = Target::of(&condition);
    let disconnected =
        if is_mixed { twins(core, &condition, &target.disconnected(), 1).await? } else { Vec::new() };
    let mut sample = twins(core, &condition, &target.all(), SAMPLE).await?;
    if let Some(disconnected) = disconnected.into_iter().next()
        && !sample.iter().any(|twin| twin.device_id == disconnected.device_id)
    {
        sample.truncate(SAMPLE - 1);
        sample.push(disconnected);
    }
    Ok(sample.into_iter().map(DeviceSummary::from).collect())
}

/// A pasted list, sorted into ids and what is no id.
#[derive(Debug, PartialEq, Eq)]
struct PastedIds {
    /// Each once, in the list's order.
    ids: Vec<String>,
    /// Texts that cannot be a device id.
    unknown: Vec<String>,
    duplicates: u64,
}

fn sort(pasted: &[String]) -> PastedIds {
    let mut seen = HashSet::new();
    let mut sorted = PastedIds { ids: Vec::new(), unknown: Vec::new(), duplicates: 0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_texts_are_sorted() {
        let pasted = [" a", "b", "a", "", "no id", "b ", "no id"].map(str::to_owned);
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expected = PastedIds { ids: owned(&["a", "b"]), unknown: owned(&["no id"]), duplicates: 3 };
        assert_eq!(sort(&pasted), expected);
    }

    #[test]
    fn spellings_of_ids() {
        for (id, expected) in [
            ("DOOR-0043", vec!["door-0043", "Door-0043"]),
            ("door-1", vec!["DOOR-1", "Door-1"]),
            ("1", vec![]),
            ("no id", vec![]),
            ("é", vec![]),
        ] {
            assert_eq!(spellings(id), expected, "{id}");
        }
    }
}
