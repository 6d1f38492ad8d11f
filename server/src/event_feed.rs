//! The event streams' common source: reads what has changed once, for all streams.

use std::{sync::Arc, time::Duration};

use console::{Console, ConsoleError};
use console_wire::{event::JobChanged, job::JobSummary};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Shortest time between two batches: pages repaint four times a second at most, so more would be wasted.
const BATCH_INTERVAL: Duration = Duration::from_millis(100);
/// Changes read at once. A summary with a long condition and a large payload is some 100 KB of JSON.
pub(crate) const CHUNK: u32 = 16;

/// One change, serialised once for all streams.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) sequence: u64,
    pub(crate) job_id: Arc<str>,
    pub(crate) json: Arc<str>,
}

/// What changed after `after`, up to and including `upto`.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) after: u64,
    pub(crate) upto: u64,
    pub(crate) changes: Vec<Change>,
}

/// The streams' common source.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// The newest batch.
    pub(crate) newest: watch::Receiver<Arc<Batch>>,
    /// One permit for each stream that may be open.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) max_streams: usize,
}

impl Feed {
    /// Starts the task that follows the console until `stopping`. There are at most `max_streams` streams; beyond that
    /// clients are refused and may try again.
    pub(crate) fn start(console: Console, max_streams: usize, stopping: CancellationToken) -> Self {
        let mut sequence = console.sequence();
        let begin = *sequence.borrow_and_update();
        let (publish, newest) =
            watch::channel(Arc::new(Batch { after: begin, upto: begin, changes: Vec::new() }));
        tokio::spawn(stopping.run_until_cancelled_owned(async move {
            let mut upto = begin;
            while sequence.changed().await.is_ok() {
                loop {
                    match console.changes(upto, None).await {
                        Ok(changes) => {
                            let after = upto;
                            let is_all = changes.len() < CHUNK as usize;
                            upto = changes.last().map_or(upto, |change| change.sequence);
                            publish.send_replace(Arc::new(Batch { after, upto, changes }));
                            if is_all {
                                break;
                            }
                        }
                        Err(error) => {
                            tracing::error!(
                                error = &error as &dyn std::error::Error,
                                "cannot read changes for the event streams"
                            );
                            break;
                        }
                    }
                }
                tokio::time::sleep(BATCH_INTERVAL).await;
            }
        }));
        Self { newest, permits: Arc::new(Semaphore::new(max_streams)), max_streams }
    }
}

/// Where changes are read from.
pub(crate) trait Source {
    /// The newest change's sequence number.
    fn newest(&self) -> u64;

    /// The first [`CHUNK`] jobs that changed after a sequence number, oldest change first.
    fn changes(
        &self,
        after: u64,
        job_id: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Change>, ConsoleError>> + Send;
}

impl Source for Console {
    fn newest(&self) -> u64 {
        *self.sequence().borrow()
    }

    async fn changes(&self, after: u64, job_id: Option<&str>) -> Result<Vec<Change>, ConsoleError> {
        let jobs = self.changes_since(after, job_id, CHUNK).await?;
        let counts = self.job_counts().await?;
        let change = |job: JobSummary| {
            let (sequence, job_id) = (job.sequence, Arc::from(job.job_id.as_str()));
            let json = serde_json::to_string(&JobChanged { job, counts }).expect("summaries are plain data");
            Change { sequence, job_id, json: json.into() }
        };
        Ok(jobs.into_iter().map(change).collect())
    }
}
