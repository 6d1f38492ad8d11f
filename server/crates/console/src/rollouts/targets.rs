//! Which devices a rollout addresses, read from the hub; and which of its devices have connected.

use std::collections::{HashMap, HashSet};

use console_wire::{
    job::JobSummary,
    rollout::settings::{Order, Settings, WaveSize, Windows, Zone},
};
use futures::TryStreamExt;
use hub_wire::twin::Object;
use rollout::order::Target as RolloutDeviceTarget;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    ConsoleError,
    core::Core,
    query_error::{narrow_fault, query_error},
    store::RolloutDevice,
    target::{Target, chunks, listed, narrowed, room_for_ids},
    target_query::{FIELD, max_chunks},
};

/// Devices in a page of a query's answer.
const PAGE: u32 = 1_000;

/// A device as these queries give it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    device_id: String,
    #[serde(default)]
    tags: Object,
}

/// Targets, and the devices that they are.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) targets: Vec<RolloutDeviceTarget>,
    pub(super) devices: Vec<RolloutDevice>,
}

/// The tags that settings name: of the order, of the waves, of the zones.
struct Tags<'a> {
    order: Option<&'a str>,
    wave: Option<&'a str>,
    zone: Option<&'a str>,
}

impl<'a> Tags<'a> {
    fn of(settings: &'a Settings) -> Self {
        let wave = settings.waves.iter().find_map(|wave| match &wave.size {
            WaveSize::Tag(of) => Some(of.tag.as_str()),
            _ => None,
        });
        Self {
            order: match &settings.order {
                Order::Tag(of) => Some(&of.tag),
                Order::Sample => None,
            },
            wave,
            zone: match &settings.windows {
                Some(Windows { zone: Zone::Tag(of), .. }) => Some(&of.tag),
                _ => None,
            },
        }
    }

    fn are_used(&self) -> bool {
        self.order.is_some() || self.wave.is_some() || self.zone.is_some()
    }

    fn target(&self, device_id: &str, tags: &Object) -> RolloutDeviceTarget {
        let value = |path: Option<&str>| path.and_then(|path| tag_value(tags, path));
        RolloutDeviceTarget {
            device_id: device_id.to_owned(),
            order_value: value(self.order),
            wave_value: value(self.wave),
            zone: value(self.zone),
        }
    }
}

/// The value of a tag as text; `None` for one that is not there, and for an object or a list.
fn tag_value(tags: &Object, path: &str) -> Option<String> {
    let mut names = path.strip_prefix("tags.")?.split('.');
    let first = tags.get(names.next()?)?;
    let value = names.try_fold(first, |value, name| value.as_object()?.get(name))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The devices that a job on a condition addresses now.
pub(super) async fn of_condition(
    core: &Core,
    job: &JobSummary,
    settings: &Settings,
) -> Result<Targets, ConsoleError> {
    let tags = Tags::of(settings);
    let condition = &job.query_condition;
    let mut rows = std::pin::pin!(core.hub.query::<Row>(&Target::of(condition).ids(tags.are_used()), PAGE));
    let mut found = Targets::default();
    let mut seen = HashSet::new();
    while let Some(row) = rows.try_next().await.map_err(|error| query_error(FIELD, condition, error))? {
        // A device that moved while pages were read may come twice.
        if seen.insert(row.device_id.clone()) {
            found.targets.push(tags.target(&row.device_id, &row.tags));
            found.devices.push(RolloutDevice { device_id: row.device_id, is_outside: false });
        }
    }
    Ok(found)
}

/// The devices of a list, in its order, with their tags where the settings name some. Those that are not in the scope of who asked
/// are marked.
pub(super) async fn of_list(
    core: &Core,
    devices: Vec<RolloutDevice>,
    scope: Option<&str>,
    settings: &Settings,
) -> Result<Targets, ConsoleError> {
    let tags = Tags::of(settings);
    let mut known: HashMap<String, Object> = HashMap::new();
    let is_asked = scope.is_some() || tags.are_used();
    if is_asked {
        let ids = devices.iter().map(|device| device.device_id.clone()).collect();
        for ids in chunks(ids, room_for_ids(scope)) {
            let condition =
                narrowed(scope, &listed(&ids, None)).map_err(|error| narrow_fault("deviceIds", &error))?;
            core.rate_limits.queries.acquire().await;
            let mut rows =
                std::pin::pin!(core.hub.query::<Row>(&Target::of(&condition).ids(tags.are_used()), PAGE));
            while let Some(row) = rows.try_next().await? {
                known.insert(row.device_id, row.tags);
            }
        }
    }
    let none = Object::new();
    let mut found = Targets::default();
    for device in devices {
        let of_device = known.get(&device.device_id);
        found.targets.push(tags.target(&device.device_id, of_device.unwrap_or(&none)));
        found.devices.push(RolloutDevice { is_outside: scope.is_some() && of_device.is_none(), ..device });
    }
    Ok(found)
}

/// Those of these devices that are connected now. Of very many only the first are looked up where the hub allows few queries.
pub(super) async fn connected(core: &Core, ids: Vec<String>) -> Result<HashSet<String>, ConsoleError> {
    let mut connected = HashSet::new();
    for ids in chunks(ids, room_for_ids(None)).into_iter().take(max_chunks(core.rate_profile)) {
        core.rate_limits.queries.acquire().await;
        let condition = listed(&ids, None);
        let query = Target::of(&condition).connected_ids();
        let rows: Vec<Row> = core.hub.query(&query, PAGE).try_collect().await?;
        connected.extend(rows.into_iter().map(|row| row.device_id));
    }
    Ok(connected)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_tags() {
        let tags = json!({"building": "43", "floor": 3, "site": {"zone": "Europe/Berlin"}, "list": [1]});
        let tags = tags.as_object().unwrap();
        for (path, value) in [
            ("tags.building", Some("43")),
            ("tags.floor", Some("3")),
            ("tags.site.zone", Some("Europe/Berlin")),
            ("tags.site", None),
            ("tags.list", None),
            ("tags.other", None),
            ("building", None),
        ] {
            assert_eq!(tag_value(tags, path).as_deref(), value, "{path}");
        }
    }
}
