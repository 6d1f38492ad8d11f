//! The commands and their arguments.

mod device;
mod messages;
mod registry;
pub(crate) mod rollout;
mod schedule;

use std::{num::NonZeroU64, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};

pub use self::{device::DeviceArgs, schedule::ScheduleArgs};
pub(crate) use self::{
    device::{ConnectTool, DeviceCommand, ModuleCommand},
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
    /// Changes a job in waves before it begins. The arguments are those of the whole job, as `create` takes them; what is not given
    /// is as in a new job. An approval that the job has is void.
    Edit(Box<EditArgs>),
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

/// A job as it is from now on.
#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The job's id.
    pub(crate) job_id: String,
    #[command(flatten)]
    pub(crate) job: CreateArgs,
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
