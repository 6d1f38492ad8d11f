//! Follows a job until it has ended.

use std::{
    io::{IsTerminal, Write, stderr},
    time::Duration,
};

use console_wire::job::JobSummary;
use tokio::time::{Instant, sleep_until};

use crate::{
    Error,
    arguments::TimeLimit,
    client::{Client, segment},
    output,
};

/// Between two readings.
const INTERVAL: Duration = Duration::from_millis(500);
/// Longest time without an answer before following is given up: a server that restarts is back by then.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reads a job until it has ended or the time is over; returns it as it was read last. A terminal shows its progress.
pub(crate) async fn follow(client: &Client, job_id: &str, limit: &TimeLimit) -> Result<JobSummary, Error> {
    let end = limit.timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds.get()));
    let progress = Progress::new();
    let mut last: Option<JobSummary> = None;
    let mut answered = Instant::now();
    loop {
        match client.get::<JobSummary>(&format!("/jobs/{}", segment(job_id)), &[]).await {
            Ok(job) => {
                answered = Instant::now();
                progress.show(&line(&job));
                if job.status.is_terminal() {
                    return Ok(job);
                }
                last = Some(job);
            }
            Err(error @ Error::Unreachable { .. }) if last.is_some() && answered.elapsed() < PATIENCE => {
                progress.show(&format!("{error}; trying again"));
            }
            Err(error) => return Err(error),
        }
        let next = Instant::now() + INTERVAL;
        match (end, last.take()) {
            (Some(end), Some(job)) if next > end => {
                sleep_until(end).await;
                return Ok(job);
            }
            (_, job) => last = job,
        }
        sleep_until(next).await;
    }
}

/// A line on a terminal that is overwritten each time; it disappears when it is dropped. Written here, since `indicatif`
/// brings a crate that is called as one of ours, and then `cargo test -p console` means neither.
struct Progress {
    is_terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { is_terminal: stderr().is_terminal() }
    }

    fn show(&self, text: &str) {
        if self.is_terminal {
            let mut terminal = stderr().lock();
            // A terminal that is gone needs no progress.
            let _ = write!(terminal, "\r\u{1b}[2K{text}").and_then(|()| terminal.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.show("");
    }
}

/// `[########--------]  50 %  running: 20 succeeded, 20 inFlight of 40 devices`
fn line(job: &JobSummary) -> String {
    const WIDTH: u64 = 24;
    let (finished, total) = (job.outcomes.finished(), job.outcomes.total().max(1));
    let bar: String =
        (0..WIDTH).map(|part| if part * total < finished * WIDTH { '#' } else { '-' }).collect();
    let state = job.rollout.as_ref().map_or_else(|| job.status.as_str().to_owned(), output::rollout::phase);
    format!("[{bar}] {:>3} %  {state}: {}", finished * 100 / total, output::outcomes(job))
}
