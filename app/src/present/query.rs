//! Query conditions, coloured. Only for reading: the hub decides what a condition means.

use super::{Run, order::order_by};
use crate::browser::lowered;

const KEYWORDS: [&str; 14] = [
    "and",
    "or",
    "not",
    "in",
    "nin",
    "is_defined",
    "is_null",
    "is_bool",
    "is_number",
    "is_string",
    "is_object",
    "is_primitive",
    "startswith",
    "endswith",
];

/// Cuts a condition into coloured runs. Any text is cut without loss.
pub(crate) fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, class) = match first {
            '\'' | '"' => (quoted(rest, first), "code__string"),
            c if c.is_ascii_digit() => (span(rest, |c| is_letter(c) || c == '.'), "code__number"),
            c if is_word(c) => {
                let length = span(rest, is_word);
                let is_keyword = KEYWORDS.contains(&rest[..length].to_ascii_lowercase().as_str());
                (length, if is_keyword { "code__keyword" } else { "code__key" })
            }
            c if c.is_whitespace() => (span(rest, char::is_whitespace), ""),
            c => (c.len_utf8(), "code__punctuation"),
        };
        let (run, tail) = rest.split_at(length);
        runs.push(Run { text: run, class });
        rest = tail;
    }
    runs
}

/// Names that every device has, beside its tags and properties.
pub(crate) const FIXED_NAMES: [&str; 12] = [
    "deviceId",
    "connectionState",
    "status",
    "statusReason",
    "lastActivityTime",
    "statusUpdateTime",
    "cloudToDeviceMessageCount",
    "authenticationType",
    "etag",
    "version",
    "capabilities.iotEdge",
    "tags",
];

/// Most names offered at once.
const OFFERED: usize = 8;

/// What could stand in place of the word before the caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    /// Where the word begins, in bytes.
    pub(crate) start: usize,
    /// The names, best first; none when there is nothing to complete.
    pub(crate) names: Vec<String>,
}

