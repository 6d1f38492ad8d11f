//! Identifiers. Two strings side by side invite a swap, so each has a type that only holds valid text.
//!
//! Source: `iot-hub-devguide-identity-registry.md` for devices and modules, `iot-hub-devguide-jobs.md` for jobs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest device or module id, in characters.
pub const MAX_DEVICE_ID: usize = 128;
/// Longest job id, in characters.
pub const MAX_JOB_ID: usize = 64;

/// An identifier that the hub would refuse; says which and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} id '{text}': {reason}")]
pub struct InvalidId {
    /// `device`, `module` or `job`.
    pub kind: &'static str,
    /// The offending text, cut to 160 characters.
    pub text: String,
    /// What the rule is.
    pub reason: &'static str,
}

fn is_device_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-:.+%_#*?!(),=@;$'".contains(c)
}

fn is_job_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '\''
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:expr, $is_char:expr, $reason:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes the text if the hub's rule allows it.
            ///
            /// # Errors
            /// [`InvalidId`] when it is empty, too long, or holds another character.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if text.is_empty() || text.len() > $max || !text.chars().all($is_char) {
                    return Err(InvalidId {
                        kind: $kind,
                        text: text.chars().take(160).collect(),
                        reason: $reason,
                    });
                }
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some($reason))
                    .min_length(Some(1))
                    .max_length(Some($max))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

identifier!(
    /// A device's id: 1 to 128 characters, case-sensitive.
    DeviceId, "device", MAX_DEVICE_ID, is_device_id_char,
    "1 to 128 ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ ' are allowed"
);
identifier!(
    /// A module's id under a device: 1 to 128 characters, case-sensitive.
    ModuleId, "module", MAX_DEVICE_ID, is_device_id_char,
    "1 to 128 ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ ' are allowed"
);
identifier!(
    /// A job's id: 1 to 64 characters. Live hubs accept lower case only; older samples use capitals, so
    /// both are accepted and lower case is what we generate.
    JobId, "job", MAX_JOB_ID, is_job_id_char,
    "1 to 64 ASCII letters, digits and - _ ' are allowed"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_ids() {
        for good in ["a", "door-0421", "A:b.c+d%e_f#g*h?i!(j),k=l@m;n$o'p", &"x".repeat(128)] {
            assert!(DeviceId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a\"b", &"x".repeat(129)] {
            let error = DeviceId::new(bad).unwrap_err();
            assert!(error.to_string().starts_with("invalid device id '"), "{error}");
        }
    }

    #[test]
    fn job_ids() {
        for good in ["a", "Evening-Lock-up-1", "it's", &"x".repeat(64)] {
            assert!(JobId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a.b", "a/b", &"x".repeat(65)] {
            assert!(JobId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reading_json_applies_the_rule() {
        assert!(serde_json::from_str::<DeviceId>("\"a b\"").is_err());
        assert_eq!(serde_json::to_string(&DeviceId::new("a").unwrap()).unwrap(), "\"a\"");
    }
}
