//! Jobs saved under a name, to start others from.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::job::NewJob;

/// Longest name of a template, in characters.
pub const MAX_NAME: usize = 64;
/// Most templates.
pub const MAX_TEMPLATES: usize = 500;

/// A job under a name: `GET`, `PUT`, `DELETE /api/v1/templates/{name}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Its name, 1 to 64 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
    /// The job, without id and start.
    pub job: NewJob,
    /// When it was last saved.
    pub updated: Timestamp,
}

/// `GET /api/v1/templates`: all of them, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Templates {
    /// The templates.
    pub items: Vec<Template>,
}
