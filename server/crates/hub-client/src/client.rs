//! The client and its options: the hub's address, the credentials, retries. The calls are in the resource modules.

use std::{fmt, sync::Arc, time::Duration};

use hub_wire::connection_string::ServiceConnectionString;
use reqwest::Url;

use crate::{ErrorKind, HubError, HubHealth, Result, RetryPolicy, auth::Tokens, health::Monitor, tls};

/// How to reach a hub, beside its connection string.
#[derive(Debug, Clone)]
pub struct HubClientOptions {
    /// Where requests go, `http://127.0.0.1:8080`; `None` means `https://{HostName}`. Signatures are over the host
    /// name either way.
    pub endpoint: Option<String>,
    /// A certificate authority to trust beside the platform's, as PEM text.
    pub ca_pem: Option<Vec<u8>>,
    /// What to do about failures that pass.
    pub retry: RetryPolicy,
    /// How long an answer may take, per attempt. A direct method gets its own timeouts on top.
    pub request_timeout: Duration,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// Largest answer taken, in bytes. The largest honest one is a page of a thousand full twins.
    pub max_answer_bytes: usize,
}

impl Default for HubClientOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            ca_pem: None,
            retry: RetryPolicy::default(),
            request_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            max_answer_bytes: 64 * 1024 * 1024,
        }
    }
}

/// A client of one hub. Cheap to clone; clones share connections, the token, and the health record.
#[derive(Clone)]
pub struct HubClient {
    pub(crate) inner: Arc<Inner>,
    pub(crate) retry: RetryPolicy,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// Without a trailing slash.
    pub(crate) base: String,
    pub(crate) tokens: Tokens,
    pub(crate) request_timeout: Duration,
    pub(crate) max_answer_bytes: usize,
    pub(crate) monitor: Monitor,
}

const OPEN: &str = "set up the hub client";

impl HubClient {
    /// A client for a hub; opens no connection yet.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the endpoint is not an `http` or `https` address, or trust cannot be set up.
    pub fn new(connection: ServiceConnectionString, options: HubClientOptions) -> Result<Self> {
        let endpoint = options.endpoint.unwrap_or_else(|| format!("https://{}", connection.host_name));
        let url = Url::parse(&endpoint).map_err(|error| {
            HubError::local(OPEN, ErrorKind::Invalid, format!("'{endpoint}' is not an address")).caused(error)
        })?;
        let tls = match url.scheme() {
            "https" => tls::client_config(options.ca_pem.as_deref()),
            "http" => tls::without_trust(),
            scheme => {
                let detail = format!("'{endpoint}' is {scheme}; a hub is reached over http or https");
                return Err(HubError::local(OPEN, ErrorKind::Invalid, detail));
            }
        };
        let tls =
            tls.map_err(|error| HubError::local(OPEN, ErrorKind::Invalid, error.to_string()).caused(error))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("fleetcast/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            // A hub's front end drops idle connections; ours go first, so that no request meets a closing one.
            .pool_idle_timeout(Duration::from_secs(20))
            // A redirect would carry the token to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| {
                HubError::local(OPEN, ErrorKind::Invalid, "the HTTP client could not be made").caused(error)
            })?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                base: endpoint.trim_end_matches('/').to_owned(),
                tokens: Tokens::new(connection),
                request_timeout: options.request_timeout,
                max_answer_bytes: options.max_answer_bytes,
                monitor: Monitor::default(),
            }),
            retry: options.retry,
        })
    }

    /// The same client without retries, for a caller that retries by itself.
    #[must_use]
    pub fn impatient(&self) -> Self {
        Self { retry: RetryPolicy::NEVER, ..self.clone() }
    }

    /// The hub's name, as its connection string has it.
    pub fn host_name(&self) -> &str {
        self.inner.tokens.host_name()
    }

    /// How the hub has been doing. Costs a lock and a small copy; sends nothing.
    pub fn health(&self) -> HubHealth {
        self.inner.monitor.health()
    }
}

impl fmt::Debug for HubClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HubClient({} at {})", self.host_name(), self.inner.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(endpoint: Option<&str>, ca_pem: Option<&str>) -> Result<HubClient> {
        let connection =
            "HostName=hub.example;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0".parse().unwrap();
        HubClient::new(
            connection,
            HubClientOptions {
                endpoint: endpoint.map(str::to_owned),
                ca_pem: ca_pem.map(|text| text.as_bytes().to_vec()),
                ..HubClientOptions::default()
            },
        )
    }

    #[test]
    fn endpoints() {
        let client = open(Some("http://127.0.0.1:1/"), None).unwrap();
        assert_eq!(format!("{client:?}"), "HubClient(hub.example at http://127.0.0.1:1)");
        for endpoint in ["ftp://x", "not an address", ""] {
            assert_eq!(open(Some(endpoint), None).unwrap_err().kind, ErrorKind::Invalid, "{endpoint}");
        }
        let error = open(Some("https://x"), Some("no certificate")).unwrap_err();
        assert!(error.message().contains("PEM"), "{error:?}");
    }
}
