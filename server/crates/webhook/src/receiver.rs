//! The URL of a receiver: checked before it is kept, and again before each attempt.

use std::{fmt, net::IpAddr};

use reqwest::Url;

use crate::AddressRule;

/// Longest URL, in bytes.
pub const MAX_URL: usize = 2_000;

/// Where messages are sent. The path and the query of some receivers are secrets, so it prints without them.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver(Url);

/// Why a URL is not taken. A sentence's end, as it follows the name of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverError {
    /// It is longer than [`MAX_URL`].
    #[error("is longer than {MAX_URL} characters")]
    TooLong,
    /// It is no URL.
    #[error("is not an address such as https://example.com/hook")]
    NotAnAddress,
    /// Messages would travel in clear.
    #[error("has to begin with https://")]
    NotEncrypted,
    /// It has a user name or a password.
    #[error("has a user name or a password before the host; receivers check the signature instead")]
    HasCredentials,
    /// Its host is an address that is not allowed.
    #[error(
        "leads to {0}, which is not an address of the public internet; start the server with \
         --webhooks-to-private-addresses if that is wanted"
    )]
    NotAllowed(IpAddr),
}

impl Receiver {
    /// Reads a URL. Where private addresses are allowed, `http` is too.
    ///
    /// # Errors
    /// [`ReceiverError`] says what is wrong with it.
    pub fn parse(text: &str, rule: AddressRule) -> Result<Self, ReceiverError> {
        let text = text.trim();
        if text.len() > MAX_URL {
            return Err(ReceiverError::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| ReceiverError::NotAnAddress)?;
        match (url.scheme(), rule) {
            ("https", _) | ("http", AddressRule::PrivateToo) => {}
            ("http", AddressRule::PublicOnly) => return Err(ReceiverError::NotEncrypted),
            _ => return Err(ReceiverError::NotAnAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ReceiverError::HasCredentials);
        }
        url.set_fragment(None);
        let receiver = Self(url);
        match receiver.literal_address() {
            Some(address) if !rule.allows(address) => Err(ReceiverError::NotAllowed(address)),
            _ => Ok(receiver),
        }
    }

    /// The address, where the host is one. The URL's parser has normalised its spelling, such as `0x7f.1`.
    fn literal_address(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The whole URL.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The URL without what may be secret: `https://hooks.example.com/…`.
    pub fn shown(&self) -> String {
        let origin = self.0.origin().ascii_serialization();
        let has_more = self.0.path() != "/" || self.0.query().is_some();
        format!("{origin}/{}", if has_more { "…" } else { "" })
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_urls_are_taken() {
        let private = |address: &str| ReceiverError::NotAllowed(address.parse().unwrap());
        let long = format!("https://example.com/{}", "x".repeat(MAX_URL));
        for (text, public_only, private_too) in [
            ("https://example.com/hook?a=b", Ok("https://example.com/…"), Ok("https://example.com/…")),
            (" https://example.com#part ", Ok("https://example.com/"), Ok("https://example.com/")),
            ("https://example.com:8443/", Ok("https://example.com:8443/"), Ok("https://example.com:8443/")),
            ("https://8.8.8.8/x", Ok("https://8.8.8.8/…"), Ok("https://8.8.8.8/…")),
            ("http://example.com/x", Err(ReceiverError::NotEncrypted), Ok("http://example.com/…")),
            ("https://127.0.0.1/x", Err(private("127.0.0.1")), Ok("https://127.0.0.1/…")),
            // Other spellings of the same address.
            ("https://0x7f.1/", Err(private("127.0.0.1")), Ok("https://127.0.0.1/")),
            ("https://2130706433/", Err(private("127.0.0.1")), Ok("https://127.0.0.1/")),
            ("https://0177.0.0.1/", Err(private("127.0.0.1")), Ok("https://127.0.0.1/")),
            ("https://[::1]/", Err(private("::1")), Ok("https://[::1]/")),
            ("https://[::ffff:10.0.0.1]/", Err(private("::ffff:10.0.0.1")), Ok("https://[::ffff:a00:1]/")),
            (
                "https://169.254.169.254/latest",
                Err(private("169.254.169.254")),
                Err(private("169.254.169.254")),
            ),
            (
                "https://user:pw@example.com/",
                Err(ReceiverError::HasCredentials),
                Err(ReceiverError::HasCredentials),
            ),
            ("ftp://example.com/", Err(ReceiverError::NotAnAddress), Err(ReceiverError::NotAnAddress)),
            ("example.com", Err(ReceiverError::NotAnAddress), Err(ReceiverError::NotAnAddress)),
            ("", Err(ReceiverError::NotAnAddress), Err(ReceiverError::NotAnAddress)),
            ("https://", Err(ReceiverError::NotAnAddress), Err(ReceiverError::NotAnAddress)),
            (&long, Err(ReceiverError::TooLong), Err(ReceiverError::TooLong)),
        ] {
            for (rule, expected) in
                [(AddressRule::PublicOnly, public_only), (AddressRule::PrivateToo, private_too)]
            {
                let parsed = Receiver::parse(text, rule).map(|receiver| receiver.shown());
                assert_eq!(parsed, expected.map(str::to_owned), "{text} {rule:?}");
            }
        }
    }

    #[test]
    fn a_url_is_not_printed() {
        let receiver =
            Receiver::parse("https://hooks.example.com/T1/s3cr3t?k=s3cr3t", AddressRule::PublicOnly);
        assert_eq!(format!("{:?}", receiver.unwrap()), "Receiver(https://hooks.example.com/…)");
    }
}
