//! Devices as table rows: chosen attributes of their twins as columns, and the names of their other attributes.

use std::collections::BTreeMap;

use console_wire::{
    device::{DeviceFilter, DeviceSummary},
    device_table::{DeviceRow, DeviceTable},
    page::Page,
};
use hub_query::attribute;
use hub_wire::twin::{Object, Twin, own_members};
use serde_json::Value;

use crate::{ConsoleError, core::Core, devices::twins};

/// Names listed of each of the three sections of a twin.
const MAX_NAMES: usize = 40;
/// Attributes offered to narrow by.
const MAX_FACETS: usize = 16;
/// Longest value of a facet, in bytes.
const MAX_VALUE_LENGTH: usize = 64;

/// The sections of a twin, as a query names them: tags, reported, desired.
const SECTIONS: [&[&str]; 3] = [&["tags"], &["properties", "reported"], &["properties", "desired"]];
/// Which of them is that of the desired properties.
const DESIRED: usize = 2;

pub(crate) async fn device_table(
    core: &Core,
    scope: Option<&str>,
    filter: &DeviceFilter,
    columns: &[String],
) -> Result<DeviceTable, ConsoleError> {
    let page = twins(core, scope, filter).await?;
    let (names, facets) = names(&page.items);
    let row = |twin: Twin| {
        let values = columns.iter().map(|path| value_at(&twin, path).cloned().unwrap_or_default());
        DeviceRow { values: values.collect(), device: DeviceSummary::from(twin) }
    };
    let rows = Page { items: page.items.into_iter().map(row).collect(), next_cursor: page.next_cursor };
    Ok(DeviceTable { rows, columns: columns.to_vec(), names, facets })
}

fn sections(twin: &Twin) -> [&Object; 3] {
    [&twin.tags, &twin.properties.reported, &twin.properties.desired]
}

/// The value that a twin has under a name such as `tags.site.[[my-key]]`.
pub(crate) fn value_at<'a>(twin: &'a Twin, path: &str) -> Option<&'a Value> {
    let keys = attribute::keys(path)?;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (section, keys) = SECTIONS
        .iter()
        .zip(sections(twin))
        .find_map(|(name, section)| Some((section, keys.strip_prefix(*name)?)))?;
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(section.get(*first)?, |value, key| value.get(key))
}

/// Every value of a section with its name as a query writes it; those that a query cannot name are left out.
fn named<'a>(section: &[&'static str], members: &'a Object) -> Vec<(String, &'a Value)> {
    fn collect<'a>(keys: &mut Vec<&'a str>, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (key, value) in members {
                    keys.push(key);
                    collect(keys, value, found);
                    keys.pop();
                }
            }
            _ => {
                if let Some(path) =
                    attribute::path(keys.iter().copied()).filter(|path| attribute::is_attribute(path))
                {
                    found.push((path, value));
                }
            }
        }
    }
    let mut found = Vec::new();
    for (key, value) in own_members(members) {
        let mut keys: Vec<&str> = section.to_vec();
        keys.push(key);
        collect(&mut keys, value, &mut found);
    }
    found
}

/// The attributes of these devices, and those of them whose values repeat: three devices have the same one on average.
fn names(twins: &[Twin]) -> (Vec<String>, Vec<String>) {
    let (mut all, mut facets) = (Vec::new(), Vec::new());
    for (index, section) in SECTIONS.iter().enumerate() {
        // Sorted by name, so that the order is the same whichever devices are on the page.
        let mut known: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for twin in twins {
            for (path, value) in named(section, sections(twin)[index]) {
                known.entry(path).or_default().push(value);
            }
        }
        // Desired values are reported sooner or later: one of the two is enough to narrow by.
        if index != DESIRED {
            facets.extend(known.iter().filter(|(_, values)| is_facet(values)).map(|(path, _)| path.clone()));
        }
        all.extend(known.into_keys().take(MAX_NAMES));
    }
    facets.truncate(MAX_FACETS);
    (all, facets)
}

/// The tags of these devices that have a short value, the most frequent first, at most [`MAX_FACETS`]. They are what a
/// search in plain text compares with.
pub(crate) fn tag_names(twins: &[Twin]) -> Vec<String> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for twin in twins {
        for (path, value) in named(SECTIONS[0], &twin.tags) {
            let is_short = match value {
                Value::Object(_) | Value::Array(_) | Value::Null => false,
                value => value.to_string().len() <= MAX_VALUE_LENGTH,
            };
            if is_short {
                *known.entry(path).or_default() += 1;
            }
        }
    }
    let mut names: Vec<_> = known.into_iter().collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    names.truncate(MAX_FACETS);
    names.into_iter().map(|(name, _)| name).collect()
}

fn is_facet(values: &[&Value]) -> bool {
    let mut texts: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Object(_) | Value::Array(_) | Value::Null => return false,
            value => texts.push(value.to_string()),
        }
    }
    let is_short = texts.iter().all(|text| text.len() <= MAX_VALUE_LENGTH);
    texts.sort_unstable();
    texts.dedup();
    is_short && texts.len() * 3 <= values.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn twin(tags: &Value, reported: &Value) -> Twin {
        serde_json::from_value(json!({"deviceId": "a", "tags": tags, "properties": {
            "desired": {"mode": "night", "$version": 1}, "reported": reported}}))
        .unwrap()
    }

    #[test]
    fn values_of_columns() {
        let twin = twin(
            &json!({"site": {"city": "Oslo", "post-code": "0150"}, "floor": 3}),
            &json!({"lock": {"state": "open"}}),
        );
        for (path, value) in [
            ("tags.site.city", Some(json!("Oslo"))),
            ("tags.floor", Some(json!(3))),
            ("tags.site.[[post-code]]", Some(json!("0150"))),
            ("tags.floor.a", None),
            ("tags", None),
            ("properties.reported.lock.state", Some(json!("open"))),
            ("properties.desired.mode", Some(json!("night"))),
            ("deviceId", None),
        ] {
            assert_eq!(value_at(&twin, path).cloned(), value, "{path}");
        }
    }

    #[test]
    fn tags_to_search() {
        let twins = [
            json!({"b": 1, "a": "x", "list": [1], "site": {"city": "Oslo"}}),
            json!({"b": true, "note": "x".repeat(80)}),
        ]
        .map(|tags| twin(&tags, &json!({"x": 1})));
        assert_eq!(tag_names(&twins), ["tags.b", "tags.a", "tags.site.city"]);
    }

    #[test]
    fn attributes_whose_values_repeat_are_facets() {
        let twins: Vec<_> = (0..6)
            .map(|n| {
                let tags =
                    json!({"floor": n % 2, "serial": n, "my-key": 1, "no]": 1, "list": [1], "note": "x".repeat(80),
                        "group": {"name": "g"}});
                twin(&tags, &json!({"lock": {"state": "open"}, "battery": 70 + n}))
            })
            .collect();
        let (all, facets) = names(&twins);
        assert_eq!(
            all,
            [
                "tags.[[group]].name",
                "tags.[[my-key]]",
                "tags.floor",
                "tags.list",
                "tags.note",
                "tags.serial",
                "properties.reported.battery",
                "properties.reported.lock.state",
                "properties.desired.mode",
            ]
        );
        assert_eq!(
            facets,
            ["tags.[[group]].name", "tags.[[my-key]]", "tags.floor", "properties.reported.lock.state"]
        );
        assert_eq!(names(&twins[..1]).1, Vec::<String>::new(), "one device has nothing to narrow by");
    }
}
