//! Two twins side by side: their tags, desired and reported properties, value by value.

use hub_wire::{
    DeviceId, Timestamp,
    twin::{Object, Twin, leaves},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Part of a twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum TwinSection {
    /// Tags, which only the service sees.
    Tags,
    /// Desired properties.
    Desired,
    /// Reported properties.
    Reported,
}

impl TwinSection {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Tags, Self::Desired, Self::Reported];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Desired => "desired",
            Self::Reported => "reported",
        }
    }

    /// The part of a twin.
    pub const fn of(self, twin: &Twin) -> &Object {
        match self {
            Self::Tags => &twin.tags,
            Self::Desired => &twin.properties.desired,
            Self::Reported => &twin.properties.reported,
        }
    }
}

/// One value of two twins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ComparedValue {
    /// The part of the twins.
    pub section: TwinSection,
    /// Dotted path within the part.
    pub path: String,
    /// The value on the left; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Value>,
    /// The value on the right; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Value>,
    /// Whether the two differ.
    pub differs: bool,
}

/// Two devices' twins, as they are now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TwinComparison {
    /// The device on the left.
    pub left: DeviceId,
    /// The device on the right.
    pub right: DeviceId,
    /// How many values differ.
    pub differing: u64,
    /// All values, those that differ first, then by part and path.
    pub values: Vec<ComparedValue>,
    /// When the twins were read.
    pub as_of: Timestamp,
}

/// The query of `GET /api/v1/compare-twins`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareQuery {
    /// The device on the left.
    pub left: String,
    /// The device on the right.
    pub right: String,
}

impl TwinComparison {
    /// Compares two twins that were read at a time.
    pub fn of(left: &Twin, right: &Twin, as_of: Timestamp) -> Self {
        let parts = TwinSection::ALL.into_iter();
        let mut values: Vec<_> =
            parts.flat_map(|section| compared(section, section.of(left), section.of(right))).collect();
        let differing = values.iter().filter(|value| value.differs).count() as u64;
        values.sort_by(|a, b| (!a.differs, a.section, &a.path).cmp(&(!b.differs, b.section, &b.path)));
        Self { left: left.device_id.clone(), right: right.device_id.clone(), differing, values, as_of }
    }
}

/// The values of a part in two states, by path.
pub fn compared(section: TwinSection, left: &Object, right: &Object) -> Vec<ComparedValue> {
    let mut values: std::collections::BTreeMap<String, (Option<&Value>, Option<&Value>)> =
        leaves(left).into_iter().map(|(path, value)| (path, (Some(value), None))).collect();
    for (path, value) in leaves(right) {
        values.entry(path).or_default().1 = Some(value);
    }
    let row = |(path, (left, right)): (String, (Option<&Value>, Option<&Value>))| ComparedValue {
        section,
        path,
        differs: left != right,
        left: left.cloned(),
        right: right.cloned(),
    };
    values.into_iter().map(row).collect()
}

/// One value that a twin job names, at three times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangedValue {
    /// The part of the twin.
    pub section: TwinSection,
    /// Dotted path within the part.
    pub path: String,
    /// Before the job; absent where there was none, and where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// As the job sets it; absent where it removes the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// Now; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
}

/// `GET /api/v1/jobs/{id}/devices/{id}/twin-change`: what a twin job changed on a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TwinChange {
    /// The job.
    pub job_id: String,
    /// The device.
    pub device_id: DeviceId,
    /// When the values before were read, just before the job began. Absent where they are not kept: of jobs of more than 1,000
    /// devices (with a real hub 100), of those that were scheduled for later, of reruns, and of those that were created elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_time_utc: Option<Timestamp>,
    /// The values that the job names, by part and path.
    pub values: Vec<ChangedValue>,
    /// When the twin was read for what it is now.
    pub as_of: Timestamp,
}

