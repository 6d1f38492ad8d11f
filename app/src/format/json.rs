//! JSON text: checked while it is typed, formatted, highlighted.

use serde_json::Value;

use super::{Token, number};

/// The result of checking a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing but white space.
    Empty,
    /// Valid JSON.
    Valid {
        /// Size in bytes without white space, as it is sent.
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

/// Checks a text.
pub(crate) fn check(text: &str) -> Check {
    if text.trim().is_empty() {
        return Check::Empty;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Check::Valid { bytes: value.to_string().len(), is_object: value.is_object() },
        Err(error) => {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            Check::Invalid {
                line: error.line().max(1),
                column: error.column().max(1),
                message: words(message).to_owned(),
            }
        }
    }
}

/// What the parser complains of, in words for a person; a sentence.
fn words(message: &str) -> &'static str {
    match message {
        "EOF while parsing an object" => "The object does not end; “}” is missing.",
        "EOF while parsing a list" => "The list does not end; “]” is missing.",
        "EOF while parsing a string" => "The text does not end; a quotation mark is missing.",
        "EOF while parsing a value" => "A value is missing.",
        "expected `:`" => "Expected “:” between a name and its value.",
        "expected `,` or `}`" => "Expected “,” or “}”.",
        "expected `,` or `]`" => "Expected “,” or “]”.",
        "key must be a string" | "expected `\"`" => "Expected a name in quotation marks.",
        "trailing comma" => "The last value must not have a comma after it.",
        "trailing characters" => "There is more text after the end of the value.",
        "expected value" | "expected ident" => {
            "This is no value. Values are texts in quotation marks, numbers, true, false, null, objects and lists."
        }
        "invalid number" => "This is not a number of JSON.",
        "number out of range" => "This number is too large.",
        "recursion limit exceeded" => "The value is nested too deeply.",
        _ if message.starts_with("control character") => {
            "A line break or a tab in a text is written as \\n or \\t."
        }
        _ if message.contains("escape") || message.contains("unicode") || message.contains("surrogate") => {
            "This escape does not exist. A backslash in a text is written as \\\\."
        }
        _ => "This is not JSON.",
    }
}

impl Check {
    /// The line under the editor.
    pub(crate) fn message(&self, limit: usize) -> String {
        match self {
            Self::Empty => "Empty".into(),
            Self::Valid { bytes, .. } if *bytes > limit => {
                format!("Too large: {}, at most {}", number::size(*bytes), number::size(limit))
            }
            Self::Valid { bytes, .. } => {
                format!("Valid JSON, {} of {}", number::size(*bytes), number::size(limit))
            }
            Self::Invalid { line, column, message } => place(*line, *column) + message,
        }
    }

    /// Whether there is nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
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

/// Where a text is wrong, before the message: `Line 2, column 9. `; the line of a text of one line goes without saying.
pub(crate) fn place(line: usize, column: usize) -> String {
    if line > 1 { format!("Line {line}, column {column}. ") } else { format!("Column {column}. ") }
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

/// Cuts JSON into tokens with their style. Any text is cut without loss, JSON or not.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
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
        let (token, tail) = rest.split_at(length);
        tokens.push(Token { text: token, class });
        rest = tail;
    }
    tokens
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
        assert_eq!((line, column), (2, 9));
        assert!(message.starts_with("This is no value."), "{message}");
        assert_eq!(check("{\"a\":1}").message(131_072), "Valid JSON, 7 bytes of 128 kB");
        assert_eq!(check("{\"a\":1}").message(6), "Too large: 7 bytes, at most 6 bytes");
        assert!(check("{\"a\":1}").is_over(6) && !check("{\"a\":1}").is_over(7));
    }

    #[test]
    fn mistakes_in_words() {
        assert_eq!(check("{'mode': 1}").message(100), "Column 2. Expected a name in quotation marks.");
        assert_eq!(
            check("{\n  'mode': 1\n}").message(100),
            "Line 2, column 3. Expected a name in quotation marks."
        );
        for (text, expected) in [
            (r#"{"mode": "night""#, "The object does not end; “}” is missing."),
            ("[1, 2", "The list does not end; “]” is missing."),
            (r#"{"mode": "night}"#, "The text does not end; a quotation mark is missing."),
            (r#"{"mode":"#, "A value is missing."),
            (r#"{"mode" 1}"#, "Expected “:” between a name and its value."),
            (r#"{"a": 1 "b": 2}"#, "Expected “,” or “}”."),
            ("[1 2]", "Expected “,” or “]”."),
            ("{mode: 1}", "Expected a name in quotation marks."),
            ("{'mode': 1}", "Expected a name in quotation marks."),
            (r#"{"a": 1,}"#, "The last value must not have a comma after it."),
            ("[1,]", "The last value must not have a comma after it."),
            ("1 2", "There is more text after the end of the value."),
            ("-", "A value is missing."),
            ("1.", "A value is missing."),
            ("01", "This is not a number of JSON."),
            ("\"a\tb\"", "A line break or a tab in a text is written as \\n or \\t."),
            (r#""C:\doors""#, "This escape does not exist. A backslash in a text is written as \\\\."),
            (r#""\ud800""#, "This escape does not exist. A backslash in a text is written as \\\\."),
        ] {
            let message = check(text).message(100);
            assert_eq!(message.split_once(". ").map(|(_, words)| words), Some(expected), "{text}: {message}");
        }
        for text in ["{\n  \"a\": nope\n}", "nope", "{,}", "[,1]", &"[".repeat(200)] {
            let message = check(text).message(100);
            assert!(
                !message.contains("EOF") && !message.contains('`') && message.ends_with('.'),
                "{text}: {message}"
            );
        }
    }

    #[test]
    fn token_classes() {
        let classes = |text| tokens(text).into_iter().map(|token| token.class).collect::<Vec<_>>();
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
            assert_eq!(tokens(text).iter().map(|token| token.text).collect::<String>(), text);
        }
    }

    #[test]
    fn formats() {
        assert_eq!(format("{\"a\":[1]}"), "{\n  \"a\": [\n    1\n  ]\n}");
        assert_eq!(format("{oops"), "{oops");
    }
}
