//! A view of the jobs list as a file, streamed page by page: CSV or JSON.

use std::sync::Arc;

use console_wire::job::{JobFilter, JobSummary};
use futures::{Stream, stream};

use crate::{ConsoleError, clock::now, core::Core, csv, jobs::check_texts, store::JobsAfter};

/// Jobs read at once.
const BATCH: u32 = 500;

/// The format of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    head: &'static str,
    /// Appends one job; the flag says whether it is the first.
    push: fn(&mut String, bool, &JobSummary),
    tail: &'static str,
}

pub(crate) const CSV: Format =
    Format { head: csv::JOBS_HEADER, push: |out, _, job| csv::push_job(out, job), tail: "" };
pub(crate) const JSON: Format = Format { head: "[", push: push_json, tail: "\n]\n" };

fn push_json(out: &mut String, is_first: bool, job: &JobSummary) {
    out.push_str(if is_first { "\n" } else { ",\n" });
    out.push_str(&serde_json::to_string(job).expect("jobs have string keys and finite numbers"));
}

/// The file in chunks. A job that moves in the order while the file is written may come twice or not at all; the order
/// of finished jobs does not change.
pub(crate) fn export(
    core: Arc<Core>,
    filter: &JobFilter,
    format: Format,
) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
    /// What comes next.
    enum At {
        Begin,
        After(JobsAfter),
        End,
    }
    let filter = JobFilter { cursor: None, limit: None, ..filter.clone() };
    // The instant to which running jobs are counted: one for all pages.
    let now = now().ticks();
    stream::try_unfold(At::Begin, move |at| {
        let (core, filter) = (Arc::clone(&core), filter.clone());
        async move {
            let (mut text, after) = match at {
                At::Begin => {
                    check_texts(&filter)?;
                    (format.head.to_owned(), None)
                }
                At::After(after) => (String::new(), Some(after)),
                At::End => return Ok(None),
            };
            let mut jobs = core.store.jobs(&filter, after.as_ref(), now, BATCH).await?;
            core.enrich(&mut jobs).await?;
            for (place, job) in jobs.iter().enumerate() {
                (format.push)(&mut text, place == 0 && after.is_none(), job);
            }
            let is_full = jobs.len() == BATCH as usize;
            let next = if let Some(job) = jobs.last().filter(|_| is_full) {
                At::After(JobsAfter::of(job, filter.sort, now))
            } else {
                text.push_str(format.tail);
                At::End
            };
            Ok(Some((text, next)))
        }
    })
}
