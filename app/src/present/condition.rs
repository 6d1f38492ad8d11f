//! Query conditions as tests joined by AND: what narrows a list, and what takes that away again. Only a text is read
//! here; the hub decides what it means.

use console_wire::device_table::is_countable;
use serde_json::Value;

use super::query::runs;

/// Whether a device is connected.
pub(crate) const CONNECTION: &str = "connectionState";

/// A part that a link can have put into a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// The attribute.
    pub(crate) path: String,
    /// What it has to be, in words: `= 40`, `not set`.
    pub(crate) words: String,
}

/// Whether tests can be added to a condition: not to one that says itself what it is about.
pub(crate) fn can_narrow(condition: &str) -> bool {
    !condition.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("from"))
}

/// The parts of a condition that a link can take away.
pub(crate) fn applied(condition: &str) -> Vec<Applied> {
    parts(condition).unwrap_or_default().into_iter().filter_map(read).collect()
}

/// The condition without what it says of an attribute in parts of their own.
pub(crate) fn without(condition: &str, path: &str) -> String {
    let Some(parts) = parts(condition) else { return condition.trim().to_owned() };
    let is_other = |part: &&str| read(part).is_none_or(|applied| applied.path != path);
    parts.into_iter().filter(is_other).collect::<Vec<_>>().join(" AND ")
}

/// The condition with an attribute that has a value, or with `None` one that is not set, in place of what it says of it.
pub(crate) fn with(condition: &str, path: &str, value: Option<&Value>) -> String {
    let test = match value {
        Some(value) => format!("{path} = {}", literal(value)),
        None => format!("NOT IS_DEFINED({path})"),
    };
    let rest = without(condition, path);
    match (rest.is_empty(), parts(condition)) {
        (true, _) => test,
        (false, Some(_)) => format!("{rest} AND {test}"),
        (false, None) => format!("({rest}) AND {test}"),
    }
}

/// What AND joins at the top of a condition; `None` where OR does, or where it is not only a condition.
fn parts(condition: &str) -> Option<Vec<&str>> {
    let condition = condition.trim();
    if !can_narrow(condition) {
        return None;
    }
    let mut parts = Vec::new();
    let (mut depth, mut from, mut at) = (0_u32, 0, 0);
    for run in runs(condition) {
        let end = at + run.text.len();
        let is_word = |word| depth == 0 && run.text.eq_ignore_ascii_case(word);
        if is_word("or") {
            return None;
        } else if is_word("and") {
            parts.push(condition[from..at].trim());
            from = end;
        } else if run.text == "(" {
            depth += 1;
        } else if run.text == ")" {
            depth = depth.saturating_sub(1);
        }
        at = end;
    }
    parts.push(condition[from..].trim());
    parts.retain(|part| !part.is_empty() && *part != "*");
    Some(parts)
}

/// A part as an attribute and what it has to be.
fn read(part: &str) -> Option<Applied> {
    let words: Vec<_> = runs(part).into_iter().filter(|run| !run.text.trim().is_empty()).collect();
    let texts: Vec<_> = words.iter().map(|run| run.text).collect();
    let (path, words) = match texts[..] {
        [path, "=", value] => match words[2].class {
            "code__string" => (path, format!("= {}", unquoted(value))),
            "code__number" => (path, format!("= {value}")),
            _ if ["true", "false"].contains(&value) => (path, format!("= {value}")),
            _ => return None,
        },
        [path, "=", "-", value] if words[3].class == "code__number" => (path, format!("= -{value}")),
        [not, is_defined, "(", path, ")"]
            if not.eq_ignore_ascii_case("not") && is_defined.eq_ignore_ascii_case("is_defined") =>
        {
            (path, "not set".to_owned())
        }
        _ => return None,
    };
    is_countable(path).then(|| Applied { path: path.to_owned(), words })
}

/// A value as a query writes it.
fn literal(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let quote = if text.contains('\'') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for c in text.chars() {
        if c == '\\' || c == quote {
            written.push('\\');
        }
        written.push(c);
    }
    written.push(quote);
    written
}

/// What a query's text says.
fn unquoted(literal: &str) -> String {
    let mut chars = literal.chars();
    // The quotes.
    chars.next();
    chars.next_back();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_narrows_and_is_taken_away_again() {
        for (condition, path, value, narrowed, without_it) in [
            ("", "tags.a", json!("x"), "tags.a = 'x'", ""),
            (" * ", "tags.a", json!(5), "tags.a = 5", ""),
            ("tags.b = 1", "tags.a", json!(true), "tags.b = 1 AND tags.a = true", "tags.b = 1"),
            ("b OR c", "tags.a", json!(-2), "(b OR c) AND tags.a = -2", "(b OR c)"),
            ("(b OR c) and d", "tags.a", json!("x"), "(b OR c) AND d AND tags.a = 'x'", "(b OR c) AND d"),
            ("tags.a = 'y' AND b", "tags.a", json!("x"), "b AND tags.a = 'x'", "b"),
            ("tags.a > 1", "tags.a", json!(2.5), "tags.a > 1 AND tags.a = 2.5", "tags.a > 1"),
            (
                "b = 'x and y'",
                "tags.a",
                json!("it's"),
                "b = 'x and y' AND tags.a = \"it's\"",
                "b = 'x and y'",
            ),
            ("", "tags.a", json!("'\"\\"), "tags.a = \"'\\\"\\\\\"", ""),
        ] {
            let with_it = with(condition, path, Some(&value));
            assert_eq!(with_it, narrowed);
            assert_eq!(without(&with_it, path), without_it, "{narrowed}");
        }
        assert_eq!(with("b", "tags.a", None), "b AND NOT IS_DEFINED(tags.a)");
        assert_eq!(without("b AND not is_defined(tags.a)", "tags.a"), "b");
        assert_eq!(without("a OR tags.a = 1", "tags.a"), "a OR tags.a = 1", "left alone");
    }

    #[test]
    fn what_is_applied() {
        let words = |condition: &str| -> Vec<_> {
            applied(condition)
                .into_iter()
                .map(|applied| format!("{} {}", applied.path, applied.words))
                .collect()
        };
        assert_eq!(
            words(
                "tags.a = 'it\\'s' AND NOT IS_DEFINED(tags.b) AND tags.c = -1 AND (tags.d = 1) AND deviceId = 'x'"
            ),
            ["tags.a = it's", "tags.b not set", "tags.c = -1"]
        );
        assert_eq!(
            words("connectionState = 'Connected' AND tags.a = true"),
            ["connectionState = Connected", "tags.a = true"]
        );
        for condition in
            ["", "*", "tags.a = 1 OR tags.b = 2", "tags.a = tags.b", "tags.a != 1", "NOT tags.a = 1"]
        {
            assert_eq!(words(condition), Vec::<String>::new(), "{condition}");
        }
    }

    #[test]
    fn what_cannot_be_narrowed() {
        for (condition, can) in
            [("", true), ("fromage = 1", true), ("FROM devices.modules", false), (" from\tdevices", false)]
        {
            assert_eq!(can_narrow(condition), can, "{condition}");
        }
    }
}
