//! The arguments of rollouts: of a job in waves.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// How a new job is sent in waves. Flags win over the same members of the file.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Rollout")]
pub(crate) struct RolloutArgs {
    /// Settings of the rollout, JSON as docs/rollouts.md describes them; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) rollout: Option<PathBuf>,

    /// Sizes of the waves but the last, with commas between: 1%,10% or 20,200. The last wave has the rest.
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    pub(crate) waves: Vec<String>,

    /// The share of each wave that has to succeed before the next one begins, in percent.
    #[arg(long, requires = "waves", value_name = "PERCENT")]
    pub(crate) gate: Option<f64>,

    /// Minutes to wait between two waves.
    #[arg(long, requires = "waves", value_name = "MINUTES")]
    pub(crate) soak: Option<u32>,

    /// Ask a person before the last wave.
    #[arg(long, requires = "waves")]
    pub(crate) ask: bool,

    /// Pause when so many percent of the devices that have ended failed.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) stop_at: Option<f64>,

    /// How many devices have to have ended before --stop-at counts.
    #[arg(long, requires = "stop_at", default_value_t = 20, value_name = "DEVICES")]
    pub(crate) stop_least: u32,

    /// At most so many devices a minute.
    #[arg(long, value_name = "DEVICES")]
    pub(crate) rate: Option<u32>,

    /// Most repeated calls of a device after errors of the hub.
    #[arg(long, value_name = "TIMES")]
    pub(crate) retries: Option<u8>,

    /// Minutes that a device which is not online has to connect.
    #[arg(long, value_name = "MINUTES")]
    pub(crate) offline_wait: Option<u32>,

    /// When the job ends, such as 2026-12-24T18:00:00Z; what has not begun is cancelled.
    #[arg(long, value_name = "TIME")]
    pub(crate) end: Option<String>,
}

/// What to do with a job in waves.
#[derive(Debug, Subcommand)]
pub(crate) enum RolloutCommand {
    /// Pauses a job in waves: no further device is called.
    Pause(CommentArgs),
    /// Resumes a job in waves.
    Resume {
        #[command(flatten)]
        of: CommentArgs,
        /// Stop rules count from the start of the job, not afresh.
        #[arg(long)]
        from_start: bool,
    },
    /// Starts the next wave without waiting for its gate.
    NextWave(CommentArgs),
    /// Approves a job that another person asks for.
    Approve {
        #[command(flatten)]
        of: CommentArgs,
        /// The request that was read, 64 hexadecimal digits; the one that waits now unless given.
        #[arg(long)]
        hash: Option<String>,
    },
    /// Rejects a job that another person asks for.
    Reject {
        /// The job's id.
        job_id: String,
        /// Why.
        #[arg(long)]
        comment: String,
        /// The request that was read, 64 hexadecimal digits; the one that waits now unless given.
        #[arg(long)]
        hash: Option<String>,
    },
}

/// A job and why something is done to it.
#[derive(Debug, Args)]
pub(crate) struct CommentArgs {
    /// The job's id.
    pub(crate) job_id: String,

    /// Why; kept in the history of the job.
    #[arg(long)]
    pub(crate) comment: Option<String>,
}
