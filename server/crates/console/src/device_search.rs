//! Devices by plain text: a part of an id, a tag's value, or a tag's name and its value. The text becomes a condition over the
//! tags that devices of this hub have.

use std::time::Duration;

use console_wire::{
    device::{DeviceFilter, DeviceSummary},
    page::Page,
};
use hub_query::words;
use hub_wire::twin::Twin;

use crate::{
    ConsoleError,
    core::Core,
    device_table::tag_names,
    devices::{devices, twins},
};

/// Twins whose tags are looked at.
const SAMPLE: u32 = 100;
/// How long the names of tags count: a search needs them, and a real hub answers few queries a minute.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The condition that a plain text means; `None` for a text that is a condition already.
pub(crate) async fn condition(
    core: &Core,
    scope: Option<&str>,
    text: &str,
) -> Result<Option<String>, ConsoleError> {
    let Some(words) = words::words(text) else { return Ok(None) };
    Ok(Some(words::condition(&words, &known_tags(core, scope).await?)))
}

/// At most `limit` devices within a scope that a plain text finds; none for a text that is no plain text.
pub(crate) async fn search(
    core: &Core,
    scope: Option<&str>,
    text: &str,
    limit: u32,
) -> Result<Vec<DeviceSummary>, ConsoleError> {
    let Some(condition) = condition(core, scope, text).await? else { return Ok(Vec::new()) };
    let filter = DeviceFilter { q: Some(condition), cursor: None, limit: Some(limit) };
    Ok(devices(core, scope, &filter).await?.items)
}

/// The tags that devices of this hub have, those within a scope if there is one.
pub(crate) async fn known_tags(core: &Core, scope: Option<&str>) -> Result<Vec<String>, ConsoleError> {
    let key = (scope.unwrap_or_default().to_owned(), String::new());
    if let Some(names) = core.tag_names.get(&key, MAX_AGE) {
        return Ok(names);
    }
    let filter = DeviceFilter { limit: Some(SAMPLE), ..DeviceFilter::default() };
    let Page { items, .. }: Page<Twin> = twins(core, scope, &filter).await?;
    let names = tag_names(&items);
    core.tag_names.insert(key, names.clone());
    Ok(names)
}
