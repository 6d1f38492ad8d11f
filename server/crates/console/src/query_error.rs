//! A condition that the hub refused, explained. The hub alone decides whether a condition is valid. It only answers yes
//! or no, so line and column come from parsing the text here.

use console_wire::problem::FieldError;
use hub_client::{ErrorKind, HubError};
use hub_query::NarrowError;

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

/// Refuses a condition that selects nothing because no device has the attribute: the hub does not report that.
///
/// # Errors
/// The attribute, with its place.
pub(crate) fn refuse_unknown_attribute(field: &str, condition: &str) -> Result<(), FieldError> {
    match hub_query::unknown_attribute(condition) {
        Some(fault) => Err(FieldError::new(field, fault.message).at(fault.line, fault.column)),
        None => Ok(()),
    }
}

/// Why a condition cannot be limited to an operator's scope.
pub(crate) fn narrow_fault(field: &str, error: &NarrowError) -> FieldError {
    match error {
        NarrowError::Condition(fault) => {
            FieldError::new(field, fault.message.clone()).at(fault.line, fault.column)
        }
        NarrowError::Scope(fault) => FieldError::new(
            field,
            format!(
                "cannot be limited to your scope, which an administrator has to correct: {}",
                fault.message
            ),
        ),
        NarrowError::Modules => FieldError::new(
            field,
            "selects modules, but your scope is about devices; use a condition on devices",
        ),
        NarrowError::TooLarge => FieldError::new(
            field,
            "is longer or nested deeper than a condition may be together with your scope; make it simpler",
        ),
    }
}

/// What is wrong with a condition that the hub refused.
fn explain_query_error(field: &str, condition: &str, error: &HubError) -> FieldError {
    if let Err(fault) = hub_query::parse_condition(condition) {
        return FieldError::new(field, fault.message).at(fault.line, fault.column);
    }
    // The hub refuses what our parser takes: its message is better than ours.
    let message = error.answer.as_ref().map(|answer| answer.message.trim()).unwrap_or_default();
    // The real hub answers `BadRequest` and no more.
    if message.is_empty() || message == "BadRequest" {
        return FieldError::new(field, "is not a condition that the hub understands");
    }
    FieldError::new(field, message)
}
