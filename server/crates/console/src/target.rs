//! The queries for a job's condition: which devices it addresses, how many, how many of them connected.
//!
//! A condition is the text after WHERE, `*` for every device, or `FROM devices.modules [WHERE …]` for modules.
//! Source: `iot-hub-devguide-jobs.md`; the module form by captured traffic of the edge hub's repository.

use hub_query::{NarrowError, narrow, write};
use hub_wire::query::MAX_QUERY_LENGTH;

/// Most characters that these queries put around a condition.
pub(crate) const LONGEST_FRAME: usize = 128;

/// What a condition addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// What comes after FROM, up to WHERE.
    source: &'a str,
    /// What comes after WHERE, if anything.
    condition: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Splits a condition into source and condition. Never fails: the hub refuses an invalid one.
    pub(crate) fn of(text: &'a str) -> Self {
        let text = hub_query::without_leading_comments(text).trim_end();
        let is_star =
            text.strip_prefix('*').is_some_and(|rest| hub_query::without_leading_comments(rest).is_empty());
        if text.is_empty() || is_star {
            return Self { source: "devices", condition: None };
        }
        let Some(rest) = after_word(text, "FROM") else {
            return Self { source: "devices", condition: Some(text) };
        };
        let source = rest.trim_start();
        let end = source.find(char::is_whitespace).unwrap_or(source.len());
        let (source, rest) = source.split_at(end);
        match after_word(rest.trim_start(), "WHERE") {
            Some(condition) => Self { source, condition: Some(condition.trim()) },
            None if rest.trim().is_empty() => Self { source, condition: None },
            // Something else follows, such as GROUP BY: left in, so that the hub refuses it.
            None => Self { source: text_after_from(text), condition: None },
        }
    }

    /// Whether it addresses modules.
    pub(crate) fn is_of_modules(&self) -> bool {
        self.source.to_ascii_lowercase().starts_with("devices.modules")
    }

    /// The ids of them, each as `deviceId`, with their tags where these are wanted.
    pub(crate) fn ids(&self, with_tags: bool) -> String {
        self.select(if with_tags { "deviceId, tags" } else { "deviceId" }, None)
    }

    /// The ids of those that are connected. As for [`Self::connected_count`].
    pub(crate) fn connected_ids(&self) -> String {
        self.select("deviceId", Some("connectionState = 'Connected'"))
    }

    /// `SELECT *` of them. Exactly the text that a job would run, so that both fail alike.
    pub(crate) fn all(&self) -> String {
        self.select("*", None)
    }

    /// Whether it selects modules, or anything else that is no device.
    pub(crate) fn selects_modules(&self) -> bool {
        !self.source.eq_ignore_ascii_case("devices")
    }

    /// How many, as `n`.
    pub(crate) fn count(&self) -> String {
        self.select("COUNT() AS n", None)
    }

    /// How many are connected, as `n`. Only for a condition that the hub has taken as it is: inside the parentheses
    /// another one could become two.
    pub(crate) fn connected_count(&self) -> String {
        self.select("COUNT() AS n", Some("connectionState = 'Connected'"))
    }

    /// `SELECT *` of those that are not connected. As for [`Self::connected_count`].
    pub(crate) fn disconnected(&self) -> String {
        self.select("*", Some("connectionState = 'Disconnected'"))
    }

    /// How many have each value of an attribute, as `v` and `n`; those without it have no `v`. The attribute goes into the
    /// query as it is.
    pub(crate) fn count_by(&self, attribute: &str) -> String {
        format!("{} GROUP BY {attribute}", self.select(&format!("{attribute} AS v, COUNT() AS n"), None))
    }

    /// How many have each pair of values of two attributes, as `c`, `r` and `n`. As for [`Self::count_by`].
    pub(crate) fn count_by_two(&self, column: &str, row: &str) -> String {
        let what = format!("{column} AS c, {row} AS r, COUNT() AS n");
        format!("{} GROUP BY {column}, {row}", self.select(&what, None))
    }

    fn select(&self, what: &str, also: Option<&str>) -> String {
        let mut query = format!("SELECT {what} FROM {}", self.source);
        match (self.condition, also) {
            (None, None) => {}
            (Some(only), None) | (None, Some(only)) => query.extend([" WHERE ", only]),
            (Some(condition), Some(also)) => query.extend([" WHERE (", condition, ") AND ", also]),
        }
        query
    }
}

fn text_after_from(text: &str) -> &str {
    after_word(text, "FROM").map_or(text, str::trim)
}

/// The text after a keyword, if the text begins with that keyword.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    (head.eq_ignore_ascii_case(word) && rest.starts_with(char::is_whitespace)).then_some(rest)
}

