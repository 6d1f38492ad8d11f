//! Cursors of pages: opaque to the caller, checked when they come back.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use console_wire::problem::FieldError;
use serde::{Serialize, de::DeserializeOwned};

/// A place in a list as text for addresses. `kind` names the list, so that a cursor of another one is refused.
pub(crate) fn write(kind: &str, place: &impl Serialize) -> String {
    let text = serde_json::to_string(&(kind, place)).expect("places are texts and numbers");
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// Reads a place back.
///
/// # Errors
/// On `cursor` when it was not made by [`write()`] for this list.
pub(crate) fn read<T: DeserializeOwned>(kind: &str, cursor: &str) -> Result<T, FieldError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice::<(String, T)>(&bytes).ok())
        .filter(|(of, _)| of == kind)
        .map(|(_, place)| place)
        .ok_or_else(refuse)
}

/// The refusal of a cursor.
pub(crate) fn refuse() -> FieldError {
    FieldError::new("cursor", "is not a cursor of this list; leave it out to begin anew")
}

/// The requested page size, if it is allowed.
///
/// # Errors
/// On `limit` when it is none of 1 to `max`.
pub(crate) fn limit(requested: Option<u32>, default: u32, max: u32) -> Result<u32, FieldError> {
    let limit = requested.unwrap_or(default);
    if (1..=max).contains(&limit) {
        return Ok(limit);
    }
    Err(FieldError::new("limit", format!("is {limit}; it must be 1 to {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = write("jobs", &(5, "job-1"));
        assert_eq!(read::<(i64, String)>("jobs", &cursor).unwrap(), (5, "job-1".to_owned()));
        for (kind, cursor) in [("results", cursor.as_str()), ("jobs", ""), ("jobs", "!"), ("jobs", "W10")] {
            assert!(read::<(i64, String)>(kind, cursor).is_err(), "{kind} {cursor}");
        }
        assert!(read::<u8>("jobs", &cursor).is_err());
    }

    #[test]
    fn limits_are_checked() {
        for (requested, limit) in
            [(None, Some(50)), (Some(1), Some(1)), (Some(500), Some(500)), (Some(0), None)]
        {
            assert_eq!(self::limit(requested, 50, 500).ok(), limit);
        }
    }
}
