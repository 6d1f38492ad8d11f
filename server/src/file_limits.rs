//! How many files the process may have open, and what that allows: simulated devices, streams, connections.
//!
//! A connection is a file, and a simulated device beside the embedded hub is two, one at either end. What would not fit
//! is refused with a message before it uses a file that the stores need. [`Caps`] is the only place where the limit is
//! divided.

use device_pool::Capacity;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files for the server itself: stores, listeners, the runtime, the site's files, its own calls to the hub.
const RESERVE: usize = 128;
/// The same for a process that only simulates devices.
const POOL_RESERVE: usize = 64;
/// Connections of Prometheus at the address of `--metrics-listen`, a part of the reserve.
pub(crate) const METRICS_CONNECTIONS: usize = 8;
/// The lowest limit with which a server starts.
const LEAST: usize = 192;
/// Assumed where the system reports no limit.
const UNLIMITED: u64 = 1_048_576;

/// Raises the limit of open files as far as the system allows. Returns the limit in force.
pub(crate) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let before = limit.current.unwrap_or(UNLIMITED);
    let wanted = limit.maximum.unwrap_or(UNLIMITED).max(before);
    let files = match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, before, wanted, "the limit of open files could not be raised");
            before
        }
    };
    tracing::info!(files, before, "limit of open files");
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// How many connections, streams and simulated devices there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// The limit that they are made from.
    pub(crate) files: usize,
    /// Connections of browsers and scripts at the console's port, event streams included.
    pub(crate) console_connections: usize,
    /// Event streams among them.
    pub(crate) streams: usize,
    /// Connections at the embedded hub's REST ports.
    pub(crate) hub_connections: usize,
    /// TLS handshakes at once, at each of the hub's two ports that speak TLS.
    pub(crate) handshakes: usize,
    /// Devices connected to the embedded hub, simulated and other.
    pub(crate) mqtt_connections: usize,
    /// Simulated devices of this process.
    pub(crate) simulated_devices: usize,
}

/// What uses files beside the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmbeddedParts {
    /// An embedded hub, and simulated devices that connect to it.
    HubAndDevices,
    /// An embedded hub for devices from elsewhere.
    Hub,
    /// Simulated devices that connect to a hub elsewhere.
    Devices,
}

/// The limit is too low for a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process may have only {files} open files; {LEAST} are the least. Raise the limit (ulimit -n {LEAST}, or \
     LimitNOFILE={LEAST} in a systemd unit) and start again"
)]
pub(crate) struct TooFewFiles {
    files: usize,
}

impl Caps {
    /// Divides a limit.
    pub(crate) fn of(files: usize, beside: EmbeddedParts) -> Result<Self, TooFewFiles> {
        if files < LEAST {
            return Err(TooFewFiles { files });
        }
        let spare = files - RESERVE;
        let console_connections = (spare / 8).clamp(32, 5632);
        let streams = (console_connections / 4 * 3).min(4096);
        let (hub_connections, handshakes) = match beside {
            EmbeddedParts::Devices => (0, 0),
            _ => ((spare / 16).clamp(16, 2048), (spare / 64).clamp(2, 512)),
        };
        let devices = spare.saturating_sub(console_connections + hub_connections + 2 * handshakes);
        let (mqtt_connections, simulated_devices) = match beside {
            EmbeddedParts::HubAndDevices => (devices - devices / 2, devices / 2),
            EmbeddedParts::Hub => (devices, 0),
            EmbeddedParts::Devices => (0, devices),
        };
        Ok(Self {
            files,
            console_connections,
            streams,
            hub_connections,
            handshakes,
            mqtt_connections,
            simulated_devices,
        })
    }

    /// The console's calls of devices at once for jobs in waves, a connection each. The embedded hub takes a quarter of its
    /// connections from one address, and half of those are for these calls.
    pub(crate) fn direct_calls(&self) -> usize {
        let connections =
            if self.hub_connections > 0 { self.hub_connections } else { self.console_connections };
        (connections / 8).clamp(2, 256)
    }

    /// TLS handshakes at once at the console's port, a part of its connections.
    pub(crate) fn console_handshakes(&self) -> usize {
        (self.console_connections / 16).max(2)
    }

