//! A view of a job's results as a file, streamed: CSV, JSON, or the device ids alone.

use console_wire::{job::ResultFilter, outcome::DeviceResult};
use futures::{Stream, stream};

use crate::{Console, ConsoleError, csv};

/// Results read at once.
const BATCH: usize = 1000;

/// What a file looks like.
#[derive(Debug, Clone, Copy)]
struct Format {
    head: &'static str,
    /// Appends one result; the number is its place in the file.
    push: fn(&mut String, usize, &DeviceResult),
    tail: &'static str,
}

const CSV: Format = Format { head: csv::HEADER, push: |out, _, result| csv::push(out, result), tail: "" };
const JSON: Format = Format { head: "[", push: push_json, tail: "\n]\n" };
const IDS: Format = Format { head: "", push: push_id, tail: "" };

fn push_json(out: &mut String, place: usize, result: &DeviceResult) {
    out.push_str(if place == 0 { "\n" } else { ",\n" });
    out.push_str(&serde_json::to_string(result).expect("results have string keys and finite numbers"));
}

fn push_id(out: &mut String, _: usize, result: &DeviceResult) {
    out.push_str(result.device_id.as_str());
    out.push('\n');
}

impl Console {
    /// All results that a filter lets through, in its order, as chunks of CSV text: a header line, then a line each.
    /// Cursor, offset and limit of the filter do not count. Which devices is settled when the export begins; each is
    /// shown once, as it is when its batch is read.
    pub fn results_csv(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        self.export(job_id, filter, CSV)
    }

    /// The same as one JSON array.
    pub fn results_json(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        self.export(job_id, filter, JSON)
    }

    /// The same as device ids, one a line.
    pub fn results_ids(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        self.export(job_id, filter, IDS)
    }

    fn export(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        format: Format,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        /// Where the export is.
        enum At {
            Head,
            /// All rows, and how many are written.
            Rows(Vec<i64>, usize),
            End,
        }
        let (console, job_id, filter) = (self.clone(), job_id.to_owned(), filter.clone());
        stream::try_unfold(At::Head, move |at| {
            let (console, job_id, filter) = (console.clone(), job_id.clone(), filter.clone());
            async move {
                let (rows, done) = match at {
                    At::End => return Ok(None),
                    At::Head => {
                        console.job(&job_id).await?;
                        let rows = console.core.store.export_rows(&job_id, &filter).await?;
                        return Ok(Some((format.head.to_owned(), At::Rows(rows, 0))));
                    }
                    At::Rows(rows, done) => (rows, done),
                };
                if done == rows.len() {
                    return Ok(Some((format.tail.to_owned(), At::End)));
                }
                let end = (done + BATCH).min(rows.len());
                let mut text = String::new();
                let batch = console.core.store.export_batch(&rows[done..end]).await?;
                for (place, result) in batch.iter().enumerate() {
                    (format.push)(&mut text, done + place, result);
                }
                Ok(Some((text, At::Rows(rows, end))))
            }
        })
    }
}
