//! Tokens for people who type a query: for syntax highlighting, completion, and marking the place of an error.
//!
//! They come from the parser's lexer, but cover the whole text and go on behind what is no token.

use super::function::Function;
use super::lexer::{self, Keyword, TokenKind};

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it is written.
    pub text: &'a str,
    /// What it is.
    pub class: TokenClass,
}

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenClass {
    /// A keyword or the name of a function.
    Keyword,
    /// An attribute's path, or a constant such as `true`.
    Name,
    /// A string, also one without its closing quote.
    String,
    /// A number.
    Number,
    /// Operators and all characters that belong to nothing else.
    Punctuation,
    /// `/* … */`, also without its end.
    Comment,
    /// White space.
    Space,
}

/// All tokens of any text, in order and without gaps.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut pieces = Pieces { text, at: 0, tokens: Vec::new() };
    // The lexer stops at what is no token; lexing starts again behind it.
    while pieces.at < text.len() {
        let from = pieces.at;
        for token in lexer::tokens(&text[from..]) {
            pieces.push_blank(from + token.span.start);
            pieces.push(&token.kind, from + token.span.end);
        }
    }
    pieces.tokens
}

struct Pieces<'a> {
    text: &'a str,
    /// Everything before it is in `tokens`.
    at: usize,
    tokens: Vec<Token<'a>>,
}

impl Pieces<'_> {
    /// White space and comments up to a place.
    fn push_blank(&mut self, end: usize) {
        while let Some(rest) = self.text.get(self.at..end).filter(|rest| !rest.is_empty()) {
            let (length, class) = match rest.strip_prefix("/*") {
                Some(comment) => {
                    let length = comment.find("*/").map_or(rest.len(), |at| at + "/**/".len());
                    (length, TokenClass::Comment)
                }
                None => (rest.find("/*").unwrap_or(rest.len()), TokenClass::Space),
            };
            self.tokens.push(Token { text: &rest[..length], class });
            self.at += length;
        }
    }

    fn push(&mut self, kind: &TokenKind, end: usize) {
        let piece = &self.text[self.at..end];
        if piece.is_empty() {
            return;
        }
        let class = class(kind, piece);
        if !self.extend_path(kind, class, end) {
            self.tokens.push(Token { text: piece, class });
        }
        self.at = end;
    }

    /// Appends a dot, or the key behind one, to the path before it.
    fn extend_path(&mut self, kind: &TokenKind, class: TokenClass, end: usize) -> bool {
        let Some(last) = self.tokens.last_mut().filter(|last| last.class == TokenClass::Name) else {
            return false;
        };
        let is_dot = *kind == TokenKind::Sign(".");
        let is_key = last.text.ends_with('.') && class == TokenClass::Name;
        if is_dot || is_key {
            last.text = &self.text[self.at - last.text.len()..end];
        }
        is_dot || is_key
    }
}

fn class(kind: &TokenKind, piece: &str) -> TokenClass {
    match kind {
        TokenKind::Keyword(Keyword::True | Keyword::False | Keyword::Null | Keyword::Undefined)
        | TokenKind::Bracketed(_) => TokenClass::Name,
        TokenKind::Keyword(_) => TokenClass::Keyword,
        TokenKind::Name(name) if Function::named(name).is_some() => TokenClass::Keyword,
        TokenKind::Name(_) => TokenClass::Name,
        TokenKind::Sign(_) | TokenKind::End => TokenClass::Punctuation,
        TokenKind::Literal(_) | TokenKind::Invalid(_) => match piece.chars().next() {
            Some('\'' | '"') => TokenClass::String,
            Some(c) if c.is_ascii_digit() => TokenClass::Number,
            Some('.') if piece.len() > 1 => TokenClass::Number,
            Some('/') if piece.starts_with("/*") => TokenClass::Comment,
            Some('[') if piece.starts_with("[[") => TokenClass::Name,
            _ => TokenClass::Punctuation,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, TokenClass)]) {
        let found: Vec<_> = tokens(text)
            .into_iter()
            .filter(|token| token.class != TokenClass::Space)
            .map(|token| (token.text, token.class))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn classes() {
        use TokenClass::{Comment, Keyword, Name, Number, Punctuation, String};

        check(
            "tags.kind = 'door' AND is_defined(properties.reported.battery) >= 20",
            &[
                ("tags.kind", Name),
                ("=", Punctuation),
                ("'door'", String),
                ("AND", Keyword),
                ("is_defined", Keyword),
                ("(", Punctuation),
                ("properties.reported.battery", Name),
                (")", Punctuation),
                (">=", Punctuation),
                ("20", Number),
            ],
        );
        check(
            "/* a OR b */ tags.[[a or 'b']].c.[[d]] = true /* open",
            &[
                ("/* a OR b */", Comment),
                ("tags.[[a or 'b']].c.[[d]]", Name),
                ("=", Punctuation),
                ("true", Name),
                ("/* open", Comment),
            ],
        );
        check("tags.and.in", &[("tags.and.in", Name)]);
        check("a && 5g", &[("a", Name), ("&", Punctuation), ("&", Punctuation), ("5g", Number)]);
        check(r"a = 'it\'s", &[("a", Name), ("=", Punctuation), (r"'it\'s", String)]);
        check("tags.[[a b", &[("tags.[[a b", Name)]);
    }

    #[test]
    fn any_text_is_covered_without_gaps() {
        for text in
            ["", " ", "tags.[[a b", "a.[[b]].[[", "/*", "'open\\", "a = 'it''s' ü € 5x --", "*/ ;; 1e"]
        {
            assert_eq!(tokens(text).iter().map(|token| token.text).collect::<String>(), text);
        }
    }
}
