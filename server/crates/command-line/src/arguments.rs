//! The commands and their arguments.

mod messages;
mod registry;
pub(crate) mod rollout;
mod schedule;

use std::{num::NonZeroU64, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};

pub use self::schedule::ScheduleArgs;
pub(crate) use self::{
    messages::{CompareArgs, SendArgs, TelemetryArgs},
    registry::{ChangeArgs, CreateDeviceArgs, DeviceExportArgs, DeviceFileFormat, KeyArgs},
    schedule::{NewScheduleArgs, ScheduleCommand},
};

/// The server, and the form of the output.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Address of the server; that of the latest `fleetcast login` unless given, and before one `http://127.0.0.1:3000`.
    #[arg(long, env = "FLEETCAST_SERVER", global = true)]
    pub(crate) server: Option<String>,

    /// Write the API's JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// `fleetcast overview`.
#[derive(Debug, Args)]
pub struct OverviewArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// `fleetcast login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Address of the server, such as <https://fleet.example.com>.
    #[arg(long, env = "FLEETCAST_SERVER")]
    pub(crate) server: Option<String>,

    /// What this machine is called on the page of tokens; its host name unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// `fleetcast logout`.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    /// Address of the server; that of the latest login unless given.
    #[arg(long, env = "FLEETCAST_SERVER")]
    pub(crate) server: Option<String>,
}

/// `fleetcast job`.
#[derive(Debug, Args)]
pub struct JobArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(subcommand)]
    pub(crate) command: JobCommand,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Creates a job.
    Create(Box<CreateArgs>),
    /// Lists jobs, newest first.
    List(ListArgs),
    /// Shows a job.
    Show {
        /// The job's id.
        job_id: String,
    },
    /// Follows a job until it has ended. The exit code says how.
    Watch {
        /// The job's id.
        job_id: String,
        #[command(flatten)]
        limit: TimeLimit,
    },
    /// Cancels a job that has not begun; of a job on a list, the parts that have not begun.
    Cancel {
        /// The job's id.
        job_id: String,
    },
    #[command(flatten)]
    Rollout(rollout::RolloutCommand),
    /// Creates a job that does the same on some of a job's devices.
    Rerun(RerunArgs),
    /// Shows which devices changed their outcome between two runs.
    Compare {
        /// The earlier run's job id.
        earlier: String,
        /// The later run's job id.
        later: String,
        /// Only devices that were in this state in the earlier run, such as `succeeded`; `absent` for none.
        #[arg(long)]
        from: Option<String>,
        /// Only devices that are in this state in the later run.
        #[arg(long)]
        to: Option<String>,
        /// Most devices, 1 to 500.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Writes the results of a job's devices.
    Export {
        /// The job's id.
        job_id: String,
        /// The format.
        #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
        format: ExportFormat,
        /// The file; standard output unless given. An existing one is not overwritten.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A line for each device.
    Csv,
    /// One array.
    Json,
    /// Device ids only, a line each.
    Ids,
}

/// How long to follow a job.
#[derive(Debug, Args)]
pub(crate) struct TimeLimit {
    /// Stop following after so many seconds, with exit code 4. The job goes on.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<NonZeroU64>,
}

/// Follow a job that was created.
#[derive(Debug, Args)]
pub(crate) struct Follow {
    /// Follow the job until it has ended. The exit code says how.
    #[arg(long)]
    pub(crate) watch: bool,

    #[command(flatten)]
    pub(crate) limit: TimeLimit,
}

/// A new job.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("action").required(true).args(["method", "desired", "tags", "file"]).multiple(true))]
#[command(group = clap::ArgGroup::new("target").args(["query", "device", "devices", "group"]))]
pub(crate) struct CreateArgs {
    /// Call this direct method.
    #[arg(long, conflicts_with_all = ["desired", "tags", "file"])]
    pub(crate) method: Option<String>,

    /// Payload of the method, JSON.
    #[arg(long, requires = "method")]
    pub(crate) payload: Option<String>,

    /// How long to wait for a device's answer, 5 to 300 seconds.
    #[arg(long, requires = "method", value_name = "SECONDS")]
    pub(crate) response_timeout: Option<u32>,

    /// Set these desired properties, a JSON object.
    #[arg(long, conflicts_with = "file")]
    pub(crate) desired: Option<String>,

    /// Set these tags, a JSON object.
    #[arg(long, conflicts_with = "file")]
    pub(crate) tags: Option<String>,

    /// The whole job as the API takes it, JSON; `-` reads standard input.
    #[arg(long, conflicts_with_all = ["target", "name", "reason", "id", "start", "RolloutArgs"])]
    pub(crate) file: Option<PathBuf>,

    /// The devices by a query condition, the text after WHERE; `*` for every device.
    #[arg(long, short, required_unless_present_any = ["device", "devices", "group", "file"])]
    pub(crate) query: Option<String>,

    /// This device; may be given more than once.
    #[arg(long)]
    pub(crate) device: Vec<String>,

    /// The devices in a file: ids, or CSV with a column of ids; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) devices: Option<PathBuf>,

    /// The devices of the group with this id.
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<String>,

    /// What people call it.
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Why it runs.
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Its id, so that the command can be repeated safely: the same id twice is refused.
    #[arg(long)]
    pub(crate) id: Option<String>,

    /// When to start, such as 2026-12-01T18:00:00Z; now unless given.
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,

    /// How long the job may run, in seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_execution_time: Option<u32>,

    #[command(flatten)]
    pub(crate) rollout: rollout::RolloutArgs,

    #[command(flatten)]
    pub(crate) follow: Follow,
}

/// Which jobs to list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// running, scheduled, finished or all.
    #[arg(long)]
    pub(crate) tab: Option<String>,

    /// Words in the name, id, action or condition.
    #[arg(long, short)]
    pub(crate) query: Option<String>,

    /// Only jobs that addressed this device.
    #[arg(long)]
    pub(crate) device: Option<String>,

    /// Most jobs, 1 to 500.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
}

