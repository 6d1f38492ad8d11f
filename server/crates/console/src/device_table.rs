//! Devices as a table shows them: chosen attributes of their twins as columns, and the names of what else they have.

use std::collections::BTreeMap;

use console_wire::{
    device::{DeviceFilter, DeviceSummary},
    device_table::{DeviceRow, DeviceTable, is_attribute},
    page::Page,
};
use hub_wire::twin::{Object, Twin, leaves};
use serde_json::Value;

use crate::{Console, ConsoleError};

/// Names told of each of the three sections of a twin.
const MOST_NAMES: usize = 40;
/// Attributes offered to narrow by.
const MOST_FACETS: usize = 16;
/// Longest value that reads as one of a few, in bytes.
const LONGEST_VALUE: usize = 64;

/// The sections of a twin, as a query names them.
const SECTIONS: [&str; 3] = ["tags", "properties.reported", "properties.desired"];

impl Console {
    /// A page of devices with these attributes (tags or properties; others are blank), in the hub's order.
    ///
    /// # Errors
    /// As [`devices`](Self::devices).
    pub async fn device_table(
        &self,
        filter: &DeviceFilter,
        columns: &[String],
    ) -> Result<DeviceTable, ConsoleError> {
        let page = self.twins(filter).await?;
        let (names, facets) = names(&page.items);
        let row = |twin: Twin| {
            let values = columns.iter().map(|path| value_at(&twin, path).cloned().unwrap_or_default());
            DeviceRow { values: values.collect(), device: DeviceSummary::from(twin) }
        };
        let rows = Page { items: page.items.into_iter().map(row).collect(), next_cursor: page.next_cursor };
        Ok(DeviceTable { rows, columns: columns.to_vec(), names, facets })
    }
}

fn sections(twin: &Twin) -> [&Object; 3] {
    [&twin.tags, &twin.properties.reported, &twin.properties.desired]
}

/// What a twin has under a name such as `tags.site.city`.
fn value_at<'a>(twin: &'a Twin, path: &str) -> Option<&'a Value> {
    let (section, rest) = SECTIONS
        .iter()
        .zip(sections(twin))
        .find_map(|(name, section)| Some((section, path.strip_prefix(name)?.strip_prefix('.')?)))?;
    let mut parts = rest.split('.');
    let first = section.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// What these devices have, and the part of it whose values repeat: a value stands for three of them on average.
fn names(twins: &[Twin]) -> (Vec<String>, Vec<String>) {
    let (mut all, mut facets) = (Vec::new(), Vec::new());
    for (index, section) in SECTIONS.iter().enumerate() {
        // By name, so that they stand alike whichever devices are on the page.
        let mut known: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for twin in twins {
            for (path, value) in leaves(sections(twin)[index]) {
                known.entry(format!("{section}.{path}")).or_default().push(value);
            }
        }
        known.retain(|path, _| is_attribute(path));
        // What is desired is what is reported, sooner or later: once is enough to narrow by.
        if *section != "properties.desired" {
            facets.extend(known.iter().filter(|(_, values)| is_facet(values)).map(|(path, _)| path.clone()));
        }
        all.extend(known.into_keys().take(MOST_NAMES));
    }
    facets.truncate(MOST_FACETS);
    (all, facets)
}

fn is_facet(values: &[&Value]) -> bool {
    let mut texts: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Object(_) | Value::Array(_) | Value::Null => return false,
            value => texts.push(value.to_string()),
        }
    }
    let is_short = texts.iter().all(|text| text.len() <= LONGEST_VALUE);
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
        let twin = twin(&json!({"site": {"city": "Oslo"}, "floor": 3}), &json!({"lock": {"state": "open"}}));
        for (path, value) in [
            ("tags.site.city", Some(json!("Oslo"))),
            ("tags.floor", Some(json!(3))),
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
    fn what_repeats_narrows() {
        let twins: Vec<_> = (0..6)
            .map(|n| {
                let tags =
                    json!({"floor": n % 2, "serial": n, "a b": 1, "list": [1], "note": "x".repeat(80)});
                twin(&tags, &json!({"lock": {"state": "open"}, "battery": 70 + n}))
            })
            .collect();
        let (all, facets) = names(&twins);
        assert_eq!(
            all,
            [
                "tags.floor",
                "tags.list",
                "tags.note",
                "tags.serial",
                "properties.reported.battery",
                "properties.reported.lock.state",
                "properties.desired.mode",
            ]
        );
        assert_eq!(facets, ["tags.floor", "properties.reported.lock.state"]);
        assert_eq!(names(&twins[..1]).1, Vec::<String>::new(), "one device has nothing to narrow by");
    }
}
