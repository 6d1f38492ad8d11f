//! A twin as table rows: desired beside reported values, differences first.

use hub_wire::{
    Timestamp,
    twin::{TwinProperties, leaves},
};
use serde_json::Value;

use super::history::metadata;

/// One leaf of the desired or reported properties.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Dotted path.
    pub(crate) path: String,
    /// The desired value; `None` is shown as "not set".
    pub(crate) desired: Option<Value>,
    /// The reported value; `None` is shown as "not reported".
    pub(crate) reported: Option<Value>,
    /// When the desired value was written, or the reported one where nothing is desired.
    pub(crate) since: Option<Timestamp>,
}

impl Row {
    /// Whether a desired value differs from the reported one.
    pub(crate) fn differs(&self) -> bool {
        self.desired.is_some() && self.desired != self.reported
    }
}

/// All leaves, those that differ first, otherwise by path.
pub(crate) fn rows(properties: &TwinProperties) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (path, value) in leaves(&properties.desired) {
        let since = metadata(&properties.desired, &path).map(|(at, _)| at);
        rows.push(Row { path, desired: Some(value.clone()), reported: None, since });
    }
    for (path, value) in leaves(&properties.reported) {
        if let Some(row) = rows.iter_mut().find(|row| row.path == path) {
            row.reported = Some(value.clone());
        } else {
            let since = metadata(&properties.reported, &path).map(|(at, _)| at);
            rows.push(Row { path, desired: None, reported: Some(value.clone()), since });
        }
    }
    rows.sort_by(|a, b| (!a.differs(), &a.path).cmp(&(!b.differs(), &b.path)));
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_come_first() {
        let properties: TwinProperties = serde_json::from_value(json!({
            "desired": {"$version": 3, "$metadata": {"telemetry": {"every": {"$lastUpdated": "2026-01-01T00:00:00Z"}}}, "building": "43", "telemetry": {"every": "60s", "on": true}},
            "reported": {"$version": 9, "building": "43", "telemetry": {"every": "300s", "on": true}, "battery": 71}
        }))
        .unwrap();
        let rows = rows(&properties);
        let paths: Vec<_> = rows.iter().map(|row| (row.path.as_str(), row.differs())).collect();
        assert_eq!(
            paths,
            [("telemetry.every", true), ("battery", false), ("building", false), ("telemetry.on", false)]
        );
        assert_eq!(rows[1].desired, None);
        assert_eq!(properties.differing(), 1);
        assert_eq!(rows[0].since, Timestamp::parse("2026-01-01T00:00:00Z").ok());
        assert_eq!(rows[1].since, None);
    }

    #[test]
    fn not_reported_differs() {
        let properties: TwinProperties =
            serde_json::from_value(json!({"desired": {"a": 1}, "reported": {}})).unwrap();
        assert!(rows(&properties)[0].differs());
    }
}
