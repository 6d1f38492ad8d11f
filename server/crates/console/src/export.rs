//! A view of a job's results as a file, streamed: CSV, JSON, or the device ids alone.

use std::sync::Arc;

use console_wire::{
    job::{JobSummary, ResultFilter},
    outcome::DeviceResult,
};
use futures::{Stream, stream};

use crate::{ConsoleError, core::Core, csv, jobs, results::check_text};

/// Results read at once.
const BATCH: usize = 1000;

/// The format of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    head: &'static str,
    /// Appends one result; the number is its place in the file.
    push: fn(&mut String, usize, &DeviceResult),
    tail: &'static str,
}

pub(crate) const CSV: Format =
    Format { head: csv::HEADER, push: |out, _, result| csv::push(out, result), tail: "" };
pub(crate) const JSON: Format = Format { head: "[", push: push_json, tail: "\n]\n" };
pub(crate) const IDS: Format = Format { head: "", push: push_id, tail: "" };

fn push_json(out: &mut String, place: usize, result: &DeviceResult) {
    out.push_str(if place == 0 { "\n" } else { ",\n" });
    out.push_str(&serde_json::to_string(result).expect("results have string keys and finite numbers"));
}

fn push_id(out: &mut String, _: usize, result: &DeviceResult) {
    out.push_str(result.device_id.as_str());
    out.push('\n');
}

/// The job whose results are to be exported; checks before the first line is sent that they can be.
pub(crate) async fn job_to_export(
    core: &Core,
    job_id: &str,
    filter: &ResultFilter,
) -> Result<JobSummary, ConsoleError> {
    check_text(filter)?;
    jobs::job(core, job_id).await
}

/// The file in chunks.
pub(crate) fn export(
    core: Arc<Core>,
    job_id: &str,
    filter: &ResultFilter,
    format: Format,
) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
    /// What comes next.
    enum At {
        Head,
        /// All rows, and how many are written.
        Rows(Vec<i64>, usize),
        End,
    }
    let (job_id, filter) = (job_id.to_owned(), filter.clone());
    stream::try_unfold(At::Head, move |at| {
        let (core, job_id, filter) = (Arc::clone(&core), job_id.clone(), filter.clone());
        async move {
            let (rows, done) = match at {
                At::End => return Ok(None),
                At::Head => {
                    job_to_export(&core, &job_id, &filter).await?;
                    let rows = core.store.export_rows(&job_id, &filter).await?;
                    return Ok(Some((format.head.to_owned(), At::Rows(rows, 0))));
                }
                At::Rows(rows, done) => (rows, done),
            };
            if done == rows.len() {
                return Ok(Some((format.tail.to_owned(), At::End)));
            }
            let end = (done + BATCH).min(rows.len());
            let mut text = String::new();
            let batch = core.store.export_batch(&rows[done..end]).await?;
            for (place, result) in batch.iter().enumerate() {
                (format.push)(&mut text, done + place, result);
            }
            Ok(Some((text, At::Rows(rows, end))))
        }
    })
}
