//! Shared access signatures: `SharedAccessSignature sr={uri}&sig={sig}&se={expiry}[&skn={policy}]`.
//!
//! The string signed is `sr` exactly as written in the token, a line feed, and `se`; HMAC-SHA256 with the decoded
//! key. SDKs differ in field order and in how they escape, so a verifier signs the literal text and only then decodes
//! it. Source: `authenticate-authorize-sas.md` and the tokens that the Node and Python SDKs send.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The scheme word before a token.
pub const SCHEME: &str = "SharedAccessSignature";
/// Longest token text that is parsed, in bytes.
pub const MAX_TOKEN: usize = 2048;

/// Everything but what RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A symmetric key, decoded; prints as dots.
#[derive(Clone)]
pub struct SasKey(SecretSlice<u8>);

/// A key that is not base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared access key is not base64")]
pub struct InvalidKey;

impl SasKey {
    /// Decodes the base64 text that portals and connection strings show.
    ///
    /// # Errors
    /// [`InvalidKey`] when it is not base64.
    pub fn from_base64(text: &str) -> Result<Self, InvalidKey> {
        BASE64.decode(text).map(Self::from_bytes).map_err(|_| InvalidKey)
    }

    /// Takes raw bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The base64 text, for the registry's answers and for connection strings.
    pub fn to_base64(&self) -> SecretString {
        BASE64.encode(self.0.expose_secret()).into()
    }

    /// Length in bytes.
    pub fn byte_len(&self) -> usize {
        self.0.expose_secret().len()
    }

    /// HMAC-SHA256 of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// A key derived from this one for a name, as the provisioning service derives device keys from a group key.
    #[must_use]
    pub fn derive(&self, name: &str) -> Self {
        Self::from_bytes(self.sign(name.as_bytes()).to_vec())
    }
}

impl fmt::Debug for SasKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SasKey(…)")
    }
}

/// Escapes a resource's parts and joins them, as `sr` wants: `host%2Fdevices%2Fid`.
pub fn resource_uri(segments: &[&str]) -> String {
    let whole = segments.join("/");
    utf8_percent_encode(&whole, ESCAPED).to_string()
}

/// Makes a token for an escaped resource (see [`resource_uri`]), valid until `expiry` (Unix seconds).
pub fn sign_token(key: &SasKey, resource: &str, expiry: i64, policy: Option<&str>) -> SecretString {
    let signature = BASE64.encode(key.sign(format!("{resource}\n{expiry}").as_bytes()));
    let signature = utf8_percent_encode(&signature, ESCAPED);
    let policy =
        policy.map(|name| format!("&skn={}", utf8_percent_encode(name, ESCAPED))).unwrap_or_default();
    format!("{SCHEME} sr={resource}&sig={signature}&se={expiry}{policy}").into()
}

/// A token taken apart; nothing about it is proven yet.
#[derive(Clone, PartialEq, Eq)]
pub struct SasToken {
    /// `sr` as written: what was signed.
    pub raw_resource: String,
    /// `sr` decoded: `host/devices/id`.
    pub resource: String,
    /// The signature's bytes.
    signature: Vec<u8>,
    /// `se`, Unix seconds.
    pub expiry: i64,
    raw_expiry: String,
    /// `skn`: the policy, or none for a device's own key.
    pub policy: Option<String>,
}

/// Why a token's text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Not the scheme this hub takes.
    #[error("expected a token that starts with '{SCHEME} '")]
    Scheme,
    /// Longer than any SDK makes.
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// A part without `=`, an unknown part, or one given twice.
    #[error("the token's '{0}' is missing, given twice, or not readable")]
    Field(&'static str),
}

