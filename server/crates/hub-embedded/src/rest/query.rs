//! `POST /devices/query`, and the paging that it shares with the list of jobs.

use axum::extract::{FromRequestParts, Query, State};
use http::request::Parts;
use hub_query::parse_query;
use hub_wire::{
    error::ErrorCode,
    query::{CONTINUATION_HEADER, MAX_ITEM_COUNT_HEADER, MAX_QUERY_LENGTH, QueryRequest},
};
use serde::Deserialize;

use super::{
    Rest,
    answer::{self, Answer},
    error::Refusal,
    extract::{self, Authorized, Body, Counted, PathTarget, ServiceConnect, text_header},
};
use crate::{error::HubError, store::PageRequest};

/// Items in a page when the caller does not say.
const DEFAULT_PAGE: u32 = 100;
/// Most items in a page; more is cut, and the store cuts what may be large to 1,000. Documentation says 100 and, in an
/// older text, 1000.
const MAX_PAGE: u32 = 10_000;

/// The page asked for: headers, or the query parameters that the documentation names for jobs. Headers win.
#[derive(Debug)]
pub(super) struct Paging(pub(super) PageRequest);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PagingParameters {
    page_size: Option<String>,
    continuation_token: Option<String>,
}

impl FromRequestParts<Rest> for Paging {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Rest) -> Result<Self, Refusal> {
        let Query(parameters) = Query::<PagingParameters>::try_from_uri(&parts.uri)
            .map_err(|rejection| Refusal::argument(rejection.body_text()))?;
        let size =
            match text_header(&parts.headers, MAX_ITEM_COUNT_HEADER)?.or(parameters.page_size.as_deref()) {
                None => DEFAULT_PAGE,
                Some(text) => page_size(text)
                    .ok_or_else(|| Refusal::argument("the page size must be a positive number".to_owned()))?,
            };
        let continuation = text_header(&parts.headers, CONTINUATION_HEADER)?
            .map(str::to_owned)
            .or(parameters.continuation_token)
            .filter(|token| !token.is_empty());
        Ok(Self(PageRequest { size, continuation }))
    }
}

fn page_size(text: &str) -> Option<u32> {
    let size = text.trim().parse::<u64>().ok().filter(|size| *size > 0)?;
    Some(u32::try_from(size).unwrap_or(MAX_PAGE).min(MAX_PAGE))
}

/// `query` stands where a device's id stands, and a device may be called so: only POST is about queries.
pub(super) async fn run(
    _: Authorized<ServiceConnect>,
    _: Counted<extract::Query>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    Paging(page): Paging,
    Body(request): Body<QueryRequest>,
) -> Answer {
    if target.device_id.as_str() != "query" {
        return Err(Refusal::new(ErrorCode::GenericMethodNotAllowed, "a device takes no POST"));
    }
    if request.query.chars().count() > MAX_QUERY_LENGTH {
        return Err(Refusal::argument(format!(
            "BadRequest: the query has more than {MAX_QUERY_LENGTH} characters"
        )));
    }
    let query = parse_query(&request.query).map_err(HubError::from)?;
    answer::page(rest.store.query(&query, &page).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes() {
        for (text, size) in [
            ("1", Some(1)),
            (" 100 ", Some(100)),
            ("1000000000000", Some(10_000)),
            ("0", None),
            ("-1", None),
            ("many", None),
        ] {
            assert_eq!(page_size(text), size, "{text}");
        }
    }
}
