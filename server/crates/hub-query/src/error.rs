//! What is wrong with a query, and where.

use super::ast::Span;

/// Why a query was refused, in words for the person who wrote it.
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

/// A message as it is shown: with a capital and a full stop. What is quoted from the query keeps its own letters.
fn sentence(mut message: String) -> String {
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !message.ends_with('.') {
        message.push('.');
    }
    message
}
