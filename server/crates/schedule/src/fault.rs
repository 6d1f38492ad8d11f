//! What is wrong with a schedule, for the person who writes it.

use serde::{Deserialize, Serialize};

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{field}: {what}; {what_to_do}")]
pub struct Fault {
    /// Path of the member, such as `rule.times[2]`.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub what_to_do: String,
    /// Where in the field's text, in characters from 1; absent when it is the whole field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Fault {
    /// A fault of a whole field.
    pub fn new(field: impl Into<String>, what: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self { field: field.into(), what: what.into(), what_to_do: what_to_do.into(), column: None }
    }

    /// A fault at a place in the field's text, in characters from 1.
    #[must_use]
    pub fn at(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }
}