/// The condition that selects the devices of a list, or their modules of one name.
pub(crate) fn listed(ids: &[String], module_id: Option<&str>) -> String {
    let list = format!("deviceId IN [{}]", write::texts(ids.iter().map(String::as_str)));
    match module_id {
        None => list,
        Some(module) => format!("FROM devices.modules WHERE moduleId = {} AND {list}", write::text(module)),
    }
}

/// A condition within a scope; without one the condition as it is.
///
/// # Errors
/// When the two cannot be joined, see [`narrow()`].
pub(crate) fn narrowed(scope: Option<&str>, condition: &str) -> Result<String, NarrowError> {
    match scope {
        Some(scope) => narrow(scope, condition),
        None => Ok(condition.to_owned()),
    }
}

/// Ids in chunks that each take at most so many characters of a query.
pub(crate) fn chunks(ids: Vec<String>, most: usize) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for id in ids {
        // Comma and space.
        let needed = write::text(&id).len() + 2;
        match chunks.last_mut() {
            Some(chunk) if needed <= room => chunk.push(id),
            _ => {
                room = most;
                chunks.push(vec![id]);
            }
        }
        room -= needed;
    }
    chunks
}

/// Characters that a list of ids may have within a query, beside a scope.
pub(crate) fn room_for_ids(scope: Option<&str>) -> usize {
    // ` AND ` and parentheses.
    let scope = scope.map_or(0, |scope| scope.len() + 8);
    (MAX_QUERY_LENGTH - 2 * LONGEST_FRAME).saturating_sub(scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_conditions() {
        let ids = ["a".to_owned(), "it's".to_owned()];
        assert_eq!(listed(&ids, None), r"deviceId IN ['a', 'it\'s']");
        let modules = listed(&ids, Some("m"));
        assert_eq!(modules, r"FROM devices.modules WHERE moduleId = 'm' AND deviceId IN ['a', 'it\'s']");
        assert_eq!(Target::of(&modules).all(), format!("SELECT * {modules}"));
    }

    #[test]
    fn conditions_become_queries() {
        for (condition, all, connected) in [
            ("*", "FROM devices", " WHERE connectionState = 'Connected'"),
            (" ", "FROM devices", " WHERE connectionState = 'Connected'"),
            ("a = 1 OR b = 2", "FROM devices WHERE a = 1 OR b = 2", ""),
            ("/* all */ * /* of them */", "FROM devices", " WHERE connectionState = 'Connected'"),
            ("/* a */ FROM devices.modules", "FROM devices.modules", " WHERE connectionState = 'Connected'"),
            ("fromage = 1", "FROM devices WHERE fromage = 1", ""),
            ("FROM devices.modules", "FROM devices.modules", " WHERE connectionState = 'Connected'"),
            ("from devices.modules\nwhere moduleId = 'm'", "FROM devices.modules WHERE moduleId = 'm'", ""),
            ("FROM devices GROUP BY a", "FROM devices GROUP BY a", " WHERE connectionState = 'Connected'"),
        ] {
            let target = Target::of(condition);
            assert_eq!(target.all(), format!("SELECT * {all}"));
            assert_eq!(target.count(), format!("SELECT COUNT() AS n {all}"));
            if !connected.is_empty() {
                assert_eq!(target.connected_count(), format!("SELECT COUNT() AS n {all}{connected}"));
            }
        }
        assert_eq!(
            Target::of("a = 1 OR b = 2").connected_count(),
            "SELECT COUNT() AS n FROM devices WHERE (a = 1 OR b = 2) AND connectionState = 'Connected'"
        );
        assert_eq!(
            Target::of("a = 1 OR b = 2").count_by("tags.c"),
            "SELECT tags.c AS v, COUNT() AS n FROM devices WHERE a = 1 OR b = 2 GROUP BY tags.c"
        );
        assert_eq!(
            Target::of("a = 1").disconnected(),
            "SELECT * FROM devices WHERE (a = 1) AND connectionState = 'Disconnected'"
        );
    }

    #[test]
    fn chunks_fit_a_query() {
        let scope = "tags.building = '43'";
        for (count, length) in [(0, 1), (1, 128), (5000, 9), (500, 128)] {
            // A quote takes two characters in a query.
            let ids: Vec<_> =
                (0..count).map(|number| format!("{number:0>length$}").replace('0', "'")).collect();
            for scope in [None, Some(scope)] {
                let chunks = chunks(ids.clone(), room_for_ids(scope));
                for chunk in &chunks {
                    let condition = narrowed(scope, &listed(chunk, None)).unwrap();
                    assert!(Target::of(&condition).disconnected().len() <= MAX_QUERY_LENGTH);
                }
                assert_eq!(chunks.concat(), ids);
            }
        }
    }
}
