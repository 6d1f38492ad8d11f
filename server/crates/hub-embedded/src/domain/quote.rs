//! Makes text from clients and devices safe to print: in the log, in an error, in a job's row.

use std::fmt::Write;

/// Most characters that are printed of it.
pub const LONGEST: usize = 128;

/// The text in double quotes, at most [`LONGEST`] characters of it, with line feeds, other control characters, double
/// quotes and backslashes escaped as in Rust source. A line of the log stays one line, and a long text does not fill it.
pub fn quoted(text: &str) -> String {
    quoted_start(text, LONGEST)
}

/// The same with at most `most` characters.
pub fn quoted_start(text: &str, most: usize) -> String {
    let mut quoted = String::with_capacity(text.len().min(most) + 2);
    quoted.push('"');
    let mut characters = text.chars();
    for character in characters.by_ref().take(most) {
        match character {
            '\'' => quoted.push(character),
            _ => quoted.extend(character.escape_debug()),
        }
    }
    quoted.push('"');
    let suppressed = characters.count();
    if suppressed > 0 {
        // Writing to a string cannot fail.
        let _ = write!(quoted, " and {suppressed} more characters");
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        for (text, expected) in [
            ("", r#""""#),
            ("localhost/devices/d1", r#""localhost/devices/d1""#),
            ("a\nERROR forged", r#""a\nERROR forged""#),
            ("a\r\x1b[31m\0", r#""a\r\u{1b}[31m\0""#),
            ("\u{2028}\u{202e}\u{85}", r#""\u{2028}\u{202e}\u{85}""#),
            (r#"a"b\c"#, r#""a\"b\\c""#),
            ("it's grün", r#""it's grün""#),
        ] {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
        assert_eq!(quoted_start("abcdef", 4), r#""abcd" and 2 more characters"#);
        assert_eq!(quoted(&"x".repeat(LONGEST)).len(), LONGEST + 2);
    }

    proptest::proptest! {
        #[test]
        fn one_line_of_bounded_length(text in "\\PC{0,300}|.{0,300}|(\n|\r|\x1b|[\u{0}-\u{a0}]){0,300}") {
            let quoted = quoted(&text);
            proptest::prop_assert!(!quoted.chars().any(char::is_control), "{quoted}");
            proptest::prop_assert!(quoted.chars().count() <= LONGEST * 10 + 40);
        }
    }
}
