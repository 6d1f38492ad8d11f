//! Numbers and strings.

use std::iter::Peekable;
use std::str::CharIndices;

use super::{Constant, TokenKind, is_name_continue};

/// A decimal or `0x` number at the start of `rest`, and its length in bytes.
pub(super) fn number(rest: &str) -> (TokenKind, usize) {
    let (constant, length) = match rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        Some(digits) => {
            let count = run(digits, |c| c.is_ascii_hexdigit());
            (hexadecimal(&digits[..count]), 2 + count)
        }
        None => decimal(rest),
    };
    if rest[length..].starts_with(is_name_continue) {
        let word = run(rest, |c| is_name_continue(c) || c == '.');
        return (TokenKind::Invalid(format!("`{}` is not a number", &rest[..word])), word);
    }
    match constant {
        Some(constant) => (TokenKind::Literal(constant), length),
        None => (TokenKind::Invalid(format!("`{}` is not a number that fits", &rest[..length])), length),
    }
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[expect(clippy::cast_precision_loss, reason = "a number beyond i64 is a double, as in JSON")]
fn hexadecimal(digits: &str) -> Option<Constant> {
    let value = u64::from_str_radix(digits, 16).ok()?;
    Some(i64::try_from(value).map_or(Constant::Real(value as f64), Constant::Int))
}

fn decimal(rest: &str) -> (Option<Constant>, usize) {
    let digits = |from: usize| run(&rest[from..], |c| c.is_ascii_digit());
    let mut length = digits(0);
    let mut whole = true;
    if rest[length..].starts_with('.') {
        whole = false;
        length += 1 + digits(length + 1);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            whole = false;
            length += 1 + sign + exponent;
        }
    }
    let text = &rest[..length];
    let real = || text.parse().ok().filter(|value: &f64| value.is_finite()).map(Constant::Real);
    let constant = if whole { text.parse().ok().map(Constant::Int).or_else(real) } else { real() };
    (constant, length)
}

/// A string at the start of `rest`, which begins with `quote`, and its length in bytes.
pub(super) fn string(rest: &str, quote: char) -> (TokenKind, usize) {
    let mut value = String::new();
    let mut chars = rest.char_indices().peekable();
    chars.next();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return (TokenKind::Literal(Constant::Text(value)), at + 1),
            '\\' => {
                let Some(c) = escape(&mut chars) else {
                    let why =
                        r#"a `\` in a string must be followed by `'`, `"`, `\` or `u` and four hex digits"#;
                    return (TokenKind::Invalid(why.to_owned()), rest.len());
                };
                value.push(c);
            }
            _ => value.push(c),
        }
    }
    (TokenKind::Invalid(format!("this string has no closing {quote}")), rest.len())
}

/// What follows a backslash. The documentation lists `\'`, `\"`, `\\` and `\uXXXX`; JSON's short ones do no harm.
fn escape(chars: &mut Peekable<CharIndices<'_>>) -> Option<char> {
    match chars.next()?.1 {
        c @ ('\'' | '"' | '\\' | '/') => Some(c),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            let unit = code_unit(chars)?;
            // A character beyond U+FFFF takes two escapes, as in JSON.
            if (0xD800..0xDC00).contains(&unit) {
                chars.next_if(|(_, c)| *c == '\\')?;
                chars.next_if(|(_, c)| *c == 'u')?;
                let low = code_unit(chars)?;
                return char::decode_utf16([unit, low]).next()?.ok();
            }
            char::from_u32(unit.into())
        }
        _ => None,
    }
}

fn code_unit(chars: &mut Peekable<CharIndices<'_>>) -> Option<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = chars.next()?.1.to_digit(16)?;
        unit = unit << 4 | u16::try_from(digit).ok()?;
    }
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Constant, String> {
        let (kind, length) = if text.starts_with(['\'', '"']) {
            string(text, text.chars().next().unwrap())
        } else {
            number(text)
        };
        match kind {
            TokenKind::Literal(constant) if length == text.len() => Ok(constant),
            TokenKind::Invalid(why) => Err(why),
            other => panic!("{other:?} of {length} bytes in {text}"),
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "that is the case under test")]
    fn numbers() {
        for (text, expected) in [
            ("0", Constant::Int(0)),
            ("007", Constant::Int(7)),
            ("9223372036854775807", Constant::Int(i64::MAX)),
            ("9223372036854775808", Constant::Real(i64::MAX as f64)),
            ("1.5", Constant::Real(1.5)),
            (".5", Constant::Real(0.5)),
            ("2.", Constant::Real(2.0)),
            ("1e3", Constant::Real(1000.0)),
            ("1.5E-1", Constant::Real(0.15)),
            ("0x1f", Constant::Int(31)),
            ("0XFFFFFFFFFFFFFFFF", Constant::Real(u64::MAX as f64)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for (text, why) in [
            ("5g", "`5g` is not a number"),
            ("1e", "`1e` is not a number"),
            ("0x", "`0x` is not a number that fits"),
            ("0xg", "`0xg` is not a number"),
            ("1e999", "`1e999` is not a number that fits"),
            ("0x10000000000000000", "`0x10000000000000000` is not a number that fits"),
        ] {
            assert_eq!(read(text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn strings() {
        for (text, expected) in [
            (r"''", ""),
            (r#""it's""#, "it's"),
            (r#"'say "x"'"#, r#"say "x""#),
            (r#"'\'\"\\'"#, r#"'"\"#),
            (r"'\u00e4\u0041'", "äA"),
            (r"'\ud83d\ude00'", "😀"),
            ("'two\nlines'", "two\nlines"),
        ] {
            assert_eq!(read(text), Ok(Constant::Text(expected.to_owned())), "{text}");
        }
        for text in
            ["'", "'a", "'a\"", r"'\'", r"'\x'", r"'\u12'", r"'\ud83d'", r"'\ud83dx'", r"'\ude00'", r"'\"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
