//! Queries (`POST /devices/query`) and the paging headers that queries and the job list share.

use serde::{Deserialize, Serialize};

/// Header, both ways: opaque token of the next page. Absent on the last page; an empty one makes clients loop.
pub const CONTINUATION_HEADER: &str = "x-ms-continuation";
/// Request header: most items in a page.
pub const MAX_ITEM_COUNT_HEADER: &str = "x-ms-max-item-count";
/// Answer header: what the items are; C#'s client throws without it.
pub const ITEM_TYPE_HEADER: &str = "x-ms-item-type";
/// Longest query text, in characters.
pub const MAX_QUERY_LENGTH: usize = 8192;

/// The body of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryRequest {
    /// The text, SELECT and all.
    pub query: String,
}

/// What a page's items are, written as [`ITEM_TYPE_HEADER`] wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemType {
    /// Whole twins.
    Twin,
    /// Projections and aggregates.
    Raw,
    /// Rows of `devices.jobs`.
    DeviceJob,
    /// Jobs.
    JobResponse,
}

impl ItemType {
    /// The header's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twin => "Twin",
            Self::Raw => "Raw",
            Self::DeviceJob => "DeviceJob",
            Self::JobResponse => "JobResponse",
        }
    }
}
