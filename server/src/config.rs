//! Every setting, its unit and its default: flags, and the same as environment variables.

mod openid;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::AddressRule;
use hub_embedded::Tier;
use hub_wire::connection_string::ServiceConnectionString;
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::openid::{OpenIdArgs, OpenIdConfig};

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
    /// Creates, follows and lists jobs of a running server.
    Job(command_line::JobArgs),
    /// Lists, shows, calls and changes devices of a running server.
    Device(command_line::DeviceArgs),
    /// Creates, lists and deletes groups of devices of a running server.
    Group(command_line::GroupArgs),
    /// Shows the overview: connected devices, running jobs, what is due and what needs attention.
    Overview(command_line::OverviewArgs),
    /// Creates, lists, pauses and runs schedules of a running server.
    Schedule(command_line::ScheduleArgs),
    /// Signs this machine's command line in to a server: a person allows it in the browser.
    Login(command_line::LoginArgs),
    /// Revokes this machine's token and forgets it.
    Logout(command_line::LogoutArgs),
    /// Writes the completions of a shell: `fleetcast completions bash > /etc/bash_completion.d/fleetcast`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Copies the stores and keys of a data folder, also while a server uses it, and checks the copy.
    Backup(BackupArgs),
    /// Puts a backup into an empty data folder.
    Restore(RestoreArgs),
    /// Checks the audit log of a data folder, also while a server uses it.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
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
    /// Address of the console; port 0 picks one. Beyond this machine it needs --sign-in, and TLS or a proxy.
    #[arg(long, env = "FLEETCAST_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) openid: OpenIdArgs,

    /// A second address that serves /metrics only, to everybody who reaches it: Prometheus cannot sign in. Off unless given.
    #[arg(long, env = "FLEETCAST_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,

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

    /// The tier (s1, s2, s3). Embedded hub: impose its published throttles, to try an estimate. Real hub: the tier that it
    /// has, by which rollouts and registry changes are paced; an S1 with one unit unless given.
    #[arg(long, env = "FLEETCAST_HUB_TIER")]
    pub(crate) hub_tier: Option<Tier>,

    /// Units of that tier; most throttles grow with them.
    #[arg(long, env = "FLEETCAST_HUB_UNITS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) hub_units: u32,

    /// Delete jobs that ended more than so many days ago, with their results, and calls of single devices from before;
    /// kept for ever unless given. At least 32, since a hub lists its jobs for 30 days and they would come back.
    #[arg(long, env = "FLEETCAST_KEEP_HISTORY_DAYS", value_parser = clap::value_parser!(u32).range(32..=36_500))]
    pub(crate) keep_history_days: Option<u32>,

    /// A job in waves on more devices than this needs another person's approval. Counts only with --sign-in.
    #[arg(long, env = "FLEETCAST_APPROVAL_ABOVE")]
    pub(crate) approval_above: Option<u64>,

    /// Jobs in waves that call one of these methods need another person's approval, separated by commas. Counts only with
    /// --sign-in.
    #[arg(long, env = "FLEETCAST_APPROVAL_METHODS", value_delimiter = ',')]
    pub(crate) approval_methods: Vec<String>,

    /// A new job has to say why it runs.
    #[arg(long, env = "FLEETCAST_REQUIRE_REASON")]
    pub(crate) require_reason: bool,

    /// The team's time zone, such as Europe/Berlin: shown beside UTC in the next 24 hours, with changes of its clock.
    #[arg(long, env = "FLEETCAST_TIME_ZONE", default_value = "UTC")]
    pub(crate) time_zone: String,

    /// Webhooks may also lead to this machine and to private networks, and use http. Without it whoever may create webhooks
    /// could make this server call services that only it can reach.
    #[arg(long, env = "FLEETCAST_WEBHOOKS_TO_PRIVATE_ADDRESSES")]
    pub(crate) webhooks_to_private_addresses: bool,

    /// Revoke API tokens that were not used for so many days.
    #[arg(long, env = "FLEETCAST_REVOKE_UNUSED_TOKENS_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) revoke_unused_tokens_days: u32,

    /// Send traces to the OpenTelemetry collector at this address, such as `http://127.0.0.1:4318`, by OTLP over HTTP. Off
    /// unless given here or in `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[arg(long, env = "FLEETCAST_OTLP_ENDPOINT")]
    pub(crate) otlp_endpoint: Option<String>,

    /// Print the embedded hub's connection string, for use with an SDK, and exit.
    #[arg(long)]
    pub(crate) print_hub_connection_string: bool,
}

