//! How many devices report the desired properties that a job set. A job of this kind ends when the twins are written; a
//! device that is offline gets the change when it connects, and reports it when it has applied it.
//!
//! The twins of the job's devices are read in pages, at most so many, on request. The count is kept and repeated slowly.

use std::{sync::Arc, time::Duration};

use console_wire::{
    desired_sync::{DesiredSync, SyncCount},
    hub::HubKind,
};
use hub_wire::{
    device::ConnectionState,
    twin::{Object, TwinPatch, own_members},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tracing::warn;

use crate::{
    ConsoleError,
    clock::now,
    core::{Core, Turn},
    jobs,
    preview_list::chunks,
    target::listed,
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

/// A device's reported properties.
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
    let last = match core.sync_cache.begin(job_id, job.sequence, max_age(core.rate_profile)) {
        Turn::Show(count) => return Ok(Some(DesiredSync { written, count })),
        Turn::Count(last) => last,
    };
    let (done, counted) = oneshot::channel();
    // A task, so that a client that leaves does not end it half-way.
    core.spawn({
        let (core, job_id) = (Arc::clone(core), job_id.to_owned());
        async move {
            let count = count(&core, &job_id, &desired).await;
            core.sync_cache.end(&job_id, count.as_ref().ok().copied());
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
    let (most, page_size) = bounds(core.rate_profile);
    let mut count = SyncCount { checked: 0, in_sync: 0, not_connected: 0, not_registered: 0, as_of: now() };
    let mut after = String::new();
    loop {
        let room = most.saturating_sub(usize::try_from(count.checked).unwrap_or(usize::MAX));
        let wanted = STORE_PAGE.min(u32::try_from(room).unwrap_or(u32::MAX));
        let ids = core.store.written_devices(job_id, &after, wanted).await?;
        let Some(last) = ids.last() else { return Ok(count) };
        after.clone_from(last);
        count.checked += ids.len() as u64;
        for chunk in chunks(ids) {
            let query = format!(
                "SELECT connectionState, properties.reported AS reported FROM devices WHERE {}",
                listed(&chunk, None)
            );
            count.not_registered += chunk.len() as u64;
            let mut continuation: Option<String> = None;
            loop {
                core.rate_limits.queries.acquire().await;
                let page = core.hub.query_page::<TwinRow>(&query, page_size, continuation.as_deref()).await?;
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
                    break;
                }
            }
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