/// A job again.
#[derive(Debug, Args)]
pub(crate) struct RerunArgs {
    /// The job's id.
    pub(crate) job_id: String,

    /// Only devices in these states, with commas between: failed, timedOut, notOnline, interrupted, cancelled, succeeded. All
    /// that ended without succeeding unless given.
    #[arg(long, value_delimiter = ',', value_name = "STATES")]
    pub(crate) only: Vec<String>,

    /// The new job's id, so that the command can be repeated safely.
    #[arg(long)]
    pub(crate) id: Option<String>,

    /// Why it runs.
    #[arg(long)]
    pub(crate) reason: Option<String>,

    #[command(flatten)]
    pub(crate) follow: Follow,
}

/// `fleetcast device`.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(subcommand)]
    pub(crate) command: DeviceCommand,
}

/// What to do with devices.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Lists devices by a query condition.
    Query {
        /// The text after WHERE; `*` for every device.
        #[arg(default_value = "*")]
        condition: String,
        /// Most devices.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Shows a device's twin.
    Show {
        /// The device's id.
        device_id: String,
    },
    /// Calls a direct method, and writes the answer. Exit code 2 if the device answers 400 or more, or not at all.
    Invoke {
        /// The device's id.
        device_id: String,
        /// The method.
        method: String,
        /// Payload, JSON.
        #[arg(long)]
        payload: Option<String>,
        /// How long to wait for the answer, 5 to 300 seconds.
        #[arg(long, value_name = "SECONDS")]
        response_timeout: Option<u32>,
    },
    /// Merges tags and desired properties into a device's twin; null removes.
    Patch {
        /// The device's id.
        device_id: String,
        /// Tags, a JSON object.
        #[arg(long, required_unless_present = "desired")]
        tags: Option<String>,
        /// Desired properties, a JSON object.
        #[arg(long)]
        desired: Option<String>,
    },
    /// Sends a message to a device, which waits at the hub while the device is away.
    Send(SendArgs),
    /// Lists the messages that were sent to a device, newest first.
    Messages {
        /// The device's id.
        device_id: String,
        /// Most messages, 1 to 500.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Writes messages from a device: the last ones, then each as it arrives. Only with the embedded hub.
    Telemetry(TelemetryArgs),
    /// Compares two devices' twins.
    Compare(CompareArgs),
    /// Says whether a device is connected and why, and what happened to its connections lately.
    Connections {
        /// The device's id.
        device_id: String,
        /// Of this module of the device.
        #[arg(long)]
        module: Option<String>,
    },
    /// Lists who was refused in the last hour. Only with the embedded hub.
    Refused,
    /// Makes a token with which a device connects, and shows a program that uses it.
    Connect {
        /// The device's id.
        device_id: String,
        /// How long the token lives, 60 to 604800 seconds.
        #[arg(long, value_name = "SECONDS")]
        lifetime: Option<u32>,
        /// The program to show.
        #[arg(long, value_enum, default_value_t = ConnectTool::Mosquitto)]
        tool: ConnectTool,
        /// Also writes the hub's certificate authority to this file, if the hub has one of its own.
        #[arg(long, value_name = "FILE")]
        ca_file: Option<PathBuf>,
    },
    /// Modules of a device.
    Module {
        #[command(subcommand)]
        command: ModuleCommand,
    },
    /// Creates a device. The hub makes its keys.
    Create(CreateDeviceArgs),
    /// Creates the devices of a CSV file, and follows until each has a result. None is created if an id exists.
    Import {
        /// The file, with a head: deviceId, status, statusReason, tags.NAME, desired.NAME; `-` reads standard input.
        file: PathBuf,
        /// Only check it.
        #[arg(long)]
        dry_run: bool,
    },
    /// Enables devices, and follows until each has a result.
    Enable {
        #[command(flatten)]
        change: ChangeArgs,
        /// Why; kept by the hub for each device.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Disables devices, which disconnects them, and follows until each has a result.
    Disable {
        #[command(flatten)]
        change: ChangeArgs,
        /// Why; kept by the hub for each device.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Deletes devices with their twins and keys, and follows until each has a result. Nothing brings them back.
    Delete {
        #[command(flatten)]
        change: ChangeArgs,
        /// How many devices are to be deleted; refused if there are more or fewer.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
    /// Does the opposite to the devices that a registry change has changed.
    Undo {
        /// The change's number.
        change_id: u64,
        /// Where devices will be deleted, how many.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
    /// Replaces one of a device's keys by a new random one. The other key still works.
    RotateKey(KeyArgs),
    /// Writes a device's connection string, which holds a key. Every call is in the audit log.
    ConnectionString(KeyArgs),
    /// Writes devices as CSV or JSON.
    Export(DeviceExportArgs),
}

/// A program that connects a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ConnectTool {
    /// A command with `mosquitto_pub`.
    Mosquitto,
    /// A program for Node.js.
    Node,
    /// A program in Python.
    Python,
    /// A program in C#.
    Csharp,
    /// A part of a program in C for ESP-IDF.
    EspIdf,
}

impl ConnectTool {
    /// What the server calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mosquitto => "mosquitto_pub",
            Self::Node => "Node.js",
            Self::Python => "Python",
            Self::Csharp => "C#",
            Self::EspIdf => "C for ESP-IDF",
        }
    }
}

/// What to do with modules of a device.
#[derive(Debug, Subcommand)]
pub(crate) enum ModuleCommand {
    /// Lists the modules of a device.
    List {
        /// The device's id.
        device_id: String,
    },
    /// Shows a module's twin.
    Show {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
    },
    /// Merges tags and desired properties into a module's twin; null removes.
    Patch {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
        /// Tags, a JSON object.
        #[arg(long, required_unless_present = "desired")]
        tags: Option<String>,
        /// Desired properties, a JSON object.
        #[arg(long)]
        desired: Option<String>,
    },
    /// Calls a direct method of a module, and writes the answer. Exit code 2 if it answers 400 or more, or not at all.
    Invoke {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
        /// The method.
        method: String,
        /// Payload, JSON.
        #[arg(long)]
        payload: Option<String>,
        /// How long to wait for the answer, 5 to 300 seconds.
        #[arg(long, value_name = "SECONDS")]
        response_timeout: Option<u32>,
    },
}

/// `fleetcast group`.
#[derive(Debug, Args)]
pub struct GroupArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(subcommand)]
    pub(crate) command: GroupCommand,
}

/// What to do with groups of devices.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Lists groups, by name.
    List,
    /// Shows a group.
    Show {
        /// The group's id.
        group_id: String,
    },
    /// Writes messages from a group's devices: the last ones, then each as it arrives. Only with the embedded hub.
    Telemetry(TelemetryArgs),
    /// Creates a group.
    Create(NewGroupArgs),
    /// Deletes a group that nothing uses.
    Delete {
        /// The group's id.
        group_id: String,
    },
}

/// A new group.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("members").required(true).args(["query", "devices"]))]
pub(crate) struct NewGroupArgs {
    /// What people call it.
    pub(crate) name: String,

    /// Its devices by a query condition, the text after WHERE; `*` for every device.
    #[arg(long, short)]
    pub(crate) query: Option<String>,

    /// Its devices in a file: ids, or CSV with a column of ids; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) devices: Option<PathBuf>,

    /// What it is for.
    #[arg(long)]
    pub(crate) description: Option<String>,
}
