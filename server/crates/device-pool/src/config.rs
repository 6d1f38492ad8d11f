//! What a pool needs to know before it starts.

use std::fmt;

use hub_wire::connection_string::ServiceConnectionString;

use crate::PoolSettings;

/// Which hub, how many devices, and how they behave.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// A policy that may register devices. The devices' own keys are derived from its key.
    pub connection: ServiceConnectionString,
    /// Where registration goes, `http://127.0.0.1:8080`; `None` means `https://{HostName}`.
    pub rest_endpoint: Option<String>,
    /// Where the devices connect.
    pub mqtt: MqttEndpoint,
    /// How many devices to begin with; replaces the settings' own count.
    pub count: usize,
    /// What the devices' ids begin with: `door-` gives `door-0001` and so on.
    pub prefix: String,
    /// How they behave.
    pub settings: PoolSettings,
}

/// An MQTT address.
#[derive(Debug, Clone)]
pub struct MqttEndpoint {
    /// Name or address; with TLS, what the certificate must be for.
    pub host: String,
    /// Port: 8883 with a real hub.
    pub port: u16,
    /// Whom to trust; `None` speaks without TLS, which only the embedded hub takes.
    pub tls: Option<TlsTrust>,
}

/// Whom a TLS connection trusts.
#[derive(Clone)]
pub enum TlsTrust {
    /// The platform's roots.
    Platform,
    /// These authorities (PEM text), beside the platform's.
    Authority(Vec<u8>),
}

impl fmt::Debug for TlsTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Platform => "Platform",
            Self::Authority(_) => "Authority(…)",
        })
    }
}
