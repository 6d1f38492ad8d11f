//! A condition that the hub refused, explained. Whether a condition is good is the hub's word alone: it only says yes or
//! no, so the place comes from reading the text here.

use console_wire::problem::FieldError;
use hub_client::{ErrorKind, HubError};

use crate::ConsoleError;

/// A failed query as an error of the field that holds the condition, if the condition is at fault.
pub(crate) fn query_error(field: &str, condition: &str, error: HubError) -> ConsoleError {
    let is_bad_query =
        error.kind == ErrorKind::Refused && error.answer.as_ref().is_some_and(|answer| answer.status == 400);
    if !is_bad_query {
        return ConsoleError::Hub(error);
    }
    explain_query_error(field, condition, &error).into()
}

/// What is wrong with a condition that the hub refused.
fn explain_query_error(field: &str, condition: &str, error: &HubError) -> FieldError {
    if let Err(fault) = hub_query::parse_condition(condition) {
        return FieldError::new(field, fault.message).at(fault.line, fault.column);
    }
    // The hub knows better than our reading of its language.
    let said = error.answer.as_ref().map(|answer| answer.message.trim()).unwrap_or_default();
    // The real hub says `BadRequest` and no more.
    if said.is_empty() || said == "BadRequest" {
        return FieldError::new(field, "is not a condition that the hub understands");
    }
    FieldError::new(field, said)
}