impl ServeArgs {
    /// Which addresses webhooks may lead to.
    pub(crate) const fn webhook_addresses(&self) -> AddressRule {
        if self.webhooks_to_private_addresses { AddressRule::PrivateToo } else { AddressRule::PublicOnly }
    }
}

/// Who may use the console, and how it is reached.
#[derive(Debug, Default, Args)]
pub(crate) struct AccessArgs {
    /// People have to sign in. The first start prints a link to create the first administrator.
    #[arg(long, env = "FLEETCAST_SIGN_IN")]
    pub(crate) sign_in: bool,

    /// Certificate chain of the console, PEM; read again when the file changes.
    #[arg(long, env = "FLEETCAST_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Private key of that certificate, PEM.
    #[arg(long, env = "FLEETCAST_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// How many trusted proxies are in front, the last of which speaks TLS with browsers. Each has to add the address that
    /// it was called from to X-Forwarded-For, and to pass Host on.
    #[arg(long, env = "FLEETCAST_BEHIND_PROXY", conflicts_with = "tls_cert", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) behind_proxy: Option<u8>,
}

impl AccessArgs {
    /// Refuses what would let anyone in: beyond this machine people sign in, and passwords travel encrypted.
    pub(crate) fn check(&self, listen: SocketAddr) -> anyhow::Result<()> {
        if self.behind_proxy.is_some() && !self.sign_in {
            bail!("--behind-proxy also needs --sign-in: whoever reaches the proxy could run jobs");
        }
        let is_encrypted = self.is_encrypted();
        if listen.ip().is_loopback() || self.sign_in && is_encrypted {
            return Ok(());
        }
        let missing = match (self.sign_in, is_encrypted) {
            (false, false) => "--sign-in, and either --tls-cert with --tls-key or --behind-proxy 1",
            (false, true) => "--sign-in",
            (true, _) => "either --tls-cert with --tls-key or --behind-proxy 1",
        };
        bail!("--listen {listen} reaches beyond this machine, so it also needs {missing}");
    }

    /// Whether browsers reach the console over TLS.
    pub(crate) const fn is_encrypted(&self) -> bool {
        self.tls_cert.is_some() || self.behind_proxy.is_some()
    }
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

/// Settings of `fleetcast backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder to make, which must not exist. It holds keys: store it as you store the data folder.
    pub(crate) to: PathBuf,

    /// Folder of the stores, as the server has it.
    #[arg(long, env = "FLEETCAST_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
}

/// Settings of `fleetcast restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The folder that `fleetcast backup` made.
    pub(crate) from: PathBuf,

    /// Folder of the stores for the server; empty or missing.
    #[arg(long, env = "FLEETCAST_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
}

/// What is done with the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Checks that no row was changed or removed. Exit code 0: the log is good; 2: it is not, or does not have the head.
    Verify(AuditVerifyArgs),
}

/// Settings of `fleetcast audit verify`.
#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    /// A head from an earlier time, as the server's log has it every hour. Without one, a log that was written anew from some
    /// row on, or whose last rows were removed, looks good.
    #[arg(long)]
    pub(crate) head: Option<String>,

    /// Folder of the stores, as the server has it.
    #[arg(long, env = "FLEETCAST_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
}

#[cfg(test)]
mod tests;
