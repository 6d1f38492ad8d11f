//! Tokens: 256 random bits as text. The store holds only their SHA-256.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use console_wire::access::{TokenText, UserCode};
use sha2::{Digest as _, Sha256};

use crate::ConsoleError;

/// A new token.
pub(super) fn token() -> Result<String, ConsoleError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// A new API token.
pub(super) fn api_token() -> Result<TokenText, ConsoleError> {
    TokenText::from_random(random::<128>()?).ok_or(ConsoleError::Stopping)
}

/// A new code for a person to type.
pub(super) fn user_code() -> Result<UserCode, ConsoleError> {
    UserCode::from_random(random::<128>()?).ok_or(ConsoleError::Stopping)
}

/// A new id that is never used again.
pub(super) fn id() -> Result<String, ConsoleError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<12>()?))
}

fn random<const N: usize>() -> Result<[u8; N], ConsoleError> {
    let mut bytes = [0; N];
    // Without random numbers no sign-in is possible.
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        ConsoleError::Stopping
    })?;
    Ok(bytes)
}

/// What the store knows a token by. A token has 256 random bits, so that a fast hash is enough.
pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43, "256 bits");
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{one}");
        assert_ne!(hash(&one), hash(&other));
    }
}
