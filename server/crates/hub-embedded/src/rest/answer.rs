//! What handlers answer with: JSON, JSON with an etag, a page.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use hub_wire::query::{CONTINUATION_HEADER, ITEM_TYPE_HEADER};
use serde::Serialize;

use super::error::Refusal;
use crate::store::Page;

/// A handler's answer.
pub(super) type Answer<T = Response> = Result<T, Refusal>;

/// Node reads a body only when the content type says JSON; the hub writes the charset too.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An object with its etag in the `ETag` header, quoted: C# believes the header rather than the body.
pub(super) fn with_etag(etag: &str, object: &impl Serialize) -> Response {
    let mut response = Json(object).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{etag}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A page: a bare array, what its items are, and its continuation. The last page has no continuation header at all:
/// Node takes an empty one for "there is more" and never ends.
pub(super) fn page(page: Page) -> Answer {
    let mut response = ([(header::CONTENT_TYPE, JSON)], page.items.into_text()).into_response();
    let headers = response.headers_mut();
    headers
        .insert(HeaderName::from_static(ITEM_TYPE_HEADER), HeaderValue::from_static(page.item_type.as_str()));
    if let Some(token) = &page.continuation {
        let value = HeaderValue::from_str(token)
            .map_err(|error| crate::error::HubError::damaged("continuation token", error))?;
        headers.insert(HeaderName::from_static(CONTINUATION_HEADER), value);
    }
    Ok(response)
}
