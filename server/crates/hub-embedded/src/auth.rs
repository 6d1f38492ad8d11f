//! Authorisation: service calls by shared access policy, devices by policy or by their own key.
//!
//! A token is checked in this order: it has not expired, a key of the hub signed it, and its resource covers the requested
//! one. Wrong and missing permissions are both 401, as on live hubs with SAS.
//! Policies are read once at the start; a device's keys are read when it connects.
//!
//! Source: `authenticate-authorize-sas.md`; which call needs what: `iot-hub-devguide-security.md`.

use std::{sync::Arc, time::Duration};

use hub_wire::{
    Timestamp,
    device::{AuthenticationType, DeviceStatus},
    sas::{SCHEME, SasKey, SasToken},
};

use crate::{
    domain::{Target, connection_cause::ConnectionCause, policy::Permissions, quote::quoted},
    error::HubError,
    store::{DeviceKeys, Policy, Store},
};

/// How long after its `se` a token is still accepted. Documentation has devices with tokens of 60 minutes dropping every
/// 65; the exact value of the real hub is unknown.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// The permission that a service call requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Read identities.
    RegistryRead,
    /// Write identities.
    RegistryWrite,
    /// Twins, queries, direct methods.
    ServiceConnect,
    /// Jobs. The documentation has asked for registry write and, earlier, for service connect: either is enough.
    Jobs,
}

impl Need {
    const fn is_met_by(self, granted: Permissions) -> bool {
        match self {
            Self::RegistryRead => granted.registry_read,
            Self::RegistryWrite => granted.registry_write,
            Self::ServiceConnect => granted.service_connect,
            Self::Jobs => granted.registry_write || granted.service_connect,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::RegistryRead => "RegistryRead",
            Self::RegistryWrite => "RegistryWrite",
            Self::ServiceConnect => "ServiceConnect",
            Self::Jobs => "RegistryWrite or ServiceConnect",
        }
    }
}

/// Why a caller is refused. The text helps whoever configured the key; it never holds a key or a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unauthorized {
    /// No token.
    #[error("the Authorization header is missing")]
    Missing,
    /// Another scheme, such as an Entra bearer token.
    #[error("this hub takes '{SCHEME}' tokens only")]
    Scheme,
    /// Malformed.
    #[error("{0}")]
    Token(#[from] hub_wire::sas::InvalidToken),
    /// Expired.
    #[error("the token expired at {0}")]
    Expired(Timestamp),
    /// No policy of that name, or another key; not distinguished for the caller.
    #[error("no key of this hub made the token")]
    Signature,
    /// Valid signature, but for another resource.
    #[error("the token is for {}, which does not cover this", quoted(.0))]
    Scope(String),
    /// Valid signature, but the policy lacks the permission.
    #[error("policy '{policy}' does not grant {needed}")]
    Permission {
        /// The policy.
        policy: String,
        /// The required permission.
        needed: &'static str,
    },
    /// A device's token where a service's is required.
    #[error("the token names no shared access policy")]
    NotAService,
    /// The device or module is not registered.
    #[error("'{0}' is not registered")]
    UnknownDevice(Target),
    /// The device is disabled.
    #[error("device '{0}' is disabled")]
    DisabledDevice(Target),
    /// The device authenticates with certificates, which this hub does not check.
    #[error("device '{0}' is registered with certificates, which this hub does not check")]
    Certificates(Target),
    /// Neither of the device's keys signed the token.
    #[error("the token is not signed with a key of device '{0}'")]
    DeviceSignature(Target),
    /// The store failed.
    #[error("the device's keys could not be read")]
    Store(#[source] HubError),
}

impl Unauthorized {
    /// The reason as a word for programs.
    pub(crate) const fn cause(&self) -> ConnectionCause {
        match self {
            Self::Missing | Self::Scheme | Self::Token(_) | Self::NotAService => ConnectionCause::BadToken,
            Self::Expired(_) => ConnectionCause::ExpiredToken,
            Self::Signature | Self::DeviceSignature(_) => ConnectionCause::WrongKey,
            Self::Scope(_) => ConnectionCause::WrongResource,
            Self::Permission { .. } => ConnectionCause::NotPermitted,
            Self::UnknownDevice(_) => ConnectionCause::UnknownDevice,
            Self::DisabledDevice(_) => ConnectionCause::Disabled,
            Self::Certificates(_) => ConnectionCause::Certificates,
            Self::Store(_) => ConnectionCause::HubFailed,
        }
    }
}

/// Checks credentials; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Auth {
    host_name: Arc<str>,
    policies: Arc<[Policy]>,
}

