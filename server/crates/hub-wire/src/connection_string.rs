//! Connection strings: `key=value` pairs joined by `;`.
//!
//! Split on `;`, then on the first `=`, since base64 values end in `=`. Source: the parsers of the Node and Python
//! SDKs; like Python's, ours refuses unknown keys and duplicates, because a typo here costs an evening.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};

use crate::sas::{InvalidKey, SasKey};

/// A service's connection string: where the hub is, and one policy's key.
#[derive(Clone)]
pub struct ServiceConnectionString {
    /// The hub's name, part of every signature.
    pub host_name: String,
    /// The shared access policy.
    pub policy: String,
    /// The policy's key.
    pub key: SasKey,
    text: SecretString,
}

/// Why a connection string was refused. Never repeats the text: it holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConnectionString {
    /// A part has no `=`.
    #[error("part {0} of the connection string is not of the form Key=Value")]
    NotAPair(usize),
    /// A key that service connection strings do not have.
    #[error(
        "the connection string holds '{0}', which a service connection string does not have (expected HostName, SharedAccessKeyName, SharedAccessKey)"
    )]
    UnknownKey(String),
    /// A key given twice.
    #[error("the connection string holds '{0}' twice")]
    Duplicate(&'static str),
    /// A key missing or empty.
    #[error("the connection string lacks '{0}'")]
    Missing(&'static str),
    /// The shared access key is not base64.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

const PARTS: [&str; 3] = ["HostName", "SharedAccessKeyName", "SharedAccessKey"];

impl ServiceConnectionString {
    /// From its parts.
    ///
    /// # Errors
    /// [`InvalidKey`] when the key is not base64.
    pub fn new(host_name: &str, policy: &str, key: &SecretString) -> Result<Self, InvalidKey> {
        let text = format!(
            "HostName={host_name};SharedAccessKeyName={policy};SharedAccessKey={}",
            key.expose_secret()
        );
        Ok(Self {
            host_name: host_name.to_owned(),
            policy: policy.to_owned(),
            key: SasKey::from_base64(key.expose_secret())?,
            text: text.into(),
        })
    }

    /// The text, for the only place that prints it.
    pub fn secret_text(&self) -> &SecretString {
        &self.text
    }
}

impl FromStr for ServiceConnectionString {
    type Err = InvalidConnectionString;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut values: [Option<&str>; 3] = [None; 3];
        for (index, part) in text.trim().split(';').enumerate() {
            let (key, value) = part.split_once('=').ok_or(InvalidConnectionString::NotAPair(index + 1))?;
            let at = PARTS
                .iter()
                .position(|known| *known == key)
                .ok_or_else(|| InvalidConnectionString::UnknownKey(key.chars().take(40).collect()))?;
            if values[at].replace(value).is_some() {
                return Err(InvalidConnectionString::Duplicate(PARTS[at]));
            }
        }
        let value = |at: usize| {
            values[at].filter(|value| !value.is_empty()).ok_or(InvalidConnectionString::Missing(PARTS[at]))
        };
        Ok(Self::new(value(0)?, value(1)?, &value(2)?.into())?)
    }
}

impl fmt::Debug for ServiceConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName={};SharedAccessKeyName={};SharedAccessKey=…", self.host_name, self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    #[test]
    fn reads_what_the_portal_copies() {
        let text = format!("HostName=my.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey={KEY}");
        let read: ServiceConnectionString = text.parse().unwrap();
        assert_eq!((read.host_name.as_str(), read.policy.as_str()), ("my.azure-devices.net", "service"));
        assert_eq!(read.secret_text().expose_secret(), text);
        assert!(!format!("{read:?}").contains(KEY));
    }

    #[test]
    fn refusals_say_what_without_the_key() {
        for (text, sentence) in [
            ("", "part 1 of the connection string is not of the form Key=Value"),
            ("HostName=h;", "part 2 of the connection string is not of the form Key=Value"),
            ("HostName=h;SharedAccessKeyName=p", "the connection string lacks 'SharedAccessKey'"),
            (
                "HostName=;SharedAccessKeyName=p;SharedAccessKey=aa==",
                "the connection string lacks 'HostName'",
            ),
            ("HostName=h;HostName=h", "the connection string holds 'HostName' twice"),
            (
                "HostName=h;SharedAccessKeyName=p;SharedAccessKey=not base64",
                "the shared access key is not base64",
            ),
        ] {
            assert_eq!(text.parse::<ServiceConnectionString>().unwrap_err().to_string(), sentence);
        }
        assert!(
            "HostName=h;DeviceId=d"
                .parse::<ServiceConnectionString>()
                .unwrap_err()
                .to_string()
                .contains("'DeviceId'")
        );
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_or_reveals_the_key(text in ".{0,120}", key in "[A-Za-z0-9+/]{12}") {
            let _ = text.parse::<ServiceConnectionString>();
            let with_key = format!("SharedAccessKey={key}{text};{text}");
            if let Err(error) = with_key.parse::<ServiceConnectionString>() {
                proptest::prop_assert!(!error.to_string().contains(&key), "{}", error);
            }
        }

        #[test]
        fn what_is_written_is_read(host in "[a-z0-9.-]{1,40}(:[0-9]{1,5})?", policy in "[A-Za-z0-9_@.-]{1,20}") {
            let text = format!("HostName={host};SharedAccessKeyName={policy};SharedAccessKey={KEY}");
            let read: ServiceConnectionString = text.parse().unwrap();
            proptest::prop_assert_eq!((&read.host_name, &read.policy), (&host, &policy));
            let again: ServiceConnectionString = read.secret_text().expose_secret().parse().unwrap();
            proptest::prop_assert_eq!(again.host_name, host);
        }
    }
}
