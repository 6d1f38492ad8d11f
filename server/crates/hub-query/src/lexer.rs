//! Cuts query text into tokens.
//!
//! Never fails as a whole: what cannot be a token becomes [`TokenKind::Invalid`] with the reason, and ends the list, so
//! that a mistake further left is reported first.

use super::ast::{Constant, Span};

mod literal;

/// A name, operator or literal, with its position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A reserved word.
    Keyword(Keyword),
    /// Any other name; after a dot, reserved words too.
    Name(String),
    /// `[[any key]]`: a name between double brackets.
    Bracketed(String),
    /// A number or a string.
    Literal(Constant),
    /// Punctuation or an operator: `( ) [ ] , . + - * / % = != < > <= >=` (`<>` is read as `!=`).
    Sign(&'static str),
    /// Not a token, and why; always the last one.
    Invalid(String),
    /// The end of the text.
    End,
}

/// Words that cannot name an attribute unless they follow a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Select,
    From,
    Where,
    Group,
    By,
    As,
    And,
    Or,
    Not,
    In,
    Nin,
    True,
    False,
    Null,
    Undefined,
}

const KEYWORDS: [(&str, Keyword); 15] = [
    ("SELECT", Keyword::Select),
    ("FROM", Keyword::From),
    ("WHERE", Keyword::Where),
    ("GROUP", Keyword::Group),
    ("BY", Keyword::By),
    ("AS", Keyword::As),
    ("AND", Keyword::And),
    ("OR", Keyword::Or),
    ("NOT", Keyword::Not),
    ("IN", Keyword::In),
    ("NIN", Keyword::Nin),
    ("TRUE", Keyword::True),
    ("FALSE", Keyword::False),
    ("NULL", Keyword::Null),
    ("UNDEFINED", Keyword::Undefined),
];

/// Longer signs first.
const SIGNS: [(&str, &str); 18] = [
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    (",", ","),
    (".", "."),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
];

impl Keyword {
    pub(super) fn named(word: &str) -> Option<Self> {
        KEYWORDS.iter().find(|(text, _)| text.eq_ignore_ascii_case(word)).map(|(_, keyword)| *keyword)
    }

    pub(super) fn as_str(self) -> &'static str {
        KEYWORDS.iter().find(|(_, keyword)| *keyword == self).map_or("", |(text, _)| text)
    }
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

pub(super) fn is_name_continue(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Whether a name can be written without brackets. A reserved word needs brackets behind a
/// dot too: the hub takes `tags.group` for the keyword.
pub(super) fn is_plain(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_continue) && Keyword::named(name).is_none()
}

/// Bytes of white space and of comments at the beginning.
///
/// # Errors
/// Where a comment begins that does not end.
pub(super) fn blank(text: &str) -> Result<usize, usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        let Some(comment) = text[at..].strip_prefix("/*") else { return Ok(at) };
        at += comment.find("*/").ok_or(at)? + "/**/".len();
    }
}

/// All tokens of the text; the last is `End` or `Invalid`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    loop {
        match blank(&text[at..]) {
            Ok(length) => at += length,
            Err(begin) => {
                let kind = TokenKind::Invalid("this comment has no closing `*/`".to_owned());
                tokens.push(Token { kind, span: Span { start: at + begin, end: text.len() } });
                return tokens;
            }
        }
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            tokens.push(Token { kind: TokenKind::End, span: Span { start: at, end: at } });
            return tokens;
        };
        let (kind, length) = next(rest, first, tokens.last(), at);
        let invalid = matches!(kind, TokenKind::Invalid(_));
        tokens.push(Token { kind, span: Span { start: at, end: at + length } });
        if invalid {
            return tokens;
        }
        at += length;
    }
}

/// The token at the start of `rest`, which begins with `first`, and its length in bytes.
fn next(rest: &str, first: char, previous: Option<&Token>, at: usize) -> (TokenKind, usize) {
    let after_dot = previous.is_some_and(|token| token.kind == TokenKind::Sign("."));
    if is_name_start(first) || (after_dot && first.is_ascii_digit()) {
        let length = rest.find(|c| !is_name_continue(c)).unwrap_or(rest.len());
        let word = &rest[..length];
        let kind = match Keyword::named(word) {
            Some(keyword) if !after_dot => TokenKind::Keyword(keyword),
            _ => TokenKind::Name(word.to_owned()),
        };
        return (kind, length);
    }
    if first == '\'' || first == '"' {
        return literal::string(rest, first);
    }
    let is_name_next = previous
        .is_some_and(|token| matches!(token.kind, TokenKind::Sign(".") | TokenKind::Keyword(Keyword::As)));
    if let Some(found) = bracketed(rest, is_name_next) {
        return found;
    }
    if rest.starts_with("--") {
        let why = "`--` begins no comment in the query language; write `/* … */`, or a space between two minus signs";
        return (TokenKind::Invalid(why.to_owned()), "--".len());
    }
    // `tags.5g` is a path, `.5` a number: a dot right behind a name or a bracket goes on with a path.
    let continues_path = previous.is_some_and(|token| {
        token.span.end == at
            && matches!(token.kind, TokenKind::Name(_) | TokenKind::Bracketed(_) | TokenKind::Sign("]"))
    });
    let digit_follows =
        rest.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    if first.is_ascii_digit() || (digit_follows && !continues_path) {
        return literal::number(rest);
    }
    match SIGNS.iter().find(|(written, _)| rest.starts_with(written)) {
        Some((written, sign)) => (TokenKind::Sign(sign), written.len()),
        None => (TokenKind::Invalid(stray(rest, first)), first.len_utf8()),
    }
}

