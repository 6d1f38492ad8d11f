//! What the registry takes as an identity.
//!
//! Source: `iot-hub-devguide-identity-registry.md`; the rules about keys and thumbprints as live hubs were seen to
//! apply them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hub_wire::device::{Authentication, AuthenticationType, SymmetricKey, X509Thumbprint};
use secrecy::{ExposeSecret, SecretString};

use crate::error::HubError;

/// Most modules on one device.
pub const MAX_MODULES: i64 = 50;
/// Longest status reason, in characters.
const MAX_STATUS_REASON: usize = 128;
/// Length of a key in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// Length of keys the hub makes, in bytes.
const GENERATED_KEY_BYTES: usize = 32;

/// How an identity proves itself, complete and checked.
#[derive(Clone)]
pub struct Credentials {
    /// Which of the below counts.
    pub kind: AuthenticationType,
    /// Both keys, base64; there for [`AuthenticationType::Sas`] only.
    pub keys: Option<(SecretString, SecretString)>,
    /// Thumbprints; there for [`AuthenticationType::SelfSigned`] only.
    pub thumbprints: X509Thumbprint,
}

impl Credentials {
    /// Completes what a request says: keys that are absent or empty are made with `new_key`, which gives base64 of 32
    /// random bytes. `none_allowed` is for modules, which may be without credentials.
    pub fn complete(
        asked: &Authentication,
        none_allowed: bool,
        mut new_key: impl FnMut() -> SecretString,
    ) -> Result<Self, HubError> {
        let kind = asked.kind.unwrap_or_else(|| implied_kind(asked));
        let thumbprints = asked.x509_thumbprint.clone().unwrap_or_default();
        match kind {
            AuthenticationType::Sas => {
                let keys = match read_keys(asked.symmetric_key.as_ref())? {
                    Some(keys) => keys,
                    None => (new_key(), new_key()),
                };
                Ok(Self { kind, keys: Some(keys), thumbprints: X509Thumbprint::default() })
            }
            AuthenticationType::SelfSigned => {
                Ok(Self { kind, keys: None, thumbprints: check_thumbprints(thumbprints)? })
            }
            AuthenticationType::None if !none_allowed => Err(HubError::ArgumentInvalid(
                "authentication type 'none' is not allowed for a device".into(),
            )),
            AuthenticationType::CertificateAuthority | AuthenticationType::None => {
                Ok(Self { kind, keys: None, thumbprints: X509Thumbprint::default() })
            }
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Bulk items leave the type out; what they hold says it.
fn implied_kind(asked: &Authentication) -> AuthenticationType {
    let has_thumbprint = |it: &X509Thumbprint| is_given(it.primary_thumbprint.as_ref());
    let has_keys = |it: &SymmetricKey| is_given(it.primary_key.as_ref());
    if asked.x509_thumbprint.as_ref().is_some_and(has_thumbprint)
        && !asked.symmetric_key.as_ref().is_some_and(has_keys)
    {
        AuthenticationType::SelfSigned
    } else {
        AuthenticationType::Sas
    }
}

fn is_given(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn read_keys(asked: Option<&SymmetricKey>) -> Result<Option<(SecretString, SecretString)>, HubError> {
    let part = |key: Option<&String>| key.filter(|text| !text.is_empty()).cloned();
    let primary = part(asked.and_then(|keys| keys.primary_key.as_ref()));
    let secondary = part(asked.and_then(|keys| keys.secondary_key.as_ref()));
    match (primary, secondary) {
        (None, None) => Ok(None),
        (Some(primary), Some(secondary)) => Ok(Some((check_key(primary)?, check_key(secondary)?))),
        _ => Err(HubError::ArgumentInvalid("Either no keys or both keys can be set".into())),
    }
}

fn check_key(text: String) -> Result<SecretString, HubError> {
    let length = BASE64.decode(&text).ok().map(|bytes| bytes.len());
    if length.is_some_and(|length| KEY_BYTES.contains(&length)) {
        Ok(text.into())
    } else {
        Err(HubError::ArgumentInvalid("Invalid device key length: a key is base64 of 16 to 64 bytes".into()))
    }
}

fn check_thumbprints(asked: X509Thumbprint) -> Result<X509Thumbprint, HubError> {
    let check = |text: Option<String>| match text.filter(|text| !text.is_empty()) {
        // SHA-1 or SHA-256, hexadecimal; the case is kept.
        Some(text) if !matches!(text.len(), 40 | 64) || !text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Err(HubError::ArgumentInvalid(
                "StringIsNotThumbprint: 40 or 64 hexadecimal digits are expected".into(),
            ))
        }
        other => Ok(other),
    };
    Ok(X509Thumbprint {
        primary_thumbprint: check(asked.primary_thumbprint)?,
        secondary_thumbprint: check(asked.secondary_thumbprint)?,
    })
}

/// A key as the hub makes it: base64 of 32 random bytes.
pub fn random_key(random: &mut impl FnMut(&mut [u8])) -> SecretString {
    let mut bytes = [0; GENERATED_KEY_BYTES];
    random(&mut bytes);
    BASE64.encode(bytes).into()
}

/// Checks a status reason.
pub fn check_status_reason(reason: Option<&str>) -> Result<(), HubError> {
    match reason {
        Some(text) if text.chars().count() > MAX_STATUS_REASON => {
            Err(HubError::ArgumentInvalid("statusReason may have at most 128 characters".into()))
        }
        _ => Ok(()),
    }
}

impl Credentials {
    /// The first key's text, for the store.
    pub(crate) fn primary_key(&self) -> Option<&str> {
        self.keys.as_ref().map(|(primary, _)| primary.expose_secret())
    }

    /// The second key's text, for the store.
    pub(crate) fn secondary_key(&self) -> Option<&str> {
        self.keys.as_ref().map(|(_, secondary)| secondary.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(asked: &Authentication) -> Result<Credentials, String> {
        Credentials::complete(asked, false, || "bmV3".to_owned().into()).map_err(|error| error.to_string())
    }

    fn keys(primary: &str, secondary: &str) -> Authentication {
        Authentication {
            symmetric_key: Some(SymmetricKey {
                primary_key: Some(primary.into()),
                secondary_key: Some(secondary.into()),
            }),
            ..Authentication::default()
        }
    }

    #[test]
    fn absent_and_empty_keys_are_made() {
        for asked in [Authentication::default(), keys("", "")] {
            let made = complete(&asked).unwrap();
            assert_eq!((made.primary_key(), made.secondary_key()), (Some("bmV3"), Some("bmV3")));
        }
    }

    #[test]
    fn both_keys_or_neither_of_a_fair_length() {
        let key = BASE64.encode([7; 16]);
        let kept = complete(&keys(&key, &BASE64.encode([8; 64]))).unwrap();
        assert_eq!(kept.primary_key(), Some(key.as_str()));
        for (asked, reason) in [
            (keys(&key, ""), "Either no keys"),
            (keys("", &key), "Either no keys"),
            (keys(&key, "not base64!"), "Invalid device key length"),
            (keys(&BASE64.encode([1; 15]), &key), "Invalid device key length"),
            (keys(&key, &BASE64.encode([1; 65])), "Invalid device key length"),
        ] {
            assert!(complete(&asked).unwrap_err().starts_with(reason), "{reason}");
        }
    }

    #[test]
    fn thumbprints_and_types() {
        let mut asked = Authentication {
            x509_thumbprint: Some(X509Thumbprint {
                primary_thumbprint: Some("Ab".repeat(20)),
                secondary_thumbprint: None,
            }),
            ..Authentication::default()
        };
        let kept = complete(&asked).unwrap();
        assert_eq!(kept.kind, AuthenticationType::SelfSigned);
        assert_eq!(kept.thumbprints.primary_thumbprint.as_deref(), Some("Ab".repeat(20).as_str()));
        asked.x509_thumbprint =
            Some(X509Thumbprint { primary_thumbprint: Some("AB:CD".into()), secondary_thumbprint: None });
        assert!(complete(&asked).unwrap_err().starts_with("StringIsNotThumbprint"));
        asked.kind = Some(AuthenticationType::None);
        assert!(complete(&asked).is_err());
        assert!(Credentials::complete(&asked, true, || unreachable!()).is_ok());
    }

    #[test]
    fn status_reasons() {
        assert!(check_status_reason(Some(&"ä".repeat(128))).is_ok());
        assert!(check_status_reason(Some(&"x".repeat(129))).is_err());
    }
}
