//! A job's device results: a page, one device, the whole as CSV.

use console_wire::{
    job::ResultFilter,
    outcome::DeviceResult,
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
};
use futures::{Stream, stream};
use hub_wire::DeviceId;

use crate::{Console, ConsoleError, create::not_found, csv, cursor, store::ResultsAfter};

const LIST: &str = "results";
/// Results read at once for an export.
const EXPORT_PAGE: u32 = 1000;

impl Console {
    /// A page of results, in order of device id.
    ///
    /// # Errors
    /// `NotFound` for the job; `Invalid` for a cursor or limit that cannot be.
    pub async fn results(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> Result<Page<DeviceResult>, ConsoleError> {
        let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        let after = match &filter.cursor {
            Some(text) => {
                let (device_id, module_id) = cursor::read(LIST, text)?;
                Some(ResultsAfter { device_id, module_id })
            }
            None => None,
        };
        let mut items = self.core.store.results(job_id, filter, after.as_ref(), limit + 1).await?;
        if items.is_empty() && !self.core.store.has_job(job_id).await? {
            return Err(not_found(job_id));
        }
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more).map(ResultsAfter::from);
        let next_cursor = last.map(|last| cursor::write(LIST, &(last.device_id, last.module_id)));
        Ok(Page { items, next_cursor })
    }

    /// One device's result.
    ///
    /// # Errors
    /// `NotFound` when the job does not address the device, or is not known.
    pub async fn result(&self, job_id: &str, device_id: &DeviceId) -> Result<DeviceResult, ConsoleError> {
        let result = self.core.store.result(job_id, device_id).await?;
        result.ok_or_else(|| ConsoleError::NotFound { what: "result", id: device_id.to_string() })
    }

    /// All results that a filter lets through, as chunks of CSV text: a header line, then a line each. Cursor and limit
    /// of the filter do not count. Each device appears once, as it is when its page is read.
    pub fn results_csv(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        /// Where the export is.
        enum At {
            Header,
            After(Option<ResultsAfter>),
            End,
        }
        let (console, job_id, filter) = (self.clone(), job_id.to_owned(), filter.clone());
        stream::try_unfold(At::Header, move |at| {
            let (console, job_id, filter) = (console.clone(), job_id.clone(), filter.clone());
            async move {
                let after = match at {
                    At::End => return Ok(None),
                    At::Header => {
                        console.job(&job_id).await?;
                        return Ok(Some((csv::HEADER.to_owned(), At::After(None))));
                    }
                    At::After(after) => after,
                };
                let store = &console.core.store;
                let page = store.results(&job_id, &filter, after.as_ref(), EXPORT_PAGE).await?;
                let Some(last) = page.last() else { return Ok(None) };
                let is_last = page.len() < EXPORT_PAGE as usize;
                let next = if is_last { At::End } else { At::After(Some(last.into())) };
                let mut text = String::new();
                for result in &page {
                    csv::push(&mut text, result);
                }
                Ok(Some((text, next)))
            }
        })
    }
}
