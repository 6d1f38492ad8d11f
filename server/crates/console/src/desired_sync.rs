//! How many devices report the desired properties that a job set. A job of this kind ends when the twins are written; a
//! device that is offline gets the change when it connects, and reports it when it has applied it.
//!
//! The twins of the job's devices or modules are read in pages, at most so many, on request. The count is kept and repeated slowly.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use console_wire::{
    desired_sync::{DesiredSync, SyncCount},
    hub::HubKind,
};
use hub_wire::{
    device::ConnectionState,
    query::MAX_QUERY_LENGTH,
    twin::{Object, TwinPatch, own_members},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tracing::warn;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    jobs,
    target::{chunks, listed},
};

/// How long a request waits for a count before it is answered without, or with the one before.
const PATIENCE: Duration = Duration::from_secs(1);
/// Devices read from the store at once.
const STORE_PAGE: u32 = 1_000;

/// How many twins are read for a count, and how many in a page. A real hub allows few queries, in pages of 100.
const fn bounds(kind: HubKind) -> (usize, u32) {
    match kind {
        HubKind::Embedded => (20_000, 1_000),
        HubKind::Remote => (1_000, 100),
    }
}

/// How old a count may be.
const fn max_age(kind: HubKind) -> Duration {
    match kind {
        HubKind::Embedded => Duration::from_secs(3),
        HubKind::Remote => Duration::from_mins(1),
    }
}

/// What a device, or a module of it, reports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TwinRow {
    connection_state: ConnectionState,
    #[serde(default)]
    reported: Object,
}

/// `None` for a job that sets no desired property.
pub(crate) async fn desired_sync(
    core: &Arc<Core>,
    job_id: &str,
) -> Result<Option<DesiredSync>, ConsoleError> {
    let job = jobs::job(core, job_id).await?;
    let desired = job.update_twin.as_ref().and_then(TwinPatch::desired);
    let Some(desired) = desired.filter(|desired| own_members(desired).next().is_some()).cloned() else {
        return Ok(None);
    };
    let written = job.outcomes.succeeded;
    let slot = core.sync_counts.slot(job_id);
    let last = slot.newest().flatten();
    let is_new_enough = slot.at_least_and_younger(job.sequence, max_age(core.rate_profile)).is_some();
    // Only one count of a job is under way.
    let turn = match Arc::clone(&slot.turn).try_lock_owned() {
        Ok(turn) if !is_new_enough && slot.rest().is_zero() => turn,
        _ => return Ok(Some(DesiredSync { written, count: last })),
    };
    let (done, counted) = oneshot::channel();
    // A task, so that a client that leaves does not end it half-way.
    core.spawn({
        let (core, job_id) = (Arc::clone(core), job_id.to_owned());
        async move {
            let _turn = turn;
            let begun = Instant::now();
            let count = count(&core, &job_id, &desired).await;
            // One that failed keeps the result before.
            slot.keep(count.as_ref().ok().copied().or(last), job.sequence, begun.elapsed());
            if let Err(Err(error)) = done.send(count) {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not count devices in sync");
            }
        }
    });
    let count = match tokio::time::timeout(PATIENCE, counted).await {
        Ok(Ok(count)) => Some(count?),
        Ok(Err(_)) | Err(_) => last,
    };
    Ok(Some(DesiredSync { written, count }))
}

async fn count(core: &Core, job_id: &str, desired: &Object) -> Result<SyncCount, ConsoleError> {
    let (most, _) = bounds(core.rate_profile);
    let mut count = SyncCount { checked: 0, in_sync: 0, not_connected: 0, not_registered: 0, as_of: now() };
    let mut after = (String::new(), String::new());
    loop {
        let room = most.saturating_sub(usize::try_from(count.checked).unwrap_or(usize::MAX));
        let wanted = STORE_PAGE.min(u32::try_from(room).unwrap_or(u32::MAX));
        let twins = core.store.written_twins(job_id, &after, wanted).await?;
        let Some(last) = twins.last() else { return Ok(count) };
        after.clone_from(last);
        count.checked += twins.len() as u64;
        let mut by_module: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (device_id, module_id) in twins {
            by_module.entry(module_id).or_default().push(device_id);
        }
        for (module_id, device_ids) in by_module {
            for chunk in chunks(device_ids, room_for_ids(&module_id)) {
                count_chunk(core, &query(&chunk, &module_id), chunk.len() as u64, desired, &mut count)
                    .await?;
            }
        }
    }
}

