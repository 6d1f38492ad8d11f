//! The IoT Hub query language: text in, a tree with places, SQLite SQL with bound values out.
//!
//! One query's way: [`parse_query`] reads a whole `SELECT …` (`POST /devices/query`), [`parse_condition`] the text after
//! WHERE that a job carries as `queryCondition`. Both give the same [`ast::Query`], already checked: functions exist
//! and have the right number of arguments, aggregates and GROUP BY fit together. [`sql::lower`] then turns it into the
//! pieces of a statement over the tables that a [`columns::Columns`] describes; the store puts them together. Nothing
//! here does I/O or reads a clock, and no text of the user ever becomes SQL text.
//!
//! The language is that of `iot-hub-devguide-query-language`; where that page is silent (types that differ, what
//! `undefined` does) the rules are those of the dialect below it:
//!
//! - a missing attribute is `undefined`, and so is whatever is computed from it, IS_DEFINED and its kin apart;
//! - a comparison works on primitives: with an object, an array or `undefined` it is `undefined`; values of different
//!   types are not equal and have no order;
//! - AND, OR and NOT are three-valued, and a document passes WHERE only if the value is exactly `true`;
//! - `true` is not `1`, and `null` is a value.
//!
//! In reading order: [`ast`] and its printer, `lexer`, `parser`, `check`, [`columns`], [`sql`].

pub mod ast;
mod check;
pub mod columns;
mod error;
mod function;
mod lexer;
mod parser;
mod print;
pub mod sql;

pub use error::QueryError;
pub use function::Function;

use self::ast::Query;

/// Reads a whole query, as `POST /devices/query` takes it.
///
/// # Errors
/// [`QueryError`] with the line and column of the first thing that is wrong.
pub fn parse_query(text: &str) -> Result<Query, QueryError> {
    let query = parser::query(text)?;
    check::query(text, &query)?;
    Ok(query)
}

/// Reads a job's `queryCondition`: the text after WHERE, `*` for all devices, or `FROM devices.modules [WHERE …]`.
///
/// Lines and columns in the error are those of this text. Source of the forms: `iot-hub-devguide-jobs`; that a whole
/// SELECT is refused is what the hub was seen to do.
///
/// # Errors
/// [`QueryError`] with the line and column of the first thing that is wrong.
pub fn parse_condition(text: &str) -> Result<Query, QueryError> {
    let query = parser::condition(text)?;
    check::query(text, &query)?;
    Ok(query)
}
