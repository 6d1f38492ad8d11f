//! The arguments of `fleetcast schedule`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConnectionArgs;

/// `fleetcast schedule`.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
}

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Lists schedules: active ones by their next run, then paused, then ended ones.
    List {
        /// Only those that are `active`, `paused` or `ended`.
        #[arg(long)]
        status: Option<String>,
    },
    /// Shows a schedule and its last runs.
    Show {
        /// The schedule's id.
        schedule_id: String,
    },
    /// Creates a schedule.
    Create(Box<NewScheduleArgs>),
    /// Pauses a schedule. Runs that go on run to their end.
    Pause {
        /// The schedule's id.
        schedule_id: String,
        /// Why, for those who find it paused.
        #[arg(long)]
        comment: String,
    },
    /// Lets a paused schedule run again.
    Resume {
        /// The schedule's id.
        schedule_id: String,
    },
    /// Starts a run now, although the schedule may be paused.
    RunNow {
        /// The schedule's id.
        schedule_id: String,
        /// Why.
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// Deletes a schedule and its history. Its jobs stay.
    Delete {
        /// The schedule's id.
        schedule_id: String,
    },
    /// Lists the next runs of a schedule, with what clock changes do to them.
    Next {
        /// The schedule's id.
        schedule_id: String,
        /// How many, 1 to 100.
        #[arg(long, default_value_t = 10)]
        count: u32,
    },
}

/// A new schedule.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("rule").required(true).args(["cron", "every", "spec"]))]
#[command(group = clap::ArgGroup::new("scheduled_action").required(true).args(["method", "desired", "tags", "job"]).multiple(true))]
#[command(group = clap::ArgGroup::new("scheduled_target").args(["query", "devices", "group"]))]
pub(crate) struct NewScheduleArgs {
    /// What people call it.
    pub(crate) name: String,

    /// When, as five fields of cron, such as `30 2 * * 1-5`.
    #[arg(long)]
    pub(crate) cron: Option<String>,

    /// Every so many minutes, counted from now.
    #[arg(long, value_name = "MINUTES")]
    pub(crate) every: Option<u32>,

    /// When, as JSON in a file, see docs/schedules.md; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["zone", "overlap", "catch_up", "pause_after_failures", "jitter"])]
    pub(crate) spec: Option<PathBuf>,

    /// The zone of days and times, such as Europe/Berlin; UTC unless given.
    #[arg(long)]
    pub(crate) zone: Option<String>,

    /// When a run is due while another goes on: skip, bufferOne, cancelOther or allow.
    #[arg(long)]
    pub(crate) overlap: Option<String>,

    /// How late a run may start after a downtime of the console, 60 to 604,800 seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) catch_up: Option<u32>,

    /// Pause after so many failed runs in a row, 1 to 100.
    #[arg(long, value_name = "RUNS")]
    pub(crate) pause_after_failures: Option<u32>,

    /// Start each run up to so many seconds later, 0 to 1,800.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) jitter: Option<u32>,

    /// Call this direct method.
    #[arg(long, conflicts_with_all = ["desired", "tags", "job"])]
    pub(crate) method: Option<String>,

    /// Payload of the method, JSON.
    #[arg(long, requires = "method")]
    pub(crate) payload: Option<String>,

    /// Set these desired properties, a JSON object.
    #[arg(long, conflicts_with = "job")]
    pub(crate) desired: Option<String>,

    /// Set these tags, a JSON object.
    #[arg(long, conflicts_with = "job")]
    pub(crate) tags: Option<String>,

    /// The whole job as the API takes it, JSON in a file; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scheduled_target", "reason"])]
    pub(crate) job: Option<PathBuf>,

    /// The devices by a query condition, the text after WHERE; `*` for every device.
    #[arg(long, short, required_unless_present_any = ["devices", "group", "job"])]
    pub(crate) query: Option<String>,

    /// The devices in a file: ids, or CSV with a column of ids; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) devices: Option<PathBuf>,

    /// The devices of the group with this id.
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<String>,

    /// Why its jobs run.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}
