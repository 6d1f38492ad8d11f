//! The code that a person types to let a command line sign in: `WDJB-MJHT`. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Letters of a code. Without vowels no code is a word; RFC 8628, section 6.1.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a code.
const LENGTH: usize = 8;

/// Eight letters, shown as two groups of four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserCode(String);

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAUserCode;

impl fmt::Display for NotAUserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a code: one has 8 letters, such as WDJB-MJHT")
    }
}

impl UserCode {
    /// A code of random bytes; `None` when there are too few. Bytes of 240 and more are left out, so that every letter is
    /// equally likely.
    pub fn from_random(bytes: impl IntoIterator<Item = u8>) -> Option<Self> {
        let usable = bytes.into_iter().filter(|byte| *byte < 240).take(LENGTH);
        let code: String =
            usable.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect();
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// As a person types it: case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// When it has another length or other letters.
    pub fn parse(text: &str) -> Result<Self, NotAUserCode> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(LENGTH + 1);
        let code: String = typed.map(|c| c.to_ascii_uppercase()).collect();
        let is_code = code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte));
        if is_code { Ok(Self(code)) } else { Err(NotAUserCode) }
    }

    /// The letters, without the hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

impl From<UserCode> for String {
    fn from(code: UserCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for UserCode {
    type Error = NotAUserCode;

    fn try_from(text: String) -> Result<Self, NotAUserCode> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for text in ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "WD-JB-MJ-HT"] {
            assert_eq!(
                UserCode::parse(text).map(|code| code.to_string()).as_deref(),
                Ok("WDJB-MJHT"),
                "{text}"
            );
        }
        for text in ["", "WDJB-MJH", "WDJB-MJHTT", "ADJB-MJHT", "WDJB-MJH1", "WDJB-MJHÄ"] {
            assert_eq!(UserCode::parse(text), Err(NotAUserCode), "{text}");
        }
    }

    #[test]
    fn codes_come_from_random_bytes() {
        let code = UserCode::from_random([255, 0, 20, 1, 239, 2, 3, 4, 5]).unwrap();
        assert_eq!(code.to_string(), "BBCZ-DFGH");
        assert_eq!(UserCode::from_random([250; 64]), None);
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"BBCZ-DFGH\"");
    }
}
