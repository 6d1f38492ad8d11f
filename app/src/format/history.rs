//! When a twin was written, from its metadata: the last write of each value, grouped by time.

use std::cmp::Reverse;

use hub_wire::{
    Timestamp,
    twin::{Object, TwinProperties, leaves},
};
use serde_json::Value;

/// A section, by who writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// The service.
    Desired,
    /// The device.
    Reported,
}

/// Values that were written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    /// When.
    pub(crate) at: Timestamp,
    /// Where.
    pub(crate) section: Section,
    /// Dotted paths that no later write has overwritten.
    pub(crate) paths: Vec<String>,
    /// The desired section's version that they came with.
    pub(crate) version: Option<u64>,
    /// Whether the device has reported all of them as desired.
    pub(crate) is_followed: bool,
}

/// The writes that are still visible, newest first.
pub(crate) fn writes(properties: &TwinProperties) -> Vec<Write> {
    let mut writes: Vec<Write> = Vec::new();
    for (section, values) in
        [(Section::Desired, &properties.desired), (Section::Reported, &properties.reported)]
    {
        let reported = leaves(&properties.reported);
        for leaf in leaves(values) {
            let Some((at, version)) = metadata(values, &leaf.0) else { continue };
            let is_followed = section == Section::Reported || reported.contains(&leaf);
            match writes.iter_mut().find(|write| (write.at, write.section) == (at, section)) {
                Some(write) => {
                    write.paths.push(leaf.0);
                    write.is_followed &= is_followed;
                }
                None => writes.push(Write { at, section, paths: vec![leaf.0], version, is_followed }),
            }
        }
    }
    writes.sort_by_key(|write| (Reverse(write.at), write.section));
    writes
}

/// When the value at a path was written, and with which version.
pub(crate) fn metadata(section: &Object, path: &str) -> Option<(Timestamp, Option<u64>)> {
    let mut at = section.get("$metadata")?;
    for name in path.split('.') {
        at = at.get(name)?;
    }
    let written = Timestamp::parse(at.get("$lastUpdated")?.as_str()?).ok()?;
    Some((written, at.get("$lastUpdatedVersion").and_then(Value::as_u64)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_written_together_are_one_write() {
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        let at = |time| json!({"$lastUpdated": time, "$lastUpdatedVersion": 4});
        let properties: TwinProperties = serde_json::from_value(json!({
            "desired": {"a": 1, "b": {"c": 2}, "$metadata": {"a": at(late), "b": {"c": at(late)}}},
            "reported": {"a": 1, "x": 3, "$metadata": {"a": at(early), "x": {"$lastUpdated": early}}}
        }))
        .unwrap();
        let writes = writes(&properties);
        let found: Vec<_> =
            writes.iter().map(|write| (write.section, write.paths.join(" "), write.is_followed)).collect();
        assert_eq!(
            found,
            [(Section::Desired, "a b.c".into(), false), (Section::Reported, "a x".into(), true)]
        );
        assert_eq!(writes[0].version, Some(4));
        assert!(super::writes(&TwinProperties::default()).is_empty());
    }
}
