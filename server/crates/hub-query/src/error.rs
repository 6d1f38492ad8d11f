//! What is wrong with a query, and where.

use super::ast::Span;

/// Why a query was refused, as text for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct QueryError {
    /// Line of the text, from 1.
    pub line: u32,
    /// Character of that line, from 1.
    pub column: u32,
    /// What is wrong and what is expected instead: a sentence, since a person reads it beside the text.
    pub message: String,
}

impl QueryError {
    /// An error at the start of `span` in `text`.
    pub(super) fn at(text: &str, span: Span, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            line: count(before.matches('\n').count() + 1),
            column: count(before[line_start..].chars().count() + 1),
            message: sentence(message.into()),
        }
    }
}

/// A message as it is shown: with a capital and a full stop. What is quoted from the query keeps its case.
fn sentence(message: String) -> String {
    let mut message = quote_signs(message);
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !message.ends_with('.') {
        message.push('.');
    }
    message
}

/// Puts quoted signs such as `,` between quotation marks. In the code's typeface alone it is hard to see that a comma is
/// quoted.
fn quote_signs(message: String) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    // A backtick of the query itself: what is quoted and what is not cannot be distinguished.
    if parts.len().is_multiple_of(2) {
        return message;
    }
    let is_sign = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_punctuation());
    let quote = |(index, part): (usize, &&str)| match index % 2 {
        1 if is_sign(part) => format!("\u{201c}{part}\u{201d}"),
        1 => format!("`{part}`"),
        _ => (*part).to_owned(),
    };
    parts.iter().enumerate().map(quote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sentences_with_legible_signs() {
        for (message, expected) in [
            ("expected an operator, `,` or `]`", "Expected an operator, “,” or “]”."),
            ("`==` is no operator", "“==” is no operator."),
            ("unexpected `a`; expected `(`", "Unexpected `a`; expected “(”."),
            ("write `tags.[[my-key]]`", "Write `tags.[[my-key]]`."),
            ("unexpected `'a`b'`", "Unexpected `'a`b'`."),
            ("unexpected end.", "Unexpected end."),
        ] {
            assert_eq!(sentence(message.to_owned()), expected);
        }
    }
}
