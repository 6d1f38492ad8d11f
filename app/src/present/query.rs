//! Query conditions, coloured. Only for reading: the hub decides what a condition means.

use super::Run;

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
        let is_word = |c: char| c.is_alphanumeric() || "_.$[]".contains(c);
        let (length, class) = match first {
            '\'' | '"' => (quoted(rest, first), "code__string"),
            c if c.is_ascii_digit() => (span(rest, |c| c.is_alphanumeric() || c == '.'), "code__number"),
            c if is_word(c) => {
                let length = span(rest, is_word);
                let is_keyword = KEYWORDS.contains(&rest[..length].to_lowercase().as_str());
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

fn span(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Bytes of the literal that the text starts with; all of it when it never ends. A doubled quote reads as two
/// literals side by side, which looks the same.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
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
        for text in ["", "'open", "a = 'it''s' ü € 5x", "*"] {
            assert_eq!(runs(text).iter().map(|run| run.text).collect::<String>(), text);
        }
    }
}
