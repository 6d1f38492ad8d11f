//! The text of an API token: `fct_`, 43 random characters, 6 characters of checksum, all base62. Pure.
//!
//! Scanners for secrets find it by its prefix and its checksum. 43 characters of 62 hold 256 bits. The checksum is the CRC-32
//! of the 43 characters: a token that was cut or mistyped is recognised without asking a server.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What every token begins with.
const PREFIX: &str = "fct_";
/// Random characters.
const RANDOM: usize = 43;
/// Characters of the checksum.
const CHECKSUM: usize = 6;
/// Random characters by which people recognise a token.
const SHOWN: usize = 4;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The text of a token. Whoever has it has the token's rights, so it is shown once and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[serde(transparent)]
pub struct TokenText(String);

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAToken {
    /// It has another prefix, length or characters.
    Form,
    /// Its checksum is that of another text.
    Checksum,
}

impl fmt::Display for NotAToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "is not a token: one begins with fct_ and has 53 characters",
            Self::Checksum => {
                "is not a token: its checksum does not match, so a character is missing or mistyped"
            }
        })
    }
}

impl std::error::Error for NotAToken {}

impl TokenText {
    /// A token of random bytes; `None` when there are too few. Bytes of 248 and more are left out, so that every character
    /// is equally likely: 128 bytes are enough in practice.
    pub fn from_random(bytes: impl IntoIterator<Item = u8>) -> Option<Self> {
        let usable = bytes.into_iter().filter(|byte| *byte < 248).take(RANDOM);
        let random: String =
            usable.map(|byte| char::from(DIGITS[usize::from(byte) % DIGITS.len()])).collect();
        (random.len() == RANDOM).then(|| Self(format!("{PREFIX}{random}{}", checksum(&random))))
    }

    /// Checks prefix, length, characters and checksum.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let rest = text.strip_prefix(PREFIX).ok_or(NotAToken::Form)?;
        if rest.len() != RANDOM + CHECKSUM || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotAToken::Form);
        }
        let (random, sum) = rest.split_at(RANDOM);
        if checksum(random) == sum { Ok(Self(text.to_owned())) } else { Err(NotAToken::Checksum) }
    }

    /// Whether a text was meant to be a token.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The text, to be sent or hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its beginning, by which people recognise it: `fct_7Qm2`.
    pub fn shown_prefix(&self) -> &str {
        &self.0[..PREFIX.len() + SHOWN]
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(…)")
    }
}

/// CRC-32 in base62, filled up with zeros from the left.
fn checksum(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        TokenText::from_random(0..).unwrap().expose().to_owned()
    }

    #[test]
    fn a_token_has_its_form() {
        let token = token();
        assert_eq!(token.len(), 53);
        assert!(token.starts_with("fct_0123456789ABCDEF"), "{token}");
        let parsed = TokenText::parse(&token).unwrap();
        assert_eq!((parsed.expose(), parsed.shown_prefix()), (token.as_str(), "fct_0123"));
        assert!(!format!("{parsed:?}").contains("0123"));
    }

    #[test]
    fn the_checksum_is_crc32_in_base62() {
        // The check value of CRC-32, 0xCBF43926, for the text that its catalogue uses.
        assert_eq!(crc32fast::hash(b"123456789"), 3_421_780_262);
        assert_eq!(checksum("123456789"), "3jZRME");
        assert_eq!(checksum(""), "000000");
    }

    #[test]
    fn every_character_is_equally_likely() {
        let all: Vec<u8> = (0..=255).collect();
        let usable = all.iter().filter(|byte| **byte < 248);
        let mut counts = [0; 62];
        for byte in usable {
            counts[usize::from(*byte) % 62] += 1;
        }
        assert_eq!(counts, [4; 62]);
        assert_eq!(TokenText::from_random([255; 128]), None);
        assert_eq!(TokenText::from_random([1; 42]), None);
    }

    #[test]
    fn other_texts_are_refused() {
        let good = token();
        let swapped = good.replace("0123", "1023");
        for (text, why) in [
            (String::new(), NotAToken::Form),
            (good.replace("fct_", "fcp_"), NotAToken::Form),
            (good[..52].to_owned(), NotAToken::Form),
            (format!("{good}0"), NotAToken::Form),
            (good.replace('0', "-"), NotAToken::Form),
            (format!("{}é", &good[..51]), NotAToken::Form),
            (swapped, NotAToken::Checksum),
            (good.replace('0', "Z"), NotAToken::Checksum),
        ] {
            assert_eq!(TokenText::parse(&text), Err(why), "{text}");
        }
    }
}
