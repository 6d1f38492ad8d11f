//! What every statement of the store returns.

use crate::StoreError;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// The error of a statement.
pub(super) fn sql(attempt: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Sql { attempt, source }
}
