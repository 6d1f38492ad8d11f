//! JSON for people: checked while typed, formatted, coloured.

use serde_json::Value;

use super::{Run, number};

/// What a text is, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing but white space.
    Empty,
    /// Valid, and so many bytes when written compactly, which is how it travels.
    Valid {
        /// Compact size in bytes.
        bytes: usize,
        /// Whether it is an object.
        is_object: bool,
    },
    /// Not JSON, and where.
    Invalid {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

/// Reads a text.
pub(crate) fn check(text: &str) -> Check {
    if text.trim().is_empty() {
        return Check::Empty;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Check::Valid { bytes: value.to_string().len(), is_object: value.is_object() },
        Err(error) => {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            Check::Invalid { line: error.line(), column: error.column().max(1), message: message.to_owned() }
        }
    }
}

impl Check {
    /// One line under the editor.
    pub(crate) fn words(&self, limit: usize) -> String {
        match self {
            Self::Empty => "Empty".into(),
            Self::Valid { bytes, .. } if *bytes > limit => {
                format!("Too large: {}, at most {}", number::size(*bytes), number::size(limit))
            }
            Self::Valid { bytes, .. } => {
                format!("Valid JSON, {} of {}", number::size(*bytes), number::size(limit))
            }
            Self::Invalid { line, column, message } => format!("Line {line}, column {column}: {message}"),
        }
    }

    /// Whether it is larger than it may be.
    pub(crate) const fn is_over(&self, limit: usize) -> bool {
        matches!(self, Self::Valid { bytes, .. } if *bytes > limit)
    }

    /// Whether it can be sent.
    pub(crate) const fn is_valid(&self) -> bool {
        !matches!(self, Self::Invalid { .. })
    }
}

/// The text with two spaces a level; unchanged when it is not JSON.
pub(crate) fn format(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| pretty(&value))
}

/// The text on one line; `None` when it is not JSON.
pub(crate) fn compact(text: &str) -> Option<String> {
    Some(serde_json::from_str::<Value>(text).ok()?.to_string())
}

/// A value with two spaces a level.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Cuts JSON into coloured runs. Any text is cut without loss, JSON or not.
pub(crate) fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, class) = match first {
            '"' => {
                let length = string_length(rest);
                let is_key = rest[length..].trim_start().starts_with(':');
                (length, if is_key { "code__key" } else { "code__string" })
            }
            '{' | '}' | '[' | ']' | ':' | ',' => (1, "code__punctuation"),
            c if c.is_whitespace() => (span(rest, char::is_whitespace), ""),
            _ => (span(rest, |c: char| !c.is_whitespace() && !"{}[]:,\"".contains(c)), "code__number"),
        };
        let (run, tail) = rest.split_at(length);
        runs.push(Run { text: run, class });
        rest = tail;
    }
    runs
}

fn span(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Bytes of the string literal that the text starts with; all of it when it never ends.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks() {
        assert_eq!(check("  "), Check::Empty);
        assert_eq!(check("{ \"mode\": \"night\" }"), Check::Valid { bytes: 16, is_object: true });
        assert_eq!(check("7"), Check::Valid { bytes: 1, is_object: false });
        let Check::Invalid { line, column, message } = check("{\n  \"a\": nope\n}") else { panic!("valid?") };
        assert_eq!((line, column, message.as_str()), (2, 9, "expected ident"));
        assert_eq!(check("{\"a\":1}").words(131_072), "Valid JSON, 7 bytes of 128 kB");
        assert_eq!(check("{\"a\":1}").words(6), "Too large: 7 bytes, at most 6 bytes");
        assert!(check("{\"a\":1}").is_over(6) && !check("{\"a\":1}").is_over(7));
    }

    #[test]
    fn colours() {
        let classes = |text| runs(text).into_iter().map(|run| run.class).collect::<Vec<_>>();
        assert_eq!(
            classes(r#"{"a":"b","c":1}"#),
            [
                "code__punctuation",
                "code__key",
                "code__punctuation",
                "code__string",
                "code__punctuation",
                "code__key",
                "code__punctuation",
                "code__number",
                "code__punctuation"
            ]
        );
        for text in ["", "\"never ends", r#"{"a\"b": [1, true, "ü"]}"#, "not json : at all"] {
            assert_eq!(runs(text).iter().map(|run| run.text).collect::<String>(), text);
        }
    }

    #[test]
    fn formats() {
        assert_eq!(format("{\"a\":[1]}"), "{\n  \"a\": [\n    1\n  ]\n}");
        assert_eq!(format("{oops"), "{oops");
    }
}
