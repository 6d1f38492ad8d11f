//! Asking the hub about the devices of a condition: how many there are, and some of them.

use console_wire::{hub::HubKind, problem::FieldError};
use hub_wire::twin::Twin;
use serde::Deserialize;

use crate::{ConsoleError, core::Core, query_error::query_error, target::Target};

/// The field that holds the condition.
pub(crate) const FIELD: &str = "queryCondition";
/// Devices shown of a preview.
pub(crate) const SAMPLE: usize = 5;

/// Queries' worth of ids that are looked up for one request: a real hub allows 20 queries a minute and unit.
pub(crate) const fn max_chunks(kind: HubKind) -> usize {
    match kind {
        HubKind::Embedded => usize::MAX,
        HubKind::Remote => 6,
    }
}

/// The answer to `SELECT COUNT() AS n`.
#[derive(Deserialize)]
struct CountRow {
    n: Option<u64>,
}

/// How many devices a condition selects now. Refuses what the hub refuses.
pub(crate) async fn count_targets(core: &Core, condition: &str) -> Result<u64, ConsoleError> {
    count(core, condition, &Target::of(condition).count()).await
}

/// How many devices a condition selects, and how many of them are connected.
pub(crate) async fn count_devices(core: &Core, condition: &str) -> Result<(u64, u64), ConsoleError> {
    let devices = count_targets(core, condition).await?;
    let connected = match devices {
        0 => 0,
        // The two counts are taken one after the other; a device that joined between them is not in the first.
        _ => count(core, condition, &Target::of(condition).connected_count()).await?.min(devices),
    };
    Ok((devices, connected))
}

/// The count that a query of a condition gives.
async fn count(core: &Core, condition: &str, query: &str) -> Result<u64, ConsoleError> {
    let page = core.hub.query_page::<CountRow>(query, 2, None).await;
    let page = page.map_err(|error| query_error(FIELD, condition, error))?;
    match page.items.as_slice() {
        // Nothing to count may be an answer without a row.
        [] => Ok(0),
        [CountRow { n: Some(n) }] => Ok(*n),
        _ => Err(FieldError::new(FIELD, "may only select devices; GROUP BY does not belong here").into()),
    }
}

/// At most `limit` of the twins that a query of a condition gives.
pub(crate) async fn twins(
    core: &Core,
    condition: &str,
    query: &str,
    limit: usize,
) -> Result<Vec<Twin>, ConsoleError> {
    let page_size = u32::try_from(limit).unwrap_or(u32::MAX);
    let page = core.hub.query_page::<Twin>(query, page_size, None).await;
    let mut twins = page.map_err(|error| query_error(FIELD, condition, error))?.items;
    twins.truncate(limit);
    Ok(twins)
}
