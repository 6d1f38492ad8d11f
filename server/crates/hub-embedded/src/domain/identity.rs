//! Checks identities for the registry.
//!
//! Source: `iot-hub-devguide-identity-registry.md`; the rules about keys and thumbprints as live hubs are observed to
//! apply them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hub_wire::device::{Authentication, AuthenticationType, SymmetricKey, X509Thumbprint};
use secrecy::{ExposeSecret, SecretString};

use super::RequestError;

/// Most modules on one device.
pub const MAX_MODULES: i64 = 50;
/// Longest status reason, in characters.
const MAX_STATUS_REASON: usize = 128;
/// Length of a key in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// Length of keys the hub makes, in bytes.
const GENERATED_KEY_BYTES: usize = 32;

/// The credentials of an identity, complete and checked.
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
    /// Completes a request's credentials: keys that are absent or empty are made with `new_key`, which gives base64 of 32
    /// random bytes. `none_allowed` is for modules, which may be without credentials.
    pub fn complete(
        requested: &Authentication,
        none_allowed: bool,
        mut new_key: impl FnMut() -> SecretString,
    ) -> Result<Self, RequestError> {
        let kind = requested.kind.unwrap_or_else(|| implied_kind(requested));
        let thumbprints = requested.x509_thumbprint.clone().unwrap_or_default();
        match kind {
            AuthenticationType::Sas => {
                let keys = match read_keys(requested.symmetric_key.as_ref())? {
                    Some(keys) => keys,
                    None => (new_key(), new_key()),
                };
                Ok(Self { kind, keys: Some(keys), thumbprints: X509Thumbprint::default() })
            }
            AuthenticationType::SelfSigned => {
                Ok(Self { kind, keys: None, thumbprints: check_thumbprints(thumbprints)? })
            }
            AuthenticationType::None if !none_allowed => Err(RequestError::ArgumentInvalid(
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

/// Bulk items leave the type out; it follows from their members.
fn implied_kind(requested: &Authentication) -> AuthenticationType {
    let has_thumbprint = |it: &X509Thumbprint| is_given(it.primary_thumbprint.as_ref());
    let has_keys = |it: &SymmetricKey| is_given(it.primary_key.as_ref());
    if requested.x509_thumbprint.as_ref().is_some_and(has_thumbprint)
        && !requested.symmetric_key.as_ref().is_some_and(has_keys)
    {
        AuthenticationType::SelfSigned
    } else {
        AuthenticationType::Sas
    }
}

fn is_given(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn read_keys(requested: Option<&SymmetricKey>) -> Result<Option<(SecretString, SecretString)>, RequestError> {
    let part = |key: Option<&String>| key.filter(|text| !text.is_empty()).cloned();
    let primary = part(requested.and_then(|keys| keys.primary_key.as_ref()));
    let secondary = part(requested.and_then(|keys| keys.secondary_key.as_ref()));
    match (primary, secondary) {
        (None, None) => Ok(None),
        (Some(primary), Some(secondary)) => Ok(Some((check_key(primary)?, check_key(secondary)?))),
        _ => Err(RequestError::ArgumentInvalid("Either no keys or both keys can be set".into())),
    }
}

fn check_key(text: String) -> Result<SecretString, RequestError> {
    let length = BASE64.decode(&text).ok().map(|bytes| bytes.len());
    if length.is_some_and(|length| KEY_BYTES.contains(&length)) {
        Ok(text.into())
    } else {
        Err(RequestError::ArgumentInvalid(
            "Invalid device key length: a key is base64 of 16 to 64 bytes".into(),
        ))
    }
}

fn check_thumbprints(requested: X509Thumbprint) -> Result<X509Thumbprint, RequestError> {
    let check = |text: Option<String>| match text.filter(|text| !text.is_empty()) {
        // SHA-1 or SHA-256, hexadecimal; the case is kept.
        Some(text) if !matches!(text.len(), 40 | 64) || !text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Err(RequestError::ArgumentInvalid(
                "StringIsNotThumbprint: 40 or 64 hexadecimal digits are expected".into(),
            ))
        }
        other => Ok(other),
    };
    Ok(X509Thumbprint {
        primary_thumbprint: check(requested.primary_thumbprint)?,
        secondary_thumbprint: check(requested.secondary_thumbprint)?,
    })
}

/// A generated key: base64 of 32 random bytes.
pub fn random_key(random: &mut impl FnMut(&mut [u8])) -> SecretString {
    let mut bytes = [0; GENERATED_KEY_BYTES];
    random(&mut bytes);
    BASE64.encode(bytes).into()
}

/// Checks a status reason.
pub fn check_status_reason(reason: Option<&str>) -> Result<(), RequestError> {
    match reason {
        Some(text) if text.chars().count() > MAX_STATUS_REASON => {
            Err(RequestError::ArgumentInvalid("statusReason may have at most 128 characters".into()))
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

    fn complete(requested: &Authentication) -> Result<Credentials, String> {
        Credentials::complete(requested, false, || "bmV3".to_owned().into())
            .map_err(|error| error.to_string())
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
        for requested in [Authentication::default(), keys("", "")] {
            let made = complete(&requested).unwrap();
            assert_eq!((made.primary_key(), made.secondary_key()), (Some("bmV3"), Some("bmV3")));
        }
    }

    #[test]
    fn both_keys_or_neither_of_a_valid_length() {
        let key = BASE64.encode([7; 16]);
        let kept = complete(&keys(&key, &BASE64.encode([8; 64]))).unwrap();
        assert_eq!(kept.primary_key(), Some(key.as_str()));
        for (requested, reason) in [
            (keys(&key, ""), "Either no keys"),
            (keys("", &key), "Either no keys"),
            (keys(&key, "not base64!"), "Invalid device key length"),
            (keys(&BASE64.encode([1; 15]), &key), "Invalid device key length"),
            (keys(&key, &BASE64.encode([1; 65])), "Invalid device key length"),
        ] {
            assert!(complete(&requested).unwrap_err().starts_with(reason), "{reason}");
        }
    }

    #[test]
    fn thumbprints_and_types() {
        let mut requested = Authentication {
            x509_thumbprint: Some(X509Thumbprint {
                primary_thumbprint: Some("Ab".repeat(20)),
                secondary_thumbprint: None,
            }),
            ..Authentication::default()
        };
        let kept = complete(&requested).unwrap();
        assert_eq!(kept.kind, AuthenticationType::SelfSigned);
        assert_eq!(kept.thumbprints.primary_thumbprint.as_deref(), Some("Ab".repeat(20).as_str()));
        requested.x509_thumbprint =
            Some(X509Thumbprint { primary_thumbprint: Some("AB:CD".into()), secondary_thumbprint: None });
        assert!(complete(&requested).unwrap_err().starts_with("StringIsNotThumbprint"));
        requested.kind = Some(AuthenticationType::None);
        assert!(complete(&requested).is_err());
        assert!(Credentials::complete(&requested, true, || unreachable!()).is_ok());
    }

    #[test]
    fn status_reasons() {
        assert!(check_status_reason(Some(&"ä".repeat(128))).is_ok());
        assert!(check_status_reason(Some(&"x".repeat(129))).is_err());
    }
}
