//! Query conditions while they are typed: highlighted, completed, corrected. [`hub_query`] reads them.

use std::ops::Range;

use hub_query::{
    highlight::{self, TokenClass},
    write,
};

use super::Token;

/// Cuts a condition into tokens with their style. Any text is cut without loss.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    highlight::tokens(text)
        .into_iter()
        .map(|token| Token { text: token.text, class: style(token.class) })
        .collect()
}

fn style(class: TokenClass) -> &'static str {
    match class {
        TokenClass::Keyword => "code__keyword",
        TokenClass::Name => "code__key",
        TokenClass::String => "code__string",
        TokenClass::Number => "code__number",
        TokenClass::Punctuation => "code__punctuation",
        TokenClass::Comment => "code__comment",
        TokenClass::Space => "",
    }
}

/// Attributes that every device has besides its tags and properties.
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
const MAX_NAMES: usize = 8;

/// Completions of the word before the caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    /// Where the word begins, in bytes.
    pub(crate) start: usize,
    /// The names, best first; none when there is nothing to complete.
    pub(crate) names: Vec<String>,
}

/// Names that begin, or have a part that begins, with the word before the caret (a byte position). None inside a string,
/// and for an empty word only if `wants_all`.
pub(crate) fn complete(text: &str, caret: usize, known: &[String], wants_all: bool) -> Completion {
    let before = text.get(..caret).unwrap_or(text);
    let is_in_string = highlight::tokens(before)
        .last()
        .is_some_and(|token| token.class == TokenClass::String && write::read_text(token.text).is_none());
    let begin = |is_part: fn(char) -> bool| {
        before
            .rfind(|c: char| !is_part(c))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))
    };
    // A key with a dash is typed without its brackets.
    let dashed = begin(|c| is_word(c) || c == '-');
    let is_dashed = known.iter().any(|name| rank(name, &bare(&before[dashed..])).is_some());
    let start = if is_dashed { dashed } else { begin(is_word) };
    let word = bare(&before[start..]);
    if is_in_string || (word.is_empty() && !wants_all) {
        return Completion { start, names: Vec::new() };
    }
    let is_written = |name: &str| name.to_lowercase() == before[start..].to_lowercase();
    let others = known.iter().filter(|name| !is_written(name));
    let mut names: Vec<_> = others.filter_map(|name| Some((rank(name, &word)?, name.clone()))).collect();
    names.sort_by_key(|(rank, _)| *rank);
    Completion { start, names: names.into_iter().map(|(_, name)| name).take(MAX_NAMES).collect() }
}

/// How well a name completes a word: 0 when it begins with it, 1 when a part of it does.
fn rank(name: &str, word: &str) -> Option<u8> {
    let name = bare(name);
    if name.starts_with(word) {
        Some(0)
    } else {
        name.split('.').skip(1).any(|part| part.starts_with(word)).then_some(1)
    }
}

/// A name without its brackets, in lower case.
fn bare(name: &str) -> String {
    name.to_lowercase().replace("[[", "").replace("]]", "")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_.$[]".contains(c)
}

/// The byte range of a text that an error at a column (from 1, in characters) is about: the token there, or the last one
/// when the error is at the end.
pub(crate) fn error_span(text: &str, column: u32) -> Range<usize> {
    let skipped = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let place = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    let mut at = 0;
    let mut last = 0..0;
    let mut tokens = highlight::tokens(text).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let end = at + token.text.len();
        if token.class != TokenClass::Space {
            last = at..end;
            if place < end {
                // An operator that is written twice, as in `==`, is one mistake.
                let is_double = token.class == TokenClass::Punctuation
                    && tokens.peek().is_some_and(|next| next.text == token.text);
                return at..end + if is_double { token.text.len() } else { 0 };
            }
        }
        at = end;
    }
    last
}

/// Operators of other languages, and what the query language has for them.
const CORRECTIONS: [(&str, &str); 3] = [("==", "="), ("&&", "AND"), ("||", "OR")];

/// The correction of a refused text with an error at a column: the operator to use, and the whole text with it. `None`
/// when none is known.
pub(crate) fn correct(text: &str, column: u32) -> Option<(&'static str, String)> {
    let range = error_span(text, column);
    let wrong = text.get(range.clone())?;
    let (_, right) = CORRECTIONS.into_iter().find(|(known, _)| *known == wrong)?;
    Some((right, format!("{}{right}{}", &text[..range.start], &text[range.end..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_styles() {
        let styled: Vec<_> =
            tokens("tags.kind = 'door'").iter().map(|token| (token.text, token.class)).collect();
        assert_eq!(
            styled,
            [
                ("tags.kind", "code__key"),
                (" ", ""),
                ("=", "code__punctuation"),
                (" ", ""),
                ("'door'", "code__string"),
            ]
        );
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
        let odd = ["tags.[[my-key]]".to_owned(), "tags.mine".to_owned()];
        for (text, start, expected) in [
            ("tags.my", 0, vec!["tags.[[my-key]]"]),
            ("tags.my-k", 0, vec!["tags.[[my-key]]"]),
            ("my-key", 0, vec!["tags.[[my-key]]"]),
            ("tags.[[my", 0, vec!["tags.[[my-key]]"]),
            ("tags.my-key", 0, vec!["tags.[[my-key]]"]),
            ("tags.[[my-key]]", 0, vec![]),
            ("1-mi", 2, vec!["tags.mine"]),
        ] {
            let found = complete(text, text.len(), &odd, false);
            assert_eq!(
                (found.start, found.names),
                (start, expected.iter().map(ToString::to_string).collect()),
                "{text}"
            );
        }
        let known = ["tags.Gebäude".to_owned(), "tags.этаж".to_owned()];
        for (text, expected) in [("GEBÄ", "tags.Gebäude"), ("tags.Э", "tags.этаж")] {
            assert_eq!(complete(text, text.len(), &known, false).names, [expected]);
        }
        assert_eq!(complete("NOT tags.k = 1", 10, &known, false).start, 4);
        assert_eq!(complete("ü", 99, &known, false), Completion { start: 0, names: vec![] });
    }

    #[test]
    fn errors_are_located_and_some_corrected() {
        for (text, column, wrong) in [
            ("tags.a == 'x'", 8, "=="),
            ("a LIKE 'b'", 3, "LIKE"),
            ("a = 'b", 5, "'b"),
            ("tags.a = ", 9, "="),
            ("ä = = 1", 5, "="),
            ("", 1, ""),
        ] {
            assert_eq!(&text[error_span(text, column)], wrong, "{text}");
        }
        assert_eq!(correct("tags.a == 'x'", 8), Some(("=", "tags.a = 'x'".to_owned())));
        assert_eq!(correct("a = 1 && b = 2", 7), Some(("AND", "a = 1 AND b = 2".to_owned())));
        assert_eq!(correct("a LIKE 'b'", 3), None);
    }
}
