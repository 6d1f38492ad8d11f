//! A device as text: its connection and its tags.

use hub_wire::{device::ConnectionState, twin::Object};
use serde_json::Value;

use super::Badge;

/// The connection state.
pub(crate) const fn connection(state: ConnectionState) -> Badge {
    match state {
        ConnectionState::Connected => Badge { label: "Connected", icon: "wifi", status: "connected" },
        ConnectionState::Disconnected => {
            Badge { label: "Disconnected", icon: "wifi-off", status: "disconnected" }
        }
    }
}

/// An attribute's name for its path in a query: a tag without `tags`, a property with its section.
pub(crate) fn attribute(path: &str) -> String {
    let path = &path.replace(".[[", ".").replace("]]", "");
    let named = |section| {
        Some(format!(
            "{section} {}",
            path.strip_prefix("properties.")?.strip_prefix(section)?.strip_prefix('.')?
        ))
    };
    match path.strip_prefix("tags.") {
        Some(tag) => tag.to_owned(),
        None => named("reported").or_else(|| named("desired")).unwrap_or_else(|| path.to_owned()),
    }
}

/// Tags that describe the device's place.
const PLACE: [&str; 4] = ["building", "floor", "wing", "room"];

/// All other tags, as [`tags`].
pub(crate) fn other_tags(object: &Object, most: usize) -> (Vec<(String, String)>, usize) {
    let is_place = |name: &String| PLACE.iter().any(|known| name.eq_ignore_ascii_case(known));
    let others =
        object.iter().filter(|(name, _)| !is_place(name)).map(|(name, value)| (name.clone(), value.clone()));
    tags(&others.collect(), most)
}

/// At most `most` tags as name and value, nested ones by their path, and how many were left out.
pub(crate) fn tags(tags: &Object, most: usize) -> (Vec<(String, String)>, usize) {
    let mut all = Vec::new();
    flatten("", tags, &mut all);
    let left_out = all.len().saturating_sub(most);
    all.truncate(most);
    (all, left_out)
}

/// The device's place, from its tags; empty when none describes it.
pub(crate) fn place(tags: &Object) -> String {
    let parts: Vec<_> = PLACE
        .into_iter()
        .filter_map(|name| {
            let (key, value) = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            matches!(value, Value::String(_) | Value::Number(_))
                .then(|| format!("{} {}", key.to_ascii_lowercase(), plain(value)))
        })
        .collect();
    let mut place = parts.join(", ");
    if let Some(first) = place.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    place
}

fn flatten(prefix: &str, object: &Object, into: &mut Vec<(String, String)>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(inner) if !inner.is_empty() => flatten(&path, inner, into),
            _ => into.push((path, plain(value))),
        }
    }
}

/// A value as text; a string without quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes() {
        for (path, name) in [
            ("tags.site.city", "site.city"),
            ("properties.reported.lock.state", "reported lock.state"),
            ("properties.desired.mode", "desired mode"),
            ("connectionState", "connectionState"),
            ("tags.[[my-key]].a", "my-key.a"),
            ("properties.reported.[[a.b]]", "reported a.b"),
        ] {
            assert_eq!(attribute(path), name);
        }
    }

    #[test]
    fn tags_and_places() {
        let object = json!({"building": 43, "floor": "3", "site": {"city": "Oslo"}, "simulated": true});
        let object = object.as_object().unwrap();
        assert_eq!(place(object), "Building 43, floor 3");
        let (shown, left_out) = tags(object, 3);
        assert_eq!(left_out, 1);
        assert_eq!(shown[2], ("simulated".into(), "true".into()).min(("site.city".into(), "Oslo".into())));
        let (others, _) = other_tags(object, 9);
        assert_eq!(
            others.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["simulated", "site.city"]
        );
        assert_eq!(place(json!({}).as_object().unwrap()), "");
    }
}
