//! Files that are streamed while they are read.

use axum::{
    body::Body as HttpBody,
    http::{HeaderValue, header},
    response::Response,
};
use console::ConsoleError;
use tokio_stream::{Stream, StreamExt};

use crate::problem::Refusal;

/// A download of this name. Waits for the first rows, so that a search that is refused is a problem response and
/// not a truncated file.
pub(super) async fn file(
    name: &str,
    ending: &str,
    content_type: &'static str,
    rows: impl Stream<Item = Result<String, ConsoleError>> + Send + 'static,
) -> Result<Response, Refusal> {
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let mut rows = Box::pin(rows);
    let first = rows.next().await.transpose()?;
    let rows = tokio_stream::iter(first.map(Ok)).chain(rows);
    let mut response = Response::new(HttpBody::from_stream(rows));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
