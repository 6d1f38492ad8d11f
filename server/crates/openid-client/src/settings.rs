//! Which provider, and as which client.

use std::net::IpAddr;

use openidconnect::IssuerUrl;
use secrecy::SecretString;

/// Longest name of a provider on the button, in characters.
const MAX_NAME: usize = 60;

/// What the provider and this client have agreed on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer, as the provider writes it in its tokens.
    pub(crate) issuer: IssuerUrl,
    pub(crate) name: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) role_claim: String,
    pub(crate) scopes: Vec<String>,
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The issuer is no address.
    #[error("the issuer '{0}' is not an address such as https://login.example.com")]
    NotAnAddress(String),
    /// Tokens would travel in clear.
    #[error("the issuer '{0}' has to begin with https://; http:// is taken on this machine only")]
    NotEncrypted(String),
    /// A text is missing.
    #[error("the {0} is empty")]
    Empty(&'static str),
}

impl Settings {
    /// Checks what was given. `name` is what people call the provider; its host name where it is empty. `role_claim` is the
    /// claim with the values that roles come from, a name, or names with dots between for a claim inside of another.
    /// `scopes` are requested besides `openid`.
    ///
    /// # Errors
    /// What cannot be used, and why.
    pub fn new(
        issuer: &str,
        client_id: &str,
        client_secret: Option<SecretString>,
        role_claim: &str,
        name: &str,
        scopes: &[String],
    ) -> Result<Self, SettingsError> {
        let not_an_address = || SettingsError::NotAnAddress(issuer.to_owned());
        let issuer_url = IssuerUrl::new(issuer.to_owned()).map_err(|_| not_an_address())?;
        let host = issuer_url.url().host_str().ok_or_else(not_an_address)?.to_owned();
        match issuer_url.url().scheme() {
            "https" => {}
            "http" if is_this_machine(&host) => {}
            "http" => return Err(SettingsError::NotEncrypted(issuer.to_owned())),
            _ => return Err(not_an_address()),
        }
        for (text, what) in [(client_id, "client id"), (role_claim, "role claim")] {
            if text.trim().is_empty() {
                return Err(SettingsError::Empty(what));
            }
        }
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        Ok(Self {
            issuer: issuer_url,
            name: if name.is_empty() { host } else { name },
            client_id: client_id.to_owned(),
            client_secret,
            role_claim: role_claim.to_owned(),
            scopes: scopes.to_vec(),
        })
    }

    /// What people call the provider.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The claim that roles come from.
    pub fn role_claim(&self) -> &str {
        &self.role_claim
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, client_id: &str, name: &str) -> Result<Settings, SettingsError> {
        Settings::new(issuer, client_id, Some("s3cret".into()), "roles", name, &[])
    }

    #[test]
    fn which_settings_can_be_used() {
        for (issuer, expected) in [
            ("https://login.example.com", None),
            ("https://login.example.com/tenant/v2.0", None),
            ("http://localhost:8080", None),
            ("http://127.0.0.1:8080/realms/a", None),
            ("http://[::1]:8080", None),
            ("http://login.example.com", Some("http:// is taken on this machine only")),
            ("ftp://login.example.com", Some("is not an address")),
            ("login.example.com", Some("is not an address")),
            ("", Some("is not an address")),
        ] {
            let error = settings(issuer, "fleetcast", "").err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(error, None, "{issuer}"),
                Some(part) => {
                    assert!(error.as_ref().is_some_and(|error| error.contains(part)), "{issuer}: {error:?}");
                }
            }
        }
        let refused = settings("https://login.example.com", " ", "").unwrap_err();
        assert_eq!(refused, SettingsError::Empty("client id"));
    }

    #[test]
    fn a_provider_without_a_name_is_called_by_its_host() {
        for (name, expected) in [("", "login.example.com"), (" Entra ID ", "Entra ID"), ("a\nb", "ab")] {
            assert_eq!(settings("https://login.example.com", "c", name).unwrap().name(), expected);
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        let printed = format!("{:?}", settings("https://login.example.com", "c", "").unwrap());
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
