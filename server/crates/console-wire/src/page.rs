//! Pages of a list.

use serde::{Deserialize, Serialize};

/// Items when the caller does not say how many.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most items in one page.
pub const MAX_LIMIT: u32 = 500;

/// One page, keyset-paged: rows that come or go elsewhere neither repeat nor hide the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Opaque; `null` on the last page.
    pub next_cursor: Option<String>,
}
