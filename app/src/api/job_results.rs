//! A job's device results: any window of any view, and one device in full.

use console_wire::outcome::{DeviceResult, Outcome};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Which of a job's devices, in which order: parameters of the address, empty where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ResultView {
    /// One state.
    pub(crate) state: String,
    /// One cause, as `code:message`.
    pub(crate) cause: String,
    /// One cell of the landing map.
    pub(crate) cell: String,
    /// Part of the device id.
    pub(crate) find: String,
    /// `latest`, `problems`, `device`; empty for the default, which depends on the job's state.
    pub(crate) order: String,
}

impl ResultView {
    /// Whether it has filters.
    pub(crate) fn is_filtered(&self) -> bool {
        [&self.state, &self.cause, &self.cell, &self.find].into_iter().any(|word| !word.is_empty())
    }
}

/// A device as a row. It has no payloads, so that a hundred rows stay small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResultRow {
    /// The device.
    pub(crate) device_id: String,
    /// Its state.
    pub(crate) outcome: Outcome,
    /// Status or error code, or empty.
    pub(crate) code: String,
    /// The result in a few words.
    pub(crate) text: String,
    /// When it was sent.
    pub(crate) sent: Option<Timestamp>,
    /// From sending to the end.
    pub(crate) round_trip_ms: Option<u64>,
}

/// A window of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResultWindow {
    /// Number of the first row in the view, from 0.
    pub(crate) offset: u64,
    /// The rows.
    pub(crate) rows: Vec<ResultRow>,
    /// Devices in the whole view.
    pub(crate) total: u64,
    /// The order that was used.
    pub(crate) order: String,
}

/// Rows `offset` to `offset + limit` of a view.
#[server(prefix = "/fn", endpoint = "results", input = GetUrl)]
pub(crate) async fn job_results(
    job_id: String,
    view: ResultView,
    offset: u64,
    limit: u32,
) -> Result<ResultWindow, ApiError> {
    let console = super::ssr::console()?;
    let filter = ssr::rows_filter(&console, &job_id, &view, offset, limit).await?;
    let page = console.results(&job_id, &filter).await.map_err(super::ssr::refuse)?;
    let total = console.results_count(&job_id, &filter).await.map_err(super::ssr::refuse)?;
    let rows = console::ResultRows { items: page.items, total };
    Ok(ResultWindow::of(&rows, offset, filter.order))
}

/// A failed row of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Its number in the view, from 0.
    pub(crate) number: u64,
    /// The device.
    pub(crate) device_id: String,
}

/// The next failure of a view from this number on; after the last, the first.
#[server(prefix = "/fn", endpoint = "next-failure", input = GetUrl)]
pub(crate) async fn next_failure(
    job_id: String,
    view: ResultView,
    from: u64,
) -> Result<Option<Failure>, ApiError> {
    let console = super::ssr::console()?;
    let order = ssr::order(&console, &job_id, &view.order).await?;
    let found = console.next_problem(&job_id, &ssr::filter(&view, order), from).await;
    let found = found.map_err(super::ssr::refuse)?;
    Ok(found.map(|(number, device_id)| Failure { number, device_id }))
}

/// One device's result, or why there is none. That is no error of the page, so it keeps its status.
#[server(prefix = "/fn", endpoint = "result", input = GetUrl)]
pub(crate) async fn get_result(
    job_id: String,
    device_id: String,
) -> Result<Result<DeviceResult, ApiError>, ApiError> {
    let console = super::ssr::console()?;
    let device_id = super::devices::ssr::device_id(&device_id)?;
    Ok(console.result(&job_id, &device_id).await.map_err(super::ssr::to_api_error))
}

/// From a view to the console's filter.
#[cfg(feature = "ssr")]
pub(super) mod ssr {
    use console::Console;
    use console_wire::{
        cause::CauseKey,
        job::{ResultFilter, ResultOrder},
        outcome::{DeviceResult, Outcome},
        page::MAX_LIMIT,
    };

    use super::{ApiError, ResultRow, ResultView, ResultWindow};
    use crate::format::outcome;

    impl ResultWindow {
        /// The window that begins at this row.
        pub(in crate::api) fn of(rows: &console::ResultRows, offset: u64, order: ResultOrder) -> Self {
            let (items, total) = (rows.items.iter().map(row).collect(), rows.total);
            Self { offset, rows: items, total, order: order.as_str().to_owned() }
        }
    }

    /// The filter of a window of a view.
    pub(in crate::api) async fn rows_filter(
        console: &Console,
        job_id: &str,
        view: &ResultView,
        offset: u64,
        limit: u32,
    ) -> Result<ResultFilter, ApiError> {
        let order = order(console, job_id, &view.order).await?;
        Ok(ResultFilter {
            offset: Some(offset).filter(|offset| *offset > 0),
            limit: Some(limit.clamp(1, MAX_LIMIT)),
            ..filter(view, order)
        })
    }

    /// The requested order; by default problems first once the job has ended, before that latest first.
    pub(super) async fn order(console: &Console, job_id: &str, word: &str) -> Result<ResultOrder, ApiError> {
        if let Some(order) = ResultOrder::from_wire(word) {
            return Ok(order);
        }
        let job = console.job(job_id).await.map_err(crate::api::ssr::refuse)?;
        Ok(if job.status.is_terminal() { ResultOrder::Problems } else { ResultOrder::Latest })
    }

    /// The filter of a view. Unknown values are ignored.
    pub(super) fn filter(view: &ResultView, order: ResultOrder) -> ResultFilter {
        ResultFilter {
            outcome: Outcome::from_wire(&view.state),
            cause: Some(&view.cause)
                .filter(|cause| !cause.is_empty())
                .map(|cause| CauseKey::from_text(cause)),
            cell: view.cell.parse().ok(),
            q: Some(view.find.trim().to_owned()).filter(|find| !find.is_empty()),
            order,
            ..ResultFilter::default()
        }
    }

    fn row(row: &DeviceResult) -> ResultRow {
        let (code, text) = outcome::result(row);
        ResultRow {
            device_id: row.device_id.to_string(),
            outcome: row.outcome,
            code,
            text,
            sent: row.start_time_utc,
            round_trip_ms: row.round_trip_ms(),
        }
    }
}
