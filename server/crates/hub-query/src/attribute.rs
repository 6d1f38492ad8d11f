//! The names of tags and properties as a query writes them: `tags.building`, `properties.reported.lock.[[my-key]]`.

use super::ast::{Path, Segment, Span};
use super::parser;

/// The path to a member of a twin, with double brackets around keys that are not identifiers; `None` for a key that a query
/// has no way to write: one that is empty, holds `]]` or ends with `]`.
pub fn path<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut segments = Vec::new();
    for key in keys {
        if key.is_empty() || key.contains("]]") || key.ends_with(']') || key.contains(char::is_control) {
            return None;
        }
        segments.push(Segment::Key(key.to_owned()));
    }
    Some(Path { segments, span: Span::default() }.to_string())
}

/// The keys of a path; `None` for what is not a path of keys alone.
pub fn keys(path: &str) -> Option<Vec<String>> {
    let key = |segment| match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    };
    parser::whole_path(path).ok()?.segments.into_iter().map(key).collect()
}

/// Whether a text is the name of a tag or of a property, written in the one way that [`path`] writes it, so that it can
/// be put into a query as it is.
pub fn is_attribute(text: &str) -> bool {
    let Some(keys) = keys(text) else { return false };
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (["tags", own @ ..] | ["properties", "reported" | "desired", own @ ..]) = names.as_slice() else {
        return false;
    };
    !own.is_empty()
        && own.iter().all(|key| !key.starts_with('$'))
        && path(names.iter().copied()).as_deref() == Some(text)
}

/// Whether the devices can be counted by it: an attribute, or one of the few values that the hub keeps itself.
pub fn is_countable(text: &str) -> bool {
    is_attribute(text) || ["connectionState", "status"].contains(&text)
}

/// The names of a list with commas between them; a comma within double brackets belongs to a name. Empty ones are left out.
pub fn list(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut begin = 0;
    for (at, _) in text.match_indices(',') {
        let is_inside =
            text[begin..at].rfind("[[").is_some_and(|open| !text[begin + open..at].contains("]]"));
        if !is_inside {
            names.push(&text[begin..at]);
            begin = at + 1;
        }
    }
    names.push(&text[begin..]);
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_at_commas_outside_of_brackets() {
        for (text, names) in [
            ("", &[][..]),
            ("tags.a", &["tags.a"]),
            ("tags.a,,tags.[[b,c]].d,", &["tags.a", "tags.[[b,c]].d"]),
            ("tags.[[a,b", &["tags.[[a,b"]),
        ] {
            assert_eq!(list(text), names, "{text}");
        }
    }

    #[test]
    fn attributes() {
        for (text, is_one) in [
            ("tags.building", true),
            ("tags.site.city_2", true),
            ("properties.reported.lock.state", true),
            ("properties.desired._x", true),
            ("tags.[[my-key]]", true),
            ("properties.reported.[[a,b]].c", true),
            ("tags.[[group]]", true),
            ("tags.[[2]]", true),
            ("tags", false),
            ("tags.", false),
            ("tags.a b", false),
            ("tags.a-b", false),
            ("tags.2", false),
            ("tags.group", false),
            ("tags.[[building]]", false),
            ("tags.[[a]", false),
            ("tags['a']", false),
            ("tags.a[0]", false),
            ("tags.$version", false),
            ("tags.a FROM devices", false),
            ("tags.[[a]] FROM devices", false),
            ("properties.a", false),
            ("properties.reported", false),
            ("deviceId", false),
        ] {
            assert_eq!(is_attribute(text), is_one, "{text}");
            assert!(!is_one || is_countable(text));
        }
        assert!(is_countable("status") && is_countable("connectionState") && !is_countable("deviceId"));
    }

    #[test]
    fn paths_round_trip() {
        for (given, written) in [
            (&["tags", "a"][..], Some("tags.a")),
            (&["tags", "my-key", "b"], Some("tags.[[my-key]].b")),
            (&["tags", "Group"], Some("tags.[[Group]]")),
            (&["tags", "it's [x] or \"y\""], Some("tags.[[it's [x] or \"y\"]]")),
            (&["tags", "a]"], None),
            (&["tags", "a]]b"], None),
            (&["tags", ""], None),
        ] {
            assert_eq!(path(given.iter().copied()).as_deref(), written);
            if let Some(written) = written {
                assert_eq!(keys(written).unwrap(), given);
            }
        }
    }
}
