//! Refusals: RFC 9457 problem details, with the request's id and the fields at fault.

use serde::{Deserialize, Serialize};

/// Media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was refused: RFC 9457 problem details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A code for programs, such as `invalid-input`, `not-found`, `hub-unreachable`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, the same for every problem of this type.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This case, for a person.
    pub detail: String,
    /// To find it in the log.
    #[serde(default)]
    pub request_id: String,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// Which fields are at fault; empty when it is none in particular.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Path of the member, such as `cloudToDeviceMethod.methodName`.
    pub field: String,
    /// What is wrong and what is expected.
    pub message: String,
    /// Line in the field's text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in the field's text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl FieldError {
    /// A fault of a whole field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), line: None, column: None }
    }

    /// A fault at a place in the field's text.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }
}