    /// How many devices may be simulated, and the message that refuses more: `wanted`, if that is known.
    pub(crate) fn capacity(&self, wanted: Option<usize>) -> Capacity {
        let each = if self.mqtt_connections == 0 { "a file" } else { "two files, one at either end," };
        let beside =
            if self.mqtt_connections == 0 { EmbeddedParts::Devices } else { EmbeddedParts::HubAndDevices };
        let needed = wanted.map(|wanted| {
            least(|files| Self::of(files, beside).is_ok_and(|caps| caps.simulated_devices >= wanted))
        });
        sentence(self.files, self.simulated_devices, each, needed)
    }
}

/// How many devices a process that does nothing else may simulate, and the message that refuses more.
pub(crate) fn pool_capacity(files: usize, wanted: usize) -> Capacity {
    let devices = files.saturating_sub(POOL_RESERVE);
    sentence(files, devices, "a file", Some(wanted.saturating_add(POOL_RESERVE)))
}

fn sentence(files: usize, devices: usize, each: &str, needed: Option<usize>) -> Capacity {
    let how = match needed {
        Some(needed) => {
            format!("to {needed} or more (ulimit -n {needed}, or LimitNOFILE={needed} in a systemd unit)")
        }
        None => "(ulimit -n, or LimitNOFILE= in a systemd unit)".to_owned(),
    };
    let reason = format!(
        "this process may have {files} open files, enough for {devices} simulated devices (each takes {each} beside \
         what the program needs itself). Start fewer, or raise the limit {how} and start again"
    );
    Capacity { devices, reason }
}

/// The lowest number that is enough, rounded up to the next hundred.
fn least(is_enough: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, LEAST);
    while !is_enough(high) && high < usize::MAX / 4 {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if is_enough(middle) { high = middle } else { low = middle }
    }
    high.next_multiple_of(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_divided_and_never_exceeded() {
        for files in [LEAST, 256, 1_000, 1_024, 4_096, 20_000, 65_536, 524_288, 1_048_576] {
            for beside in [EmbeddedParts::HubAndDevices, EmbeddedParts::Hub, EmbeddedParts::Devices] {
                let caps = Caps::of(files, beside).unwrap();
                let taken = RESERVE
                    + caps.console_connections
                    + caps.hub_connections
                    + 2 * caps.handshakes
                    + caps.mqtt_connections
                    + caps.simulated_devices;
                assert!(taken <= files, "{taken} of {files} {beside:?}");
                assert!(
                    caps.streams + 8 <= caps.console_connections,
                    "pages are served beside streams: {caps:?}"
                );
            }
        }
    }

    #[test]
    fn how_many_simulated_devices_fit() {
        for (files, beside, devices) in [
            (LEAST, EmbeddedParts::HubAndDevices, 6),
            (256, EmbeddedParts::HubAndDevices, 38),
            (1_024, EmbeddedParts::HubAndDevices, 350),
            (20_000, EmbeddedParts::HubAndDevices, 7_763),
            (1_048_576, EmbeddedParts::HubAndDevices, 519_872),
            (1_024, EmbeddedParts::Devices, 784),
            (1_024, EmbeddedParts::Hub, 0),
        ] {
            assert_eq!(Caps::of(files, beside).unwrap().simulated_devices, devices, "{files} {beside:?}");
        }
    }

    #[test]
    fn the_message_names_a_sufficient_limit() {
        let error = Caps::of(100, EmbeddedParts::Hub).unwrap_err().to_string();
        assert!(error.contains("only 100 open files") && error.contains("ulimit -n 192"), "{error}");
        let capacity = Caps::of(1_024, EmbeddedParts::HubAndDevices).unwrap().capacity(Some(500));
        assert_eq!(capacity.devices, 350);
        assert!(capacity.reason.contains("1024 open files, enough for 350"), "{}", capacity.reason);
        assert!(capacity.reason.contains("ulimit -n 1500"), "{}", capacity.reason);
        // The limit in the message is enough.
        assert!(Caps::of(1_500, EmbeddedParts::HubAndDevices).unwrap().simulated_devices >= 500);
        let capacity = pool_capacity(1_024, 2_000);
        assert_eq!(capacity.devices, 960);
        assert!(capacity.reason.contains("LimitNOFILE=2064"), "{}", capacity.reason);
    }
}
