//! Every setting of the hub, its unit and its default.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

pub use crate::domain::tier::Tier;
use crate::{
    clock::{Clock, SystemClock},
    mqtt::Limits,
    rest::too_busy,
};

impl std::str::FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        match text.to_ascii_lowercase().as_str() {
            "s1" => Ok(Self::S1),
            "s2" => Ok(Self::S2),
            "s3" => Ok(Self::S3),
            _ => Err(UnknownTier(text.chars().take(40).collect())),
        }
    }
}

/// An unknown tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown hub tier '{0}' (expected s1, s2 or s3)")]
pub struct UnknownTier(String);

/// The configuration of a hub.
#[derive(Clone)]
pub struct HubConfig {
    /// Folder of the store (`hub.sqlite`) and of the certificates (`tls/`). Created when missing, readable by its owner only.
    pub data_dir: PathBuf,
    /// The `HostName=` that devices and SDKs use. Part of every signature, so a token made for another name is refused.
    pub host_name: String,
    /// REST without TLS, for callers on this machine. Port 0 picks one.
    pub listen: SocketAddr,
    /// REST over TLS, for SDKs; off when none.
    pub tls_listen: Option<SocketAddr>,
    /// MQTT without TLS, for devices on this machine. Port 0 picks one.
    pub mqtt_listen: SocketAddr,
    /// MQTT over TLS; off when none.
    pub mqtt_tls_listen: Option<SocketAddr>,
    /// The edition whose published throttles are imposed; none means no throttles.
    pub tier: Option<Tier>,
    /// Units of that edition, at least 1; most throttles grow with them.
    pub units: u32,
    /// Limits of REST connections, over both listeners together.
    pub rest_limits: http_serve::Limits,
    /// Limits of MQTT connections.
    pub mqtt_limits: Limits,
    /// TLS handshakes at once, of each TLS listener.
    pub max_handshakes: usize,
    /// The clock; tests set it.
    pub clock: Arc<dyn Clock>,
}

impl HubConfig {
    /// A hub on system-chosen ports of this machine, named `localhost`, without TLS and without throttles.
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            data_dir: data_dir.into(),
            host_name: "localhost".into(),
            listen: any_port,
            tls_listen: None,
            mqtt_listen: any_port,
            mqtt_tls_listen: None,
            tier: None,
            units: 1,
            rest_limits: http_serve::Limits { refusal: too_busy, ..http_serve::Limits::default() },
            mqtt_limits: Limits::default(),
            max_handshakes: 512,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for HubConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubConfig")
            .field("data_dir", &self.data_dir)
            .field("host_name", &self.host_name)
            .field("listen", &self.listen)
            .field("tls_listen", &self.tls_listen)
            .field("mqtt_listen", &self.mqtt_listen)
            .field("mqtt_tls_listen", &self.mqtt_tls_listen)
            .field("tier", &self.tier)
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_by_name() {
        assert_eq!("s1".parse(), Ok(Tier::S1));
        assert_eq!("S3".parse(), Ok(Tier::S3));
        assert_eq!(
            "f1".parse::<Tier>().unwrap_err().to_string(),
            "unknown hub tier 'f1' (expected s1, s2 or s3)"
        );
    }
}