impl Auth {
    /// For a host name and the policies of the store.
    pub(crate) fn new(host_name: &str, policies: Vec<Policy>) -> Self {
        Self { host_name: host_name.into(), policies: policies.into() }
    }

    /// Authorises a service call. `path` is the request's, decoded.
    pub(crate) fn service(
        &self,
        authorization: Option<&str>,
        path: &str,
        need: Need,
        now: Timestamp,
    ) -> Result<(), Unauthorized> {
        let text = authorization.ok_or(Unauthorized::Missing)?;
        let token = live_token(text, now)?;
        let policy = self.policy(&token)?.ok_or(Unauthorized::NotAService)?;
        self.check_scope(&token, path)?;
        check_permission(policy, need.is_met_by(policy.permissions), need.label())
    }

    /// Authorises a device or module; returns its token's expiry (`se`), without leniency.
    pub(crate) async fn device(
        &self,
        store: &Store,
        target: &Target,
        token: &str,
        now: Timestamp,
    ) -> Result<Timestamp, Unauthorized> {
        let token = live_token(token, now)?;
        self.check_scope(&token, &device_path(target))?;
        let keys = match store.device_keys(target).await {
            Ok(keys) => keys,
            Err(HubError::DeviceNotFound(_) | HubError::ModuleNotFound(..)) => {
                return Err(Unauthorized::UnknownDevice(target.clone()));
            }
            Err(error) => return Err(Unauthorized::Store(error)),
        };
        if let Some(policy) = self.policy(&token)? {
            check_permission(policy, policy.permissions.device_connect, "DeviceConnect")?;
        } else if keys.authentication_type != AuthenticationType::Sas {
            return Err(Unauthorized::Certificates(target.clone()));
        } else if !is_signed_by_either(&token, &keys) {
            return Err(Unauthorized::DeviceSignature(target.clone()));
        }
        if keys.status == DeviceStatus::Disabled {
            return Err(Unauthorized::DisabledDevice(target.clone()));
        }
        Ok(expiry(&token))
    }

    /// The policy that a token names and that signed it; none when it names none.
    fn policy(&self, token: &SasToken) -> Result<Option<&Policy>, Unauthorized> {
        let Some(name) = &token.policy else { return Ok(None) };
        let policy =
            self.policies.iter().find(|policy| policy.name == *name).ok_or(Unauthorized::Signature)?;
        if token.is_signed_by(&policy.primary) || token.is_signed_by(&policy.secondary) {
            Ok(Some(policy))
        } else {
            Err(Unauthorized::Signature)
        }
    }

    /// Python writes the port it was given into `sr`, so a port behind the hub's name is ignored.
    fn check_scope(&self, token: &SasToken, path: &str) -> Result<(), Unauthorized> {
        let token_host = token.resource.split('/').next().unwrap_or_default();
        let bare = match token_host.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            _ => token_host,
        };
        let is_our_name =
            [token_host, bare].into_iter().any(|host| host.eq_ignore_ascii_case(&self.host_name));
        if is_our_name && token.covers(token_host, path) {
            Ok(())
        } else {
            Err(Unauthorized::Scope(token.resource.chars().take(160).collect()))
        }
    }
}

fn live_token(text: &str, now: Timestamp) -> Result<SasToken, Unauthorized> {
    if text.split(' ').next().is_some_and(|scheme| !scheme.eq_ignore_ascii_case(SCHEME)) {
        return Err(Unauthorized::Scheme);
    }
    let token = SasToken::parse(text)?;
    if expiry(&token).plus(CLOCK_SKEW) < now {
        return Err(Unauthorized::Expired(expiry(&token)));
    }
    Ok(token)
}

/// The token's `se`, at most the last representable instant: some callers write one thousands of years ahead.
fn expiry(token: &SasToken) -> Timestamp {
    Timestamp::from_unix_millis(token.expiry.saturating_mul(1000)).plus(Duration::ZERO)
}

fn check_permission(policy: &Policy, granted: bool, needed: &'static str) -> Result<(), Unauthorized> {
    if granted { Ok(()) } else { Err(Unauthorized::Permission { policy: policy.name.clone(), needed }) }
}

/// Both keys are always tried, so that timing does not reveal which one matched.
fn is_signed_by_either(token: &SasToken, keys: &DeviceKeys) -> bool {
    let signed = |key: &Option<SasKey>| key.as_ref().is_some_and(|key| token.is_signed_by(key));
    signed(&keys.primary) | signed(&keys.secondary)
}

