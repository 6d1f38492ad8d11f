//! The pool's configuration.

use std::fmt;

use hub_wire::connection_string::ServiceConnectionString;

use crate::{Capacity, PoolSettings};

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
    /// Prefix of the devices' ids: `door-` gives `door-0001` and so on.
    pub prefix: String,
    /// How they behave.
    pub settings: PoolSettings,
    /// How many devices the process can hold.
    pub capacity: Capacity,
}

/// An MQTT address.
#[derive(Debug, Clone)]
pub struct MqttEndpoint {
    /// Host name or address; with TLS, the name on the certificate.
    pub host: String,
    /// Port: 8883 with a real hub.
    pub port: u16,
    /// Trusted authorities; `None` connects without TLS, which only the embedded hub accepts.
    pub tls: Option<TlsTrust>,
}

/// Trusted certificate authorities.
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
