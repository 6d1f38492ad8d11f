//! The `Authorization` header: one SAS token for the whole hub, made anew well before it runs out.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use hub_wire::{
    Timestamp,
    connection_string::ServiceConnectionString,
    sas::{resource_uri, sign_token},
};
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;

/// Seconds a token is good for, as the SDKs choose it.
const LIFETIME: i64 = 3600;
/// Seconds before its end at which a token is replaced: longer than any request lasts plus five minutes of clock drift.
const RENEW_BEFORE: i64 = 900;

/// Makes tokens and keeps the current one.
pub(crate) struct Tokens {
    connection: ServiceConnectionString,
    current: Mutex<Option<(HeaderValue, i64)>>,
}

impl Tokens {
    pub(crate) fn new(connection: ServiceConnectionString) -> Self {
        Self { connection, current: Mutex::new(None) }
    }

    pub(crate) fn host_name(&self) -> &str {
        &self.connection.host_name
    }

    /// The header's value at an instant; marked sensitive, so that it never shows in a debug print.
    pub(crate) fn header(&self, now: Timestamp) -> HeaderValue {
        let now = now.unix_seconds();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((header, expiry)) = &*current
            // The upper bound catches a clock that was set back.
            && (RENEW_BEFORE..=LIFETIME).contains(&(expiry - now))
        {
            return header.clone();
        }
        let expiry = now + LIFETIME;
        let token = sign_token(
            &self.connection.key,
            &resource_uri(&[&self.connection.host_name]),
            expiry,
            Some(&self.connection.policy),
        );
        let mut header =
            HeaderValue::from_str(token.expose_secret()).expect("a token is printable ASCII once escaped");
        header.set_sensitive(true);
        *current = Some((header.clone(), expiry));
        header
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({:?})", self.connection)
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::sas::SasToken;

    use super::*;

    #[test]
    fn a_token_is_reused_until_fifteen_minutes_before_expiry() {
        let connection: ServiceConnectionString =
            "HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
                .parse()
                .unwrap();
        let tokens = Tokens::new(connection.clone());
        let expiry = |seconds: i64| {
            let header = tokens.header(Timestamp::from_unix_millis(seconds * 1000));
            assert!(header.is_sensitive());
            let token = SasToken::parse(header.to_str().unwrap()).unwrap();
            assert!(token.is_signed_by(&connection.key));
            assert_eq!(token.policy.as_deref(), Some("iothubowner"));
            token.expiry
        };
        for (now, end) in [
            (1_000_000, 1_003_600),
            (1_000_001, 1_003_600),
            (1_002_700, 1_003_600),
            (1_002_701, 1_006_301),
            // Set back by a day: the old token would outlive its lifetime.
            (913_600, 917_200),
        ] {
            assert_eq!(expiry(now), end, "{now}");
        }
        assert!(!format!("{tokens:?}").contains("MDEy"));
    }
}