/// The values of a part that a patch names: before (`None`: not known), as the patch sets them, and now. A patch that clears the
/// part removes all that it does not set.
pub fn changed(
    section: TwinSection,
    before: Option<&Object>,
    patch: &Object,
    is_cleared: bool,
    now: &Object,
) -> Vec<ChangedValue> {
    let empty = Object::new();
    let before = before.unwrap_or(&empty);
    let set = if is_cleared { Object::new() } else { merged(before, patch) };
    let mut paths: Vec<_> = [before, &set, now].into_iter().flat_map(leaves).map(|(path, _)| path).collect();
    paths.extend(removed(patch, ""));
    paths.sort_unstable();
    paths.dedup();
    let find = |of: &Object, wanted: &str| {
        leaves(of).into_iter().find(|(path, _)| path == wanted).map(|(_, value)| value.clone())
    };
    let value = |path: String| ChangedValue {
        section,
        before: find(before, &path),
        set: find(&set, &path),
        now: find(now, &path),
        path,
    };
    paths.into_iter().map(value).collect()
}

/// An object with a patch merged into it: objects merge, null removes.
fn merged(object: &Object, patch: &Object) -> Object {
    let mut result = object.clone();
    for (name, change) in patch {
        match change {
            Value::Null => {
                result.remove(name);
            }
            Value::Object(inner) => {
                let before = result.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
                result.insert(name.clone(), merged(&before, inner).into());
            }
            other => {
                result.insert(name.clone(), other.clone());
            }
        }
    }
    result
}

/// The paths that a patch removes.
fn removed(patch: &Object, parent: &str) -> Vec<String> {
    let paths = patch.iter().flat_map(|(name, change)| {
        let full = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        match change {
            Value::Null => vec![full],
            Value::Object(inner) => removed(inner, &full),
            _ => Vec::new(),
        }
    });
    paths.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn twin(id: &str, tags: &Value, desired: &Value, reported: &Value) -> Twin {
        let twin = json!({
            "deviceId": id, "etag": "AAA=", "version": 1, "tags": tags,
            "properties": {"desired": desired, "reported": reported},
        });
        serde_json::from_value(twin).unwrap()
    }

    #[test]
    fn a_value_before_as_it_is_set_and_now() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let patch = object(json!({"mode": {"night": true, "every": null}, "new": 1, "gone": null}));
        let before = object(json!({"mode": {"night": false, "every": 60}}));
        let now = object(json!({"mode": {"night": true}, "new": 2}));
        let rows = |before: Option<&Object>, is_cleared| -> Vec<Value> {
            let values = changed(TwinSection::Desired, before, &patch, is_cleared, &now);
            values.into_iter().map(|value| json!([value.path, value.before, value.set, value.now])).collect()
        };
        assert_eq!(
            rows(Some(&before), false),
            [
                json!(["gone", null, null, null]),
                json!(["mode.every", 60, null, null]),
                json!(["mode.night", false, true, true]),
                json!(["new", null, 1, 2]),
            ]
        );
        assert_eq!(rows(None, false)[2], json!(["mode.night", null, true, true]));
        let cleared = changed(TwinSection::Tags, Some(&before), &Object::new(), true, &Object::new());
        assert!(
            cleared.len() == 2 && cleared.iter().all(|value| value.before.is_some() && value.set.is_none())
        );
    }

    #[test]
    fn differences_come_first() {
        let left = twin(
            "a",
            &json!({"wing": "A", "kind": "door"}),
            &json!({"$version": 3, "mode": {"night": true, "every": 60}}),
            &json!({"battery": 71}),
        );
        let right = twin(
            "b",
            &json!({"wing": "B", "kind": "door"}),
            &json!({"$version": 9, "mode": {"night": true}}),
            &json!({"battery": 71, "lock": null}),
        );
        let comparison = TwinComparison::of(&left, &right, Timestamp::from_unix_millis(0));
        let rows: Vec<_> = comparison
            .values
            .iter()
            .map(|row| (row.section.as_str(), row.path.as_str(), row.differs))
            .collect();
        assert_eq!(
            rows,
            [
                ("tags", "wing", true),
                ("desired", "mode.every", true),
                ("reported", "lock", true),
                ("tags", "kind", false),
                ("desired", "mode.night", false),
                ("reported", "battery", false),
            ]
        );
        assert_eq!(comparison.differing, 3);
        assert_eq!((&comparison.values[1].left, &comparison.values[1].right), (&Some(json!(60)), &None));
    }
}
