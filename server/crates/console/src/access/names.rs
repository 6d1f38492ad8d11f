//! What a person's name, user name and password may be. Pure.

use console_wire::{
    access::{MAX_NAME, MAX_USER_NAME, Password},
    problem::FieldError,
};

use crate::names;

/// Fewest characters of a password.
const MIN_PASSWORD: usize = 12;
/// Most bytes of a password: more would only cost time.
const MAX_PASSWORD: usize = 1024;

/// What is wrong with a person's name.
pub(super) fn name_fault(name: &str) -> Option<FieldError> {
    names::name_fault(name, MAX_NAME)
}

/// What is wrong with a user name. Letters of one alphabet only, so that no two names look the same.
pub(super) fn user_name_fault(user_name: &str) -> Option<FieldError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let user_name = user_name.trim();
    let message = if user_name.is_empty() {
        "is required".to_owned()
    } else if user_name.len() > MAX_USER_NAME {
        format!("is longer than {MAX_USER_NAME} characters; shorten it")
    } else if !user_name.chars().all(is_allowed) {
        "may have letters from a to z, digits, and . _ - @ +".to_owned()
    } else {
        return None;
    };
    Some(FieldError::new("userName", message))
}

/// What is wrong with a new password.
pub(super) fn password_fault(password: &Password, user_name: &str) -> Option<FieldError> {
    let text = password.expose();
    let length = text.chars().count();
    let first = text.chars().next();
    let message = if length < MIN_PASSWORD {
        format!("has {length} characters; at least {MIN_PASSWORD} are needed")
    } else if text.len() > MAX_PASSWORD {
        format!("is longer than {MAX_PASSWORD} bytes; shorten it")
    } else if text.eq_ignore_ascii_case(user_name.trim()) {
        "is the user name; choose another".to_owned()
    } else if text.chars().all(|c| Some(c) == first) {
        "is one character over and over; choose another".to_owned()
    } else {
        return None;
    };
    Some(FieldError::new("password", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names() {
        for (name, is_good) in [
            ("mara", true),
            ("Mara.Lindqvist+fleet@campus.example", true),
            ("", false),
            ("mara lindqvist", false),
            // The first letter is Cyrillic.
            ("\u{43c}ara", false),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(user_name_fault(name).is_none(), is_good, "{name:?}");
        }
    }

    #[test]
    fn passwords() {
        for (password, is_good) in [
            ("correct horse", true),
            ("a b c d e f ", true),
            ("short", false),
            ("", false),
            ("aaaaaaaaaaaaaaa", false),
            ("Mara.Lindqvist", false),
            (&"xy".repeat(600), false),
        ] {
            let fault = password_fault(&password.to_owned().into(), "mara.lindqvist");
            assert_eq!(fault.is_none(), is_good, "{password:?}");
            assert!(
                !fault.is_some_and(|fault| !password.is_empty() && fault.message.contains(password)),
                "a fault does not repeat the password"
            );
        }
    }
}
