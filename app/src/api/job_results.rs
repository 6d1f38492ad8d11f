//! A job's devices: any window of any view of them, and one device whole.

use console_wire::outcome::{DeviceResult, Outcome};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

/// What of a job's devices is shown: the address's words, empty for what it does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ResultView {
    /// One state.
    pub(crate) state: String,
    /// One cause, as `code:message`.
    pub(crate) cause: String,
    /// One cell of the landing map.
    pub(crate) cell: String,
    /// A part of the device id.
    pub(crate) find: String,
    /// `latest`, `problems`, `device`; empty for what suits the job.
    pub(crate) order: String,
}

impl ResultView {
    /// Whether devices are left out.
    pub(crate) fn is_filtered(&self) -> bool {
        [&self.state, &self.cause, &self.cell, &self.find].into_iter().any(|word| !word.is_empty())
    }
}

/// A device as the grid shows it: payloads are left to the drawer, so that a hundred rows stay small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResultRow {
    /// The device.
    pub(crate) device_id: String,
    /// Where it is.
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
    /// Place of the first row in the view, from 0.
    pub(crate) offset: u64,
    /// The rows.
    pub(crate) rows: Vec<ResultRow>,
    /// Devices in the whole view.
    pub(crate) total: u64,
    /// The order that was used.
    pub(crate) order: String,
}

/// Rows `offset` to `offset + limit` of a view.
#[server(prefix = "/fn", endpoint = "results", protocol = Ask<GetUrl>)]
pub(crate) async fn job_results(
    job_id: String,
    view: ResultView,
    offset: u64,
    limit: u32,
) -> Result<ResultWindow, ApiError> {
    use console_wire::{job::ResultFilter, page::MAX_LIMIT};

    let console = super::ssr::console()?;
    let order = ssr::order(&console, &job_id, &view.order).await?;
    let filter = ResultFilter {
        offset: Some(offset).filter(|offset| *offset > 0),
        limit: Some(limit.clamp(1, MAX_LIMIT)),
        ..ssr::filter(&view, order)
    };
    let page = console.results(&job_id, &filter).await.map_err(super::ssr::refuse)?;
    let total = console.results_count(&job_id, &filter).await.map_err(super::ssr::refuse)?;
    let rows = page.items.iter().map(ssr::row).collect();
    Ok(ResultWindow { offset, rows, total, order: order.as_str().to_owned() })
}

/// A row of a view that tells of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Its place in the view, from 0.
    pub(crate) number: u64,
    /// The device.
    pub(crate) device_id: String,
}

/// The next failure of a view at this place or after it, from the top again after the last.
#[server(prefix = "/fn", endpoint = "next-failure", protocol = Ask<GetUrl>)]
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

/// One device's result, or why there is none: the page around it is fine and keeps its status.
#[server(prefix = "/fn", endpoint = "result", protocol = Ask<GetUrl>)]
pub(crate) async fn get_result(
    job_id: String,
    device_id: String,
) -> Result<Result<DeviceResult, ApiError>, ApiError> {
    let console = super::ssr::console()?;
    let device_id = super::devices::ssr::device_id(&device_id)?;
    Ok(console.result(&job_id, &device_id).await.map_err(super::ssr::told))
}

/// How the words of a view become the console's filter.
#[cfg(feature = "ssr")]
mod ssr {
    use console::Console;
    use console_wire::{
        cause::CauseKey,
        job::{ResultFilter, ResultOrder},
        outcome::{DeviceResult, Outcome},
    };

    use super::{ApiError, ResultRow, ResultView};
    use crate::present::outcome;

    /// The order that is asked for; else problems first once the job has ended, and before that the latest first.
    pub(super) async fn order(console: &Console, job_id: &str, word: &str) -> Result<ResultOrder, ApiError> {
        if let Some(order) = ResultOrder::from_wire(word) {
            return Ok(order);
        }
        let job = console.job(job_id).await.map_err(crate::api::ssr::refuse)?;
        Ok(if job.status.is_terminal() { ResultOrder::Problems } else { ResultOrder::Latest })
    }

    /// The filter of a view. Words that mean nothing filter nothing.
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

    pub(super) fn row(row: &DeviceResult) -> ResultRow {
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
