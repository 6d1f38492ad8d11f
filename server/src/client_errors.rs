//! `POST /client-errors`: a page reports that its WASM module has panicked. The report becomes a line in the log;
//! otherwise no operator would learn of it.
//!
//! Anyone who can open a page can send reports, so their size and number are limited. Texts are written in quotes with
//! control characters escaped: no report can imitate another line of the log.

use std::{
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, http::StatusCode, routing::post};
use hub_embedded::{
    clock::{Clock, SystemClock},
    domain::log_limit::{Allowance, LogLimit},
};
use serde::Deserialize;

use crate::{extract::Body, state::AppState};

/// Largest report in bytes.
const MAX_BODY: usize = 16 * 1024;
/// Characters of a message that are logged.
const MAX_MESSAGE: usize = 2_000;
/// Characters of a page's path that are logged.
const MAX_PAGE: usize = 200;
/// Reports that are logged in a minute; more are counted.
const ALLOWANCE: Allowance = Allowance { window: Duration::from_mins(1), of_one: 10, of_all: 10, keys: 1 };

static LIMIT: LazyLock<Mutex<LogLimit<()>>> = LazyLock::new(|| Mutex::new(LogLimit::new(ALLOWANCE)));

/// The route.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/client-errors", post(report).layer(DefaultBodyLimit::max(MAX_BODY)))
}

/// A page's report.
#[derive(Debug, Deserialize)]
struct Report {
    /// The panic's message with its place in the source, or the browser's error with its stack.
    message: String,
    /// Path of the page.
    #[serde(default)]
    page: String,
}

async fn report(Body(report): Body<Report>) -> StatusCode {
    if let Some(left_out) = admit() {
        let (reported, page) = (beginning(&report.message, MAX_MESSAGE), beginning(&report.page, MAX_PAGE));
        tracing::error!(?page, ?reported, left_out, "a page has stopped working in a browser");
    }
    StatusCode::NO_CONTENT
}

fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// Whether a report is to be logged now; with the number of those left out before it.
fn admit() -> Option<u64> {
    let mut limit = LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
    let now = SystemClock.steady();
    let left_out = limit.ended(now).iter().map(|left_out| left_out.count).sum();
    limit.admit(&(), now).then_some(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(beginning("äöü", 2), "äö");
        assert_eq!(beginning("äöü", 3), "äöü");
    }
}
