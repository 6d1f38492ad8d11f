//! Reads request bodies the way IoT Hub does.
//!
//! The service reads requests with Json.NET, which is lenient about the contract's own members: their names match in
//! any case, numbers and booleans may be written as text, enumeration words match in any case, and the last of two
//! members of one name counts. SDKs rely on each of these. It is strict where an object is due: an array is refused,
//! while types derived by serde would take one.
//!
//! The rules hold for members that the contract names. They come from the target type: a struct's members are the
//! contract's, a [`serde_json::Value`] or map holds the user's keys and values (tags, properties, payloads) and is read
//! as it is written.

mod deserializer;

use std::{cell::RefCell, fmt};

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use self::deserializer::Json;

/// What kind of mistake a body has; the hub answers each with a code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeFault {
    /// The body is not JSON.
    Syntax,
    /// A required member is missing, or null.
    Missing,
    /// A member has a value that the contract does not allow.
    Invalid,
    /// A member that its type does not know and refuses to ignore.
    Unknown,
}

/// A body that cannot be read: which member, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeError {
    /// The kind of mistake.
    pub fault: EnvelopeFault,
    /// The member at fault, such as `updateTwin.tags` or `[3].status`; empty for the body as a whole.
    pub path: String,
    text: String,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.fault, self.path.as_str()) {
            (EnvelopeFault::Missing, "") => f.write_str("the body is missing"),
            (EnvelopeFault::Missing, path) => write!(f, "'{path}' is missing"),
            (_, "") => f.write_str(&self.text),
            (_, path) => write!(f, "{path}: {}", self.text),
        }
    }
}

impl EnvelopeError {
    /// What is wrong, without the member.
    pub fn reason(&self) -> &str {
        match self.fault {
            EnvelopeFault::Missing => "is missing",
            _ => &self.text,
        }
    }
}

impl std::error::Error for EnvelopeError {}

/// A body that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<T> {
    /// Its content.
    pub content: T,
    /// Paths of members that the contract does not have at their place, in the order of the body. The hub ignores
    /// them.
    pub unknown: Vec<String>,
}

/// Reads a body, and lists the members that the contract does not know.
///
/// # Errors
/// [`EnvelopeError`] when the body is not JSON or not of the type's shape.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Envelope<T>, EnvelopeError> {
    let text = std::str::from_utf8(body).map_err(|_| EnvelopeError::syntax("the body is not UTF-8"))?;
    // Some clients begin with a byte order mark, which Json.NET's reader skips.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole: &RawValue =
        serde_json::from_str(text).map_err(|error| EnvelopeError::syntax(error.to_string()))?;
    let unknown = RefCell::new(Vec::new());
    let content = T::deserialize(Json::new(whole.get(), &unknown))?;
    Ok(Envelope { content, unknown: unknown.into_inner() })
}

/// Reads a word of an enumeration, in any case.
///
/// # Errors
/// [`EnvelopeError`] that lists the allowed words.
pub fn read_enum<T: DeserializeOwned>(word: &str) -> Result<T, EnvelopeError> {
    let quoted = serde_json::Value::from(word).to_string();
    T::deserialize(Json::new(&quoted, &RefCell::default()))
}

#[cfg(test)]
mod tests;
