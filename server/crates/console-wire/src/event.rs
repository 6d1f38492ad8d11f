//! What an event stream sends. The SSE `id` is the sequence number, the SSE `event` the name here.

use serde::{Deserialize, Serialize};

use crate::job::{JobCounts, JobSummary};

/// Event name: one job's newest summary.
pub const JOB: &str = "job";
/// Event name: the stream starts from a snapshot, since the requested sequence is not known here.
pub const SNAPSHOT: &str = "snapshot";
/// Event name: the stream is up to date as of now; also names the build that answers.
pub const LIVE: &str = "live";
/// Event name: what a screen shows, whole ([`WallView`](crate::wall::WallView)). It has no id: a stream begins with the
/// newest one.
pub const WALL: &str = "wall";

/// Data of [`JOB`]. Slow readers skip to the newest; counts come with it so that tabs and rows agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobChanged {
    /// The job, whole.
    pub job: JobSummary,
    /// Counts of all tabs at that instant.
    pub counts: JobCounts,
}

/// Data of [`LIVE`] and [`SNAPSHOT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamState {
    /// The newest sequence number.
    pub sequence: u64,
    /// Which build of the server answers; a page of another build reloads itself.
    pub build: String,
}
