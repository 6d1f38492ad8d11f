//! Formats values as query literals. The only quoting code.

use super::lexer::{self, TokenKind};
use super::{ast::Constant, print};

/// A text as a literal: `'it\'s'`, with the escapes that the documentation lists.
pub fn text(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    let _ = print::quoted(&mut written, text);
    written
}

/// Texts as literals with commas between, for `IN [ … ]`.
pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// The text that a literal means; `None` when it is not one whole string literal.
pub fn read_text(literal: &str) -> Option<String> {
    let mut tokens = lexer::tokens(literal).into_iter();
    match (tokens.next()?.kind, tokens.next()?.kind) {
        (TokenKind::Literal(Constant::Text(text)), TokenKind::End) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for (given, written) in [
            ("", "''"),
            ("door-1", "'door-1'"),
            ("it's", r"'it\'s'"),
            ("o''n", r"'o\'\'n'"),
            (r"a\b", r"'a\\b'"),
            ("say \"x\"", "'say \"x\"'"),
            ("a\nb", r"'a\u000ab'"),
            ("ä😀]]", "'ä😀]]'"),
        ] {
            assert_eq!(text(given), written);
            assert_eq!(read_text(written).as_deref(), Some(given));
        }
        assert_eq!(texts(["a", "it's"]), r"'a', 'it\'s'");
        for other in ["a", "'a", "'a' 'b'", "5", ""] {
            assert_eq!(read_text(other), None, "{other}");
        }
    }
}