/// `[[key]]` at the start of `rest`. Where a name has to be the key may be any text without `]]`; elsewhere it has to be
/// a word, since `[[1], [2]]` is a list of lists.
/// Source: `iot-hub-devguide-query-language.md` (`tags.[[group]].name`), `iot-hub-automatic-device-management.md`
/// (`configurations.[[name]].status`).
fn bracketed(rest: &str, is_name_next: bool) -> Option<(TokenKind, usize)> {
    let inner = rest.strip_prefix("[[")?;
    let Some(length) = inner.find("]]") else {
        let why = "this `[[` has no closing `]]`".to_owned();
        return is_name_next.then_some((TokenKind::Invalid(why), rest.len()));
    };
    let key = &inner[..length];
    let length = length + "[[]]".len();
    if is_name_next && key.is_empty() {
        return Some((TokenKind::Invalid("`[[]]` names no key".to_owned()), length));
    }
    let is_word = key.starts_with(is_name_start) && key.chars().all(is_name_continue);
    (is_name_next || is_word).then(|| (TokenKind::Bracketed(key.to_owned()), length))
}

fn stray(rest: &str, first: char) -> String {
    let hint = match first {
        '&' if rest.starts_with("&&") => "; write AND",
        '|' if rest.starts_with("||") => "; write OR, or CONCAT(a, b) to join strings",
        '!' => "; write NOT, or != to compare",
        '‘' | '’' | '“' | '”' | '`' => "; strings stand between ' or \"",
        ';' => "; a query is one statement and has no end mark",
        _ => "",
    };
    format!("unexpected character `{}`{hint}", first.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found: Vec<String> = tokens(text)
            .into_iter()
            .map(|token| match token.kind {
                TokenKind::Keyword(keyword) => keyword.as_str().to_owned(),
                TokenKind::Name(name) => format!("name:{name}"),
                TokenKind::Bracketed(key) => format!("key:{key}"),
                TokenKind::Literal(constant) => format!("{constant:?}"),
                TokenKind::Sign(sign) => sign.to_owned(),
                TokenKind::Invalid(why) => format!("invalid at {}: {why}", token.span.start),
                TokenKind::End => "end".to_owned(),
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }

    #[test]
    fn names_and_operators() {
        check("select * From devices", "SELECT * FROM name:devices end");
        check("tags.select.in", "name:tags . name:select . name:in end");
        check("tags.5g", "name:tags . name:5g end");
        check("tags['5g'].7", "name:tags [ Text(\"5g\") ] . name:7 end");
        check("$version _a ärger", "name:$version name:_a name:ärger end");
        check("a<>1!=2<=3", "name:a != Int(1) != Int(2) <= Int(3) end");
        check("a-1", "name:a - Int(1) end");
        check("  \n\t", "end");
        check("tags.[[my-key]].b", "name:tags . key:my-key . name:b end");
        check("tags . [[a b]][0]", "name:tags . key:a b [ Int(0) ] end");
        check("[[group]] [[1], [2]]", "key:group [ [ Int(1) ] , [ Int(2) ] ] end");
        check("[tags.[[a]]]", "[ name:tags . key:a ] end");
        check("tags.[[a]", "name:tags . invalid at 5: this `[[` has no closing `]]`");
        check("tags.[[]]", "name:tags . invalid at 5: `[[]]` names no key");
        check("/* x */ a /**/ = /* ' * / \n */ 1 /*/ */", "name:a = Int(1) end");
        check("a /* b", "name:a invalid at 2: this comment has no closing `*/`");
        check("'/* a */'", "Text(\"/* a */\") end");
        check("a/b * /c", "name:a / name:b * / name:c end");
        check("a && b", "name:a invalid at 2: unexpected character `&`; write AND");
        check("😀", "invalid at 0: unexpected character `😀`");
        check("\u{0}", "invalid at 0: unexpected character `\\0`");
    }
}
