//! Every setting, its unit and its default: flags, and the same as environment variables.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use hub_embedded::Tier;
use hub_wire::connection_string::ServiceConnectionString;
use secrecy::{ExposeSecret, SecretString};

/// Schedules jobs on an Azure IoT Hub fleet and shows each device's result.
#[derive(Debug, Parser)]
#[command(
    name = "fleetcast",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) serve: ServeArgs,

    /// How the log is written.
    #[arg(long, env = "FLEETCAST_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub(crate) log_format: LogFormat,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs simulated devices against a hub, in a process of their own.
    Pool(PoolArgs),
    /// Registers devices in the embedded hub of a data folder, without a hub running: for tests at full size.
    Seed(SeedArgs),
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings of the server.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address of the console; port 0 picks one. Only this machine until sign-in exists.
    #[arg(long, env = "FLEETCAST_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,

    /// Folder of the stores and certificates; made when missing, readable by its owner only.
    #[arg(long, env = "FLEETCAST_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,

    #[command(flatten)]
    pub(crate) hub: ConnectionArgs,

    /// Embedded hub: REST without TLS, for the console itself.
    #[arg(long, env = "FLEETCAST_HUB_LISTEN", default_value = "127.0.0.1:0")]
    pub(crate) hub_listen: SocketAddr,

    /// Embedded hub: REST over TLS, for SDKs (they expect port 443); off unless given.
    #[arg(long, env = "FLEETCAST_HUB_TLS_LISTEN")]
    pub(crate) hub_tls_listen: Option<SocketAddr>,

    /// Embedded hub: MQTT without TLS, for the simulated devices.
    #[arg(long, env = "FLEETCAST_MQTT_LISTEN", default_value = "127.0.0.1:0")]
    pub(crate) mqtt_listen: SocketAddr,

    /// Embedded hub: MQTT over TLS, for SDKs (they expect port 8883); off unless given.
    #[arg(long, env = "FLEETCAST_MQTT_TLS_LISTEN")]
    pub(crate) mqtt_tls_listen: Option<SocketAddr>,

    /// Embedded hub: the `HostName` that devices and SDKs use; part of every SAS signature.
    #[arg(long, env = "FLEETCAST_HUB_HOST_NAME", default_value = "localhost")]
    pub(crate) hub_host_name: String,

    /// Simulated devices to run; unless given, as many as before with the embedded hub (100 at first), and none with a real
    /// one.
    #[arg(long, env = "FLEETCAST_SIMULATED_DEVICES")]
    pub(crate) simulated_devices: Option<usize>,

    /// Embedded hub: impose the published throttles of a tier, to try an estimate (s1, s2, s3).
    #[arg(long, env = "FLEETCAST_HUB_TIER")]
    pub(crate) hub_tier: Option<Tier>,

    /// Embedded hub: units of that tier; most throttles grow with them.
    #[arg(long, env = "FLEETCAST_HUB_UNITS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) hub_units: u32,

    /// Print the embedded hub's connection string, for use with an SDK, and exit.
    #[arg(long)]
    pub(crate) print_hub_connection_string: bool,
}

/// Which hub to talk to.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Connection string of a real hub (policy iothubowner); without one the embedded hub is used. Prefer the file or
    /// the environment: arguments can be read by other users of the machine.
    #[arg(long, env = "FLEETCAST_HUB_CONNECTION_STRING", hide_env_values = true)]
    hub_connection_string: Option<SecretString>,

    /// File that holds the connection string.
    #[arg(long, env = "FLEETCAST_HUB_CONNECTION_STRING_FILE", conflicts_with = "hub_connection_string")]
    hub_connection_string_file: Option<PathBuf>,
}

impl ConnectionArgs {
    /// The connection string, from the argument, the environment or the file.
    pub(crate) fn read(&self) -> anyhow::Result<Option<ServiceConnectionString>> {
        let text = match (&self.hub_connection_string, &self.hub_connection_string_file) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read --hub-connection-string-file {}", path.display()))?
                .into(),
            (None, None) => return Ok(None),
        };
        let parsed = text.expose_secret().parse().context("the hub's connection string is not usable")?;
        Ok(Some(parsed))
    }
}

/// Settings of `fleetcast pool`.
#[derive(Debug, Args)]
pub(crate) struct PoolArgs {
    /// How many devices.
    #[arg(long, default_value_t = 100)]
    pub(crate) count: usize,

    #[command(flatten)]
    pub(crate) hub: ConnectionArgs,

    /// Base URL of the hub's REST when it is not `https://{HostName}`, such as `http://127.0.0.1:8080`.
    #[arg(long, env = "FLEETCAST_HUB_URL")]
    pub(crate) hub_url: Option<String>,

    /// Where the hub's MQTT is when it is not `{HostName}:8883` over TLS, such as `127.0.0.1:1883` (then without TLS).
    #[arg(long, env = "FLEETCAST_MQTT_ADDRESS")]
    pub(crate) mqtt_address: Option<String>,

    /// Certificate authority to trust besides the system's, as PEM.
    #[arg(long, env = "FLEETCAST_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// New connections a second, 0 for as fast as the hub takes them; 80 unless given, or 0 with --mqtt-address.
    #[arg(long, env = "FLEETCAST_CONNECTS_PER_SECOND")]
    pub(crate) connects_per_second: Option<u32>,

    /// Prefix of device ids.
    #[arg(long, default_value = "door-")]
    pub(crate) prefix: String,

    /// One seed gives one run.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Settings of `fleetcast seed`.
#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// How many devices.
    #[arg(long)]
    pub(crate) devices: usize,

    /// One seed gives one fleet: the ids and tags that the simulated devices of that seed have.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Folder of the store, as the server has it.
    #[arg(long, env = "FLEETCAST_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,

    /// Prefix of device ids.
    #[arg(long, default_value = "door-")]
    pub(crate) prefix: String,
}

/// Refuses to listen beyond this machine: there is no sign-in yet, so anybody who reaches the port could run jobs.
pub(crate) fn require_loopback(listen: SocketAddr) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!(
            "--listen {listen} is refused: there is no sign-in yet, so the console listens on this machine only. Use \
             127.0.0.1:{port} and an SSH tunnel (ssh -L {port}:127.0.0.1:{port} host) to reach it from elsewhere.",
            port = listen.port()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_setting_has_an_environment_variable() {
        for argument in Cli::command().get_arguments() {
            let long = argument.get_long().unwrap_or_default();
            let is_action = matches!(long, "help" | "version" | "print-hub-connection-string");
            if !is_action {
                let expected = format!("FLEETCAST_{}", long.to_uppercase().replace('-', "_"));
                assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
            }
        }
    }

    #[test]
    fn only_this_machine() {
        assert!(require_loopback("127.0.0.1:0".parse().unwrap()).is_ok());
        assert!(require_loopback("[::1]:3000".parse().unwrap()).is_ok());
        let refused = require_loopback("0.0.0.0:3000".parse().unwrap()).unwrap_err().to_string();
        assert!(refused.contains("0.0.0.0:3000") && refused.contains("ssh -L"), "{refused}");
    }

    #[test]
    fn a_bad_connection_string_is_refused_without_repeating_it() {
        let arguments = ConnectionArgs {
            hub_connection_string: Some("HostName=h;SharedAccessKeyName=p;SharedAccessKey=s3cr3t!".into()),
            hub_connection_string_file: None,
        };
        let error = format!("{:#}", arguments.read().unwrap_err());
        assert!(error.contains("not base64") && !error.contains("s3cr3t"), "{error}");
        assert!(!format!("{arguments:?}").contains("s3cr3t"));
    }
}