fn device_path(target: &Target) -> String {
    match &target.module_id {
        None => format!("devices/{}", target.device_id),
        Some(module_id) => format!("devices/{}/modules/{module_id}", target.device_id),
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::sas::{resource_uri, sign_token};
    use secrecy::ExposeSecret;

    use super::*;
    use crate::domain::policy::BUILT_IN;

    const NOW: i64 = 1_893_456_000;

    fn key(policy: &str) -> SasKey {
        SasKey::from_bytes(vec![7; 32]).derive(policy)
    }

    fn auth() -> Auth {
        let policies = BUILT_IN
            .map(|(name, permissions)| Policy {
                name: name.into(),
                primary: key(name),
                secondary: key(name).derive("secondary"),
                permissions,
            })
            .to_vec();
        Auth::new("localhost", policies)
    }

    fn token(policy: &str, key: &SasKey, segments: &[&str], expiry: i64) -> String {
        sign_token(key, &resource_uri(segments), expiry, Some(policy)).expose_secret().to_owned()
    }

    fn ask(header: &str, path: &str, need: Need) -> Result<(), String> {
        let now = Timestamp::from_unix_millis(NOW * 1000);
        auth().service(Some(header), path, need, now).map_err(|error| error.to_string())
    }

    #[test]
    fn policies_grant_what_the_contract_says() {
        use Need::{Jobs, RegistryRead, RegistryWrite, ServiceConnect};
        for (policy, granted) in [
            ("iothubowner", &[RegistryRead, RegistryWrite, ServiceConnect, Jobs][..]),
            ("service", &[ServiceConnect, Jobs]),
            ("device", &[]),
            ("registryRead", &[RegistryRead]),
            ("registryReadWrite", &[RegistryRead, RegistryWrite, Jobs]),
        ] {
            let token = token(policy, &key(policy), &["localhost"], NOW + 3600);
            for need in [RegistryRead, RegistryWrite, ServiceConnect, Jobs] {
                let answer = ask(&token, "/devices/a", need);
                assert_eq!(answer.is_ok(), granted.contains(&need), "{policy} {need:?} {answer:?}");
            }
        }
    }

    #[test]
    fn scope_covers_whole_segments_under_the_hubs_name() {
        for (segments, path, covered) in [
            (&["LOCALHOST"][..], "/devices/a", true),
            (&["localhost:8443"], "/devices/a", true),
            (&["localhost", "devices"], "/devices/a", true),
            (&["localhost", "devices", "a"], "/devices/a/modules/m", true),
            (&["localhost", "devices", "a"], "/devices/ab", false),
            (&["localhost", "devices", "A"], "/devices/a", false),
            (&["localhost", "twins"], "/devices/a", false),
            (&["elsewhere"], "/devices/a", false),
            (&["localhost.evil"], "/devices/a", false),
        ] {
            let token = token("iothubowner", &key("iothubowner"), segments, NOW + 3600);
            assert_eq!(ask(&token, path, Need::RegistryRead).is_ok(), covered, "{segments:?} {path}");
        }
    }

    #[test]
    fn five_minutes_of_skew() {
        for (expiry, good) in
            [(NOW, true), (NOW - 300, true), (NOW - 301, false), (i64::MAX, true), (0, false)]
        {
            let token = token("service", &key("service"), &["localhost"], expiry);
            assert_eq!(ask(&token, "/twins/a", Need::ServiceConnect).is_ok(), good, "{expiry}");
        }
    }

    #[test]
    fn refusals_have_reasons() {
        let other = token("iothubowner", &key("other"), &["localhost"], NOW + 60);
        let second = token("service", &key("service").derive("secondary"), &["localhost"], NOW + 60);
        let unknown = token("nobody", &key("nobody"), &["localhost"], NOW + 60);
        let device = sign_token(&key("d"), "localhost%2Fdevices%2Fd", NOW + 60, None);
        for (header, sentence) in [
            ("Bearer abc", "this hub takes 'SharedAccessSignature' tokens only"),
            ("SharedAccessSignature sr=x", "the token's 'sig' is missing, given twice, or not readable"),
            (other.as_str(), "no key of this hub made the token"),
            (unknown.as_str(), "no key of this hub made the token"),
            (device.expose_secret(), "the token names no shared access policy"),
            (second.as_str(), "policy 'service' does not grant RegistryRead"),
        ] {
            assert_eq!(ask(header, "/devices/d", Need::RegistryRead).unwrap_err(), sentence);
        }
        assert!(ask(&second, "/twins/d", Need::ServiceConnect).is_ok());
    }
}