impl SasToken {
    /// Parses a token. Fields come in any order; unknown ones are ignored.
    ///
    /// # Errors
    /// [`InvalidToken`] when it is not a token.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        if text.len() > MAX_TOKEN {
            return Err(InvalidToken::TooLong);
        }
        let (scheme, fields) = text.trim().split_once(' ').ok_or(InvalidToken::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(InvalidToken::Scheme);
        }
        let mut found: [Option<&str>; 4] = [None; 4];
        for field in fields.trim().split('&') {
            let (name, value) = field.split_once('=').ok_or(InvalidToken::Field("fields"))?;
            let Some(at) = FIELDS.iter().position(|known| *known == name) else { continue };
            if found[at].replace(value).is_some() {
                return Err(InvalidToken::Field(FIELDS[at]));
            }
        }
        let field = |at: usize| found[at].ok_or(InvalidToken::Field(FIELDS[at]));
        let decoded = |at: usize, text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| InvalidToken::Field(FIELDS[at]))?;
            Ok(text.into_owned())
        };
        let signature = BASE64.decode(decoded(1, field(1)?)?).map_err(|_| InvalidToken::Field("sig"))?;
        let raw_expiry = field(2)?;
        Ok(Self {
            raw_resource: field(0)?.to_owned(),
            resource: decoded(0, field(0)?)?,
            signature,
            expiry: raw_expiry.parse().map_err(|_| InvalidToken::Field("se"))?,
            raw_expiry: raw_expiry.to_owned(),
            policy: found[3].map(|name| decoded(3, name)).transpose()?,
        })
    }

    /// Whether the key made this token, in constant time.
    pub fn is_signed_by(&self, key: &SasKey) -> bool {
        let expected = key.sign(format!("{}\n{}", self.raw_resource, self.raw_expiry).as_bytes());
        bool::from(expected.as_slice().ct_eq(&self.signature))
    }

    /// Whether the token's resource covers a path, by whole segments: `h/devices/a` covers `h/devices/a/modules/m` and
    /// not `h/devices/ab`. Host names compare without regard to case, ids exactly.
    pub fn covers(&self, host: &str, path: &str) -> bool {
        let (token_host, token_path) = self.resource.split_once('/').unwrap_or((&self.resource, ""));
        if !token_host.eq_ignore_ascii_case(host) {
            return false;
        }
        let (token_path, path) = (token_path.trim_matches('/'), path.trim_matches('/'));
        token_path.is_empty()
            || path.strip_prefix(token_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

const FIELDS: [&str; 4] = ["sr", "sig", "se", "skn"];

impl fmt::Debug for SasToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SasToken(sr={}, se={}, skn={:?}, sig=…)", self.resource, self.expiry, self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NODE: &str = "SharedAccessSignature sr=localhost&sig=N9AVYPD6rauo%2B%2Fu81WO9LItQYaxGr0e9u0CQZ%2BY%2B4PU%3D&skn=iothubowner&se=1893456000";
    const PYTHON: &str = "SharedAccessSignature sr=localhost&sig=N9AVYPD6rauo%2B/u81WO9LItQYaxGr0e9u0CQZ%2BY%2B4PU%3D&se=1893456000&skn=iothubowner";

    fn key() -> SasKey {
        SasKey::from_base64(KEY).unwrap()
    }

    #[test]
    fn signs_as_the_sdks_do() {
        for (segments, signature) in [
            (&["localhost"][..], "N9AVYPD6rauo+/u81WO9LItQYaxGr0e9u0CQZ+Y+4PU="),
            (&["localhost", "devices", "dev-1"], "CMjFVRu/lkIIObfLbOwRQKxH8AqOy1R/QpMkTkd36VI="),
            (
                &["localhost", "devices", "dev-1", "modules", "m1"],
                "PN7Zht/r64uiQ5P0dXicN36PkGDnUBXGL2OKrCOa/xs=",
            ),
        ] {
            let token = sign_token(&key(), &resource_uri(segments), 1_893_456_000, None);
            let token = SasToken::parse(token.expose_secret()).unwrap();
            assert_eq!(BASE64.encode(&token.signature), signature);
            assert!(token.is_signed_by(&key()));
            assert!(!token.is_signed_by(&key().derive("other")));
        }
    }

    #[test]
    fn reads_what_the_sdks_write() {
        for text in [NODE, PYTHON] {
            let token = SasToken::parse(text).unwrap();
            assert!(token.is_signed_by(&key()), "{text}");
            assert_eq!((token.expiry, token.policy.as_deref()), (1_893_456_000, Some("iothubowner")));
            assert!(!format!("{token:?}").contains("N9AVY"));
        }
        let changed = NODE.replace("1893456000", "1893456001");
        assert!(!SasToken::parse(&changed).unwrap().is_signed_by(&key()));
    }

    #[test]
    fn refused() {
        for (text, error) in [
            ("", InvalidToken::Scheme),
            ("Bearer abc", InvalidToken::Scheme),
            ("SharedAccessSignature sr=h&se=1", InvalidToken::Field("sig")),
            ("SharedAccessSignature sr=h&sig=YQ==&se=1&se=2", InvalidToken::Field("se")),
            ("SharedAccessSignature sr=h&sig=YQ==&se=soon", InvalidToken::Field("se")),
            ("SharedAccessSignature sr=h&sig=%ff&se=1", InvalidToken::Field("sig")),
            ("SharedAccessSignature sr", InvalidToken::Field("fields")),
        ] {
            assert_eq!(SasToken::parse(text).unwrap_err(), error, "{text}");
        }
        assert_eq!(SasToken::parse(&"x".repeat(MAX_TOKEN + 1)).unwrap_err(), InvalidToken::TooLong);
    }

    #[test]
    fn scope_is_a_prefix_of_whole_segments() {
        let token =
            |resource: &str| SasToken::parse(&format!("{SCHEME} sr={resource}&sig=YQ==&se=1")).unwrap();
        for (resource, path, covers) in [
            ("LocalHost", "devices/a", true),
            ("localhost%2Fdevices", "devices/a", true),
            ("localhost%2fdevices%2fa", "devices/a", true),
            ("localhost/devices/a", "devices/a/modules/m", true),
            ("localhost/devices/a", "devices/ab", false),
            ("localhost/devices/A", "devices/a", false),
            ("localhost/devices/a/modules/m", "devices/a", false),
            ("otherhost", "devices/a", false),
        ] {
            assert_eq!(token(resource).covers("localhost", path), covers, "{resource} {path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,200}") {
            let _ = SasToken::parse(&text);
            let _ = SasToken::parse(&format!("{SCHEME} {text}"));
        }

        #[test]
        fn a_signed_token_verifies(id in "[A-Za-z0-9%/+ ]{1,40}", policy in proptest::option::of("[a-z@.-]{1,20}"), expiry in 0_i64..4_000_000_000) {
            let token = sign_token(&key(), &resource_uri(&["h", "devices", &id]), expiry, policy.as_deref());
            let read = SasToken::parse(token.expose_secret()).unwrap();
            proptest::prop_assert!(read.is_signed_by(&key()));
            proptest::prop_assert_eq!(read.policy, policy);
            proptest::prop_assert_eq!(read.resource, format!("h/devices/{id}"));
        }
    }
}
