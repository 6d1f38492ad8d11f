//! `POST /devices/query`, and the paging that it shares with the list of jobs.

use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use hub_query::parse_query;
use hub_wire::{
    error::ErrorCode,
    query::{CONTINUATION_HEADER, MAX_ITEM_COUNT_HEADER, MAX_QUERY_LENGTH, QueryRequest},
};

use super::{
    Rest,
    answer::{self, Answer},
    error::Refusal,
    extract::{self, Authorized, Body, Parameters, PathTarget, ServiceConnect, Throttled, text_header},
};
use crate::{error::HubError, store::PageRequest};

/// Items in a page when the caller does not say.
const DEFAULT_PAGE: u32 = 100;
/// Most items in a page; more is cut, and the store cuts what may be large to 1,000. Documentation says 100 and, in an
/// older text, 1000.
const MAX_PAGE: u32 = 10_000;

/// The requested page: headers, or the query parameters that are documented for jobs. Headers take precedence.
#[derive(Debug)]
pub(super) struct Paging(pub(super) PageRequest);

impl FromRequestParts<Rest> for Paging {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Rest) -> Result<Self, Refusal> {
        let parameters = Parameters::of(&parts.uri)?;
        let header = |name| text_header(&parts.headers, name);
        let size = match header(MAX_ITEM_COUNT_HEADER)?.or(parameters.text("pageSize")) {
            None => DEFAULT_PAGE,
            Some(text) => page_size(text)
                .ok_or_else(|| Refusal::argument("the page size must be a positive number".to_owned()))?,
        };
        let continuation = header(CONTINUATION_HEADER)?
            .or(parameters.text("continuationToken"))
            .filter(|token| !token.is_empty())
            .map(str::to_owned);
        Ok(Self(PageRequest { size, continuation }))
    }
}

fn page_size(text: &str) -> Option<u32> {
    let size = text.trim().parse::<u64>().ok().filter(|size| *size > 0)?;
    Some(u32::try_from(size).unwrap_or(MAX_PAGE).min(MAX_PAGE))
}

/// `query` is at the place of a device id, and a device may have that id: only POST is a query.
pub(super) async fn run(
    _: Authorized<ServiceConnect>,
    _: Throttled<extract::Query>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    Paging(page): Paging,
    Body(request): Body<QueryRequest>,
) -> Answer {
    if !target.device_id.as_str().eq_ignore_ascii_case("query") {
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
