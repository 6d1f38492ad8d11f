//! The columns and rows of two tags: their values in order, grouped by what they begin with where there are too many.

use std::cmp::Ordering;

use hub_query::write;
use serde_json::Value;

use crate::format::{condition, device};

/// A column or a row: one value of the tag, or several that begin alike.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Its name.
    pub(super) name: String,
    /// Its values; `None` for devices without the tag.
    pub(super) values: Vec<Option<Value>>,
}

/// Values in their order, grouped where there are too many; devices without the tag come last.
pub(super) fn lines<'a>(values: impl Iterator<Item = &'a Option<Value>>, most: usize) -> Vec<Line> {
    let mut known: Vec<Value> = Vec::new();
    let mut has_none = false;
    for value in values {
        match value {
            None => has_none = true,
            Some(value) if !known.contains(value) => known.push(value.clone()),
            Some(_) => {}
        }
    }
    known.sort_by(|a, b| natural(&device::plain(a), &device::plain(b)));
    let room = most - usize::from(has_none);
    let mut lines = if known.len() <= room {
        known
            .into_iter()
            .map(|value| Line { name: device::plain(&value), values: vec![Some(value)] })
            .collect()
    } else {
        by_beginning(known, room)
    };
    if has_none {
        lines.push(Line { name: "none".to_owned(), values: vec![None] });
    }
    lines
}

/// Groups of values with the same beginning, as long as it can be so that there are at most `room`.
fn by_beginning(values: Vec<Value>, room: usize) -> Vec<Line> {
    let longest = values.iter().map(|value| device::plain(value).chars().count()).max().unwrap_or_default();
    let begin = |value: &Value, length: usize| device::plain(value).chars().take(length).collect::<String>();
    let groups = |length: usize| {
        let mut groups: Vec<Line> = Vec::new();
        for value in &values {
            let name = begin(value, length);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.values.push(Some(value.clone())),
                None => groups.push(Line { name, values: vec![Some(value.clone())] }),
            }
        }
        groups
    };
    let found = (0..longest).rev().map(groups).find(|groups| groups.len() <= room).unwrap_or_default();
    let named = |group: Line| Line { name: format!("{}…", group.name), ..group };
    found.into_iter().map(|group| if group.values.len() > 1 { named(group) } else { group }).collect()
}

/// Numbers within texts by their value: `floor 2` before `floor 10`.
fn natural(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        let mut parts: Vec<(u64, String)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let words = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (word, digits) = rest.split_at(words);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let (number, after) = digits.split_at(end);
            parts.push((0, word.to_lowercase()));
            parts.push((number.parse().unwrap_or(u64::MAX), String::new()));
            rest = after;
        }
        parts
    };
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

/// A condition limited to some values of an attribute.
pub(super) fn narrow(before: &str, path: &str, values: &[Option<Value>]) -> String {
    if let [one] = values {
        return condition::with(before, path, one.as_ref());
    }
    let literal = |value: &Value| value.as_str().map_or_else(|| value.to_string(), write::text);
    let list: Vec<_> = values.iter().flatten().map(literal).collect();
    let among = format!("{path} IN [{}]", list.join(", "));
    if before.is_empty() { among } else { format!("{before} AND {among}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_in_natural_order_and_none_is_last() {
        let names = |values: &[Value], most| {
            let values: Vec<_> =
                values.iter().map(|value| Some(value.clone()).filter(|value| !value.is_null())).collect();
            lines(values.iter(), most).into_iter().map(|line| line.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(&[json!("10"), json!(null), json!("9"), json!("10"), json!("1b")], 9),
            "1b 9 10 none"
        );
        assert_eq!(names(&[json!(10), json!(2), json!(true)], 9), "2 10 true");
        let many: Vec<_> = (0..40).map(|n| json!(format!("B{n:02}"))).collect();
        assert_eq!(names(&many, 40).split(' ').count(), 40);
        assert_eq!(names(&many, 8), "B0… B1… B2… B3…");
    }

    #[test]
    fn conditions_of_several_values() {
        assert_eq!(
            narrow("a = 1", "tags.b", &[Some(json!("x'y")), Some(json!(2))]),
            r"a = 1 AND tags.b IN ['x\'y', 2]"
        );
    }
}