/// Names that begin, or have a part that begins, with the word before the caret (a place in bytes). None inside a
/// string, and none for an empty word unless everything is asked for.
pub(crate) fn complete(text: &str, caret: usize, known: &[String], wants_all: bool) -> Completion {
    let before = text.get(..caret).unwrap_or(text);
    let is_open = |quote| {
        runs(before).last().is_some_and(|run| run.text.starts_with(quote) && !is_closed(run.text, quote))
    };
    let start = before
        .rfind(|c: char| !is_word(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = lowered(&before[start..]);
    if is_open('\'') || is_open('"') || (word.is_empty() && !wants_all) {
        return Completion { start, names: Vec::new() };
    }
    let rank = |name: &String| {
        let name = lowered(name);
        if name == word {
            None
        } else if name.starts_with(&word) {
            Some(0)
        } else {
            name.split('.').skip(1).any(|part| part.starts_with(&word)).then_some(1)
        }
    };
    let mut names: Vec<_> = known.iter().filter_map(|name| Some((rank(name)?, name.clone()))).collect();
    order_by(&mut names, |a, b| a.0 < b.0);
    Completion { start, names: names.into_iter().map(|(_, name)| name).take(OFFERED).collect() }
}

/// A letter or a digit. Beyond ASCII everything is one: the language has no signs there, and Rust's tables of what is a
/// letter would be a part of every page.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || !(c.is_ascii() || c.is_whitespace())
}

fn is_word(c: char) -> bool {
    is_letter(c) || "_.$[]".contains(c)
}

fn is_closed(literal: &str, quote: char) -> bool {
    literal.len() > 1 && literal.ends_with(quote)
}

/// The part of a text that an error at a column (from 1, in characters) is about, in bytes: the word, the literal or the
/// sign there. At the end of the text, its last word.
pub(crate) fn at_fault(text: &str, column: u32) -> std::ops::Range<usize> {
    let skipped = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let place = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    let mut at = 0;
    let mut last = 0..0;
    let all = runs(text);
    for (index, run) in all.iter().enumerate() {
        let end = at + run.text.len();
        if !run.text.trim().is_empty() {
            last = at..end;
            if place < end {
                // A sign that is written twice is one mistake.
                let twice = all
                    .get(index + 1)
                    .filter(|next| next.text == run.text && run.class == "code__punctuation");
                return at..end + twice.map_or(0, |next| next.text.len());
            }
        }
        at = end;
    }
    last
}

/// What other languages call it.
const SPELT_OTHERWISE: [(&str, &str); 3] = [("==", "="), ("&&", "AND"), ("||", "OR")];

/// A refused text with the mistake at a column corrected, and what to put there, where that is known.
pub(crate) fn fix(text: &str, column: u32) -> Option<(&'static str, String)> {
    let range = at_fault(text, column);
    let wrong = text.get(range.clone())?;
    let (_, right) = SPELT_OTHERWISE.into_iter().find(|(wrong_word, _)| *wrong_word == wrong)?;
    Some((right, format!("{}{right}{}", &text[..range.start], &text[range.end..])))
}

fn span(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Bytes of the literal that the text starts with; all of it when it never ends. A doubled quote reads as two
/// literals side by side, which looks the same.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at + 1;
        }
        if c == '\\' {
            chars.next();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        let text = "tags.kind = 'door' AND properties.reported.battery >= 20";
        let words: Vec<_> = runs(text)
            .into_iter()
            .filter(|run| !run.class.is_empty())
            .map(|run| (run.text, run.class))
            .collect();
        assert_eq!(
            words,
            [
                ("tags.kind", "code__key"),
                ("=", "code__punctuation"),
                ("'door'", "code__string"),
                ("AND", "code__keyword"),
                ("properties.reported.battery", "code__key"),
                (">", "code__punctuation"),
                ("=", "code__punctuation"),
                ("20", "code__number"),
            ]
        );
        for text in ["", "'open", "'open\\", "a = 'it''s' ü € 5x", r"a = 'it\'s' b", "*"] {
            assert_eq!(runs(text).iter().map(|run| run.text).collect::<String>(), text);
        }
    }
    #[test]
    fn completions() {
        let known: Vec<String> = ["deviceId", "tags.kind", "tags.building", "properties.reported.battery"]
            .map(String::from)
            .into();
        for (text, wants_all, expected) in [
            ("tags.", false, vec!["tags.kind", "tags.building"]),
            ("a = 1 AND TAGS.B", false, vec!["tags.building"]),
            ("b", false, vec!["tags.building", "properties.reported.battery"]),
            ("deviceId", false, vec![]),
            ("", false, vec![]),
            ("", true, vec!["deviceId", "tags.kind", "tags.building", "properties.reported.battery"]),
            ("tags.kind = 'tags.", false, vec![]),
            ("tags.kind = 'door' AND dev", false, vec!["deviceId"]),
        ] {
            assert_eq!(complete(text, text.len(), &known, wants_all).names, expected, "{text}");
        }
        let known = ["tags.Gebäude".to_owned(), "tags.этаж".to_owned()];
        for (text, expected) in [("GEBÄ", "tags.Gebäude"), ("tags.Э", "tags.этаж")] {
            assert_eq!(complete(text, text.len(), &known, false).names, [expected]);
        }
        assert_eq!(complete("NOT tags.k = 1", 10, &known, false).start, 4);
        assert_eq!(complete("ü", 99, &known, false), Completion { start: 0, names: vec![] });
    }

    #[test]
    fn mistakes_are_found_and_some_corrected() {
        for (text, column, wrong) in [
            ("tags.a == 'x'", 8, "=="),
            ("a LIKE 'b'", 3, "LIKE"),
            ("a = 'b", 5, "'b"),
            ("tags.a = ", 9, "="),
            ("ä = = 1", 5, "="),
            ("", 1, ""),
        ] {
            assert_eq!(&text[at_fault(text, column)], wrong, "{text}");
        }
        assert_eq!(fix("tags.a == 'x'", 8), Some(("=", "tags.a = 'x'".to_owned())));
        assert_eq!(fix("a = 1 && b = 2", 7), Some(("AND", "a = 1 AND b = 2".to_owned())));
        assert_eq!(fix("a LIKE 'b'", 3), None);
    }
}
