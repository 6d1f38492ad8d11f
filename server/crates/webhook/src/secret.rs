//! The secret that a receiver checks signatures with.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Random bytes of a new secret.
const NEW_BYTES: usize = 32;
/// Bytes that a secret may have.
const ALLOWED_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A signing secret, decoded; prints as dots.
#[derive(Clone)]
pub struct SigningSecret(SecretSlice<u8>);

/// A text that is no signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct InvalidSecret;

/// The system gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

impl SigningSecret {
    /// A new secret of 32 random bytes.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives no random numbers.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut bytes = vec![0; NEW_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(bytes.into()))
    }

    /// Reads the text of a secret.
    ///
    /// # Errors
    /// [`InvalidSecret`] when the prefix is missing, the rest is not base64, or the length is not allowed.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
        if ALLOWED_BYTES.contains(&bytes.len()) { Ok(Self(bytes.into())) } else { Err(InvalidSecret) }
    }

    /// The text that the receiver is configured with.
    pub fn text(&self) -> SecretString {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(self.bytes())).into()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_read_again() {
        let (one, other) = (SigningSecret::generate().unwrap(), SigningSecret::generate().unwrap());
        assert_ne!(one.bytes(), other.bytes());
        let text = one.text();
        assert_eq!(SigningSecret::parse(text.expose_secret()).unwrap().bytes(), one.bytes());
        assert!(!format!("{one:?}").contains(text.expose_secret()));
    }

    #[test]
    fn other_texts_are_refused() {
        let of_bytes = |count: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; count]));
        for (text, is_good) in [
            (of_bytes(24), true),
            (of_bytes(64), true),
            (of_bytes(23), false),
            (of_bytes(65), false),
            (of_bytes(32).replace("whsec_", ""), false),
            ("whsec_not base64!".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(SigningSecret::parse(&text).is_ok(), is_good, "{text}");
        }
    }
}
