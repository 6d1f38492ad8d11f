//! Etags: their format, and `If-Match`.
//!
//! Identities and twins have their own. An identity's is base64 of decimal digits, a twin's base64 of an 8-byte
//! big-endian counter; both as seen on live hubs. SDKs send them back with and without quotes, even `"*"`.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// The version that a caller expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version.
    Any,
    /// Only this one.
    Etag(String),
}

impl IfMatch {
    /// Reads the header (or an `etag` member): `*`, `"*"`, `etag`, `"etag"`; nothing and empty text are `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        match text {
            "" => None,
            "*" => Some(Self::Any),
            etag => Some(Self::Etag(etag.to_owned())),
        }
    }

    /// Whether a write is allowed when this is the current etag.
    pub fn allows(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Etag(etag) => etag == current,
        }
    }
}

/// An identity's etag as the wire writes it.
pub fn identity_etag(number: i64) -> String {
    BASE64.encode(number.to_string())
}

/// A twin's etag as the wire writes it.
pub fn twin_etag(counter: i64) -> String {
    BASE64.encode(counter.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_read_with_and_without_quotes() {
        for (text, expected) in [
            ("*", Some(IfMatch::Any)),
            ("\"*\"", Some(IfMatch::Any)),
            ("NTQ=", Some(IfMatch::Etag("NTQ=".into()))),
            (" \"NTQ=\" ", Some(IfMatch::Etag("NTQ=".into()))),
            ("", None),
            ("\"\"", None),
        ] {
            assert_eq!(IfMatch::parse(text), expected, "{text}");
        }
        assert!(IfMatch::Any.allows("x"));
        assert!(IfMatch::Etag("x".into()).allows("x") && !IfMatch::Etag("x".into()).allows("y"));
    }

    #[test]
    fn etag_formats() {
        assert_eq!(identity_etag(544_148_702), "NTQ0MTQ4NzAy");
        assert_eq!(twin_etag(1), "AAAAAAAAAAE=");
    }
}
