//! From the tree to SQLite SQL.
//!
//! The result is pieces, not a statement: the store adds its table, its page key (`AND device_id > ?`), order and
//! limit. Whatever comes from the query's author is a bound value, paths into JSON included; SQL text is ours alone.
//!
//! How the hub's values appear in SQL:
//!
//! | in the query | in SQL |
//! |---|---|
//! | undefined | NULL |
//! | a condition | 1, 0 or NULL, so that AND, OR and NOT come out right by themselves |
//! | a number, a string | itself |
//! | true, false, null, where types are not known before | blobs (`operand`), which equal no number and no string |
//!
//! Two lowerings of a condition exist: `value` gives all three outcomes, `passes` only whether it is exactly true
//! (or exactly false), which is enough for WHERE and can be much shorter: `tags.site = 'a'` becomes
//! `json_extract(tags, ?) = ?`. A comparison of a plain column with a constant stays bare, so that an index serves.

mod call;
mod compare;
mod condition;
mod fragment;
mod operand;
mod projection;
mod wire;

pub use fragment::{SqlFragment, SqlValue};

use super::ast::{Query, Select, Source};
use super::columns::Columns;

/// The pieces of a statement. Fragments bind their values with `?` in the order of `values`; a statement binds them in
/// the order in which it holds the fragments.
#[derive(Debug, Clone, PartialEq)]
pub struct LoweredQuery {
    /// The queried collection.
    pub source: Source,
    /// What each row shows.
    pub select: LoweredSelect,
    /// The WHERE clause; safe to combine with AND as it is.
    pub condition: Option<SqlFragment>,
    /// The GROUP BY terms in order; also usable as ORDER BY, for a stable order of groups.
    pub group_by: Vec<SqlFragment>,
    /// Whether rows are groups rather than documents: page them by offset, not by key.
    pub is_grouped: bool,
    /// Most rows over all pages.
    pub top: Option<u64>,
}

/// What each row of the answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum LoweredSelect {
    /// The whole document, as the source shows it.
    Document,
    /// An object with these members.
    Columns(Vec<OutputColumn>),
}

/// One member of the answer's objects.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputColumn {
    /// Its key.
    pub name: String,
    /// Gives its value as JSON text, or NULL if it is undefined and the key is to be left out.
    pub sql: SqlFragment,
}

/// Lowers a checked query onto the tables that `columns` describes, which must be those of the query's source.
pub fn lower(query: &Query, columns: &Columns) -> LoweredQuery {
    let lowering = Lowering { columns };
    let select = match &query.select {
        Select::Document => LoweredSelect::Document,
        Select::Items(items) => LoweredSelect::Columns(lowering.output(items)),
    };
    LoweredQuery {
        source: query.source,
        select,
        condition: query.condition.as_ref().map(|condition| lowering.passes(condition, true)),
        group_by: query.group_by.iter().map(|path| lowering.group_key(path)).collect(),
        is_grouped: query.is_grouped(),
        top: query.top,
    }
}

/// What the parts of the lowering share.
#[derive(Debug, Clone, Copy)]
struct Lowering<'a> {
    columns: &'a Columns,
}
