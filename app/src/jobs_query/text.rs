//! Tokens and spans of time as they are typed.

/// A token as it is typed: quoted when it holds a space.
pub(crate) fn token(key: &str, value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("{key}=\"{value}\"") } else { format!("{key}={value}") }
}

/// Splits typed text at white space outside of double quotes, and removes the quotes.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => tokens.push(String::new()),
            c => tokens.last_mut().expect("never empty").push(c),
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// Seconds of a span such as `90s`, `30min`, `24h`, `7d`.
pub(crate) fn span(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

/// A span as text: `2 h`, `30 days`.
pub(crate) fn span_label(text: &str) -> String {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = match (unit, number) {
        ("m", _) => "min",
        ("d", "1") => "day",
        ("d", _) => "days",
        (unit, _) => unit,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_what_is_quoted() {
        for (text, expected) in [
            ("status=failed  lock", &["status=failed", "lock"][..]),
            ("target=\"a = b\" x", &["target=a = b", "x"]),
            ("\"\"", &[]),
        ] {
            assert_eq!(tokens(text), expected);
        }
        assert_eq!(token("target", "a = b"), "target=\"a = b\"");
        assert_eq!(token("status", "failed"), "status=failed");
    }

    #[test]
    fn spans() {
        for (text, seconds, label) in [
            ("90s", Some(90), "90 s"),
            ("30min", Some(1_800), "30 min"),
            ("5m", Some(300), "5 min"),
            ("2h", Some(7_200), "2 h"),
            ("1d", Some(86_400), "1 day"),
            ("30d", Some(2_592_000), "30 days"),
            ("0s", None, "0 s"),
        ] {
            assert_eq!((span(text), span_label(text).as_str()), (seconds, label));
        }
        assert_eq!((span("soon"), span("")), (None, None));
    }
}
