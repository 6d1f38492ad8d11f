//! A password on its way from a form to the server.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password as it was typed. It is never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The text, to be hashed or compared.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let password = Password::from("correct horse".to_owned());
        assert!(!format!("{password:?}").contains("horse"));
        assert_eq!(serde_json::to_string(&password).unwrap(), "\"correct horse\"");
    }
}