/// The query for the twins of these devices, or of their modules of one name.
fn query(device_ids: &[String], module_id: &str) -> String {
    let columns = "SELECT connectionState, properties.reported AS reported";
    if module_id.is_empty() {
        format!("{columns} FROM devices WHERE {}", listed(device_ids, None))
    } else {
        format!("{columns} {}", listed(device_ids, Some(module_id)))
    }
}

/// How many characters the ids may take in such a query.
fn room_for_ids(module_id: &str) -> usize {
    MAX_QUERY_LENGTH.saturating_sub(query(&[], module_id).len())
}

/// Adds the twins that a query finds to a count, of so many that it asks for.
async fn count_chunk(
    core: &Core,
    query: &str,
    requested: u64,
    desired: &Object,
    count: &mut SyncCount,
) -> Result<(), ConsoleError> {
    let (_, page_size) = bounds(core.rate_profile);
    count.not_registered += requested;
    let mut continuation: Option<String> = None;
    loop {
        core.rate_limits.queries.acquire().await;
        let page = core.hub.query_page::<TwinRow>(query, page_size, continuation.as_deref()).await?;
        count.not_registered -= (page.items.len() as u64).min(count.not_registered);
        for row in &page.items {
            if holds(&row.reported, desired) {
                count.in_sync += 1;
            } else if row.connection_state == ConnectionState::Disconnected {
                count.not_connected += 1;
            }
        }
        continuation = page.continuation;
        if continuation.is_none() {
            return Ok(());
        }
    }
}

/// Whether reported properties hold every value of a change: null means that there is none.
fn holds(reported: &Object, change: &Object) -> bool {
    own_members(change).all(|(name, wanted)| match (wanted, reported.get(name)) {
        (Value::Null, found) => found.is_none_or(Value::is_null),
        (Value::Object(wanted), Some(Value::Object(found))) => holds(found, wanted),
        // Nothing is there, which is what a change that only removes wants.
        (Value::Object(wanted), None) => !wanted.is_empty() && holds(&Object::new(), wanted),
        // 3 and 3.0 are the same number in JSON.
        (Value::Number(wanted), Some(Value::Number(found))) => {
            wanted == found || wanted.as_f64() == found.as_f64()
        }
        (wanted, found) => found == Some(wanted),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn queries_fit_the_hub() {
        let ids: Vec<_> = (0..2000).map(|number| format!("{number:'>128}")).collect();
        for module_id in [String::new(), "'".repeat(128)] {
            for chunk in chunks(ids.clone(), room_for_ids(&module_id)) {
                let length = query(&chunk, &module_id).chars().count();
                assert!(length <= MAX_QUERY_LENGTH, "{length}");
            }
        }
    }

    #[test]
    fn reported_values_that_hold_a_change() {
        let reported = json!({"mode": "night", "level": 3.0, "lock": {"state": "closed", "tries": 2},
            "list": [1, 2], "empty": {}, "$version": 7});
        for (change, is_held) in [
            (json!({}), true),
            (json!({"mode": "night"}), true),
            (json!({"mode": "day"}), false),
            (json!({"mode": "night", "other": 1}), false),
            (json!({"level": 3}), true),
            (json!({"level": "3"}), false),
            (json!({"lock": {"state": "closed"}}), true),
            (json!({"lock": {"state": "open"}}), false),
            (json!({"lock": {"state": null}}), false),
            (json!({"lock": "closed"}), false),
            (json!({"gone": null}), true),
            (json!({"mode": null}), false),
            (json!({"gone": {"a": null}}), true),
            (json!({"gone": {"a": 1}}), false),
            (json!({"gone": {}}), false),
            (json!({"empty": {}}), true),
            (json!({"list": [1, 2]}), true),
            (json!({"list": [2, 1]}), false),
            (json!({"$version": 9}), true),
        ] {
            let objects = [&reported, &change].map(|value| value.as_object().unwrap());
            assert_eq!(holds(objects[0], objects[1]), is_held, "{change}");
        }
    }
}
