//! Answers queries, a page at a time.
//!
//! Documents are in the order of their ids, so a page begins where the last one ended, whatever was written in between.
//! Groups have no key and are paged by offset. A token is valid only for the query it came with.

mod device_jobs;
mod token;

use hub_query::{
    ast::{Query, Source},
    columns::Columns,
    sql::{LoweredQuery, LoweredSelect, OutputColumn, SqlFragment, SqlValue, lower},
};
use hub_wire::query::ItemType;
use sqlx::{AssertSqlSafe, Row, SqlitePool, sqlite::SqliteRow};

pub(super) use self::token::Token;
use super::{
    Page, PageRequest, Store,
    page::JsonArray,
    rows,
    search::{self, Searchers},
};
use crate::{domain::RequestError, error::HubError};

/// Most items on a page.
const MAX_PAGE: u32 = 1000;
/// Most items on a page when they are known to be small.
const MAX_SMALL_PAGE: u64 = 10_000;

/// The number of items on a page.
pub(super) fn page_size(requested: u32) -> u32 {
    requested.clamp(1, MAX_PAGE)
}

/// The rows of a page, and whether there are more.
struct Rows {
    rows: Vec<SqliteRow>,
    has_more: bool,
}

pub(super) async fn page(store: &Store, query: &Query, page: &PageRequest) -> Result<Page, HubError> {
    let lowered = lower(query, Columns::of(query.source));
    let identity = query.to_string();
    let token = Token::read(page.continuation.as_deref(), &identity)?;
    let left = lowered.top.map_or(u64::MAX, |top| top.saturating_sub(token.served));
    let limit = u64::from(page_size(page.size)).min(left);

    let page_items = if lowered.is_grouped {
        let rows = grouped(&store.searchers, &lowered, token.served, limit).await?;
        PageItems::from_rows(&lowered, &rows, Next::Offset, ItemType::Raw)?
    } else {
        match lowered.source {
            Source::Devices => documents(&store.searchers, &lowered, &DEVICES, &token, limit).await?,
            Source::Modules => documents(&store.searchers, &lowered, &MODULES, &token, limit).await?,
            Source::DeviceJobs => {
                let requested = u64::from(page.size).clamp(1, MAX_SMALL_PAGE).min(left);
                device_jobs::rows(store, query, &lowered, &token, (limit, requested)).await?
            }
        }
    };
    let served = token.served + u64::try_from(page_items.items.len()).unwrap_or(u64::MAX);
    let next = page_items.next.filter(|_| lowered.top.is_none_or(|top| served < top));
    let continuation = next.map(|key| Token { served, key }.write(&identity));
    Ok(Page { items: page_items.items, item_type: page_items.item_type, continuation })
}

/// A page's items, and the key of the next page if there is one.
struct PageItems {
    items: JsonArray,
    next: Option<Vec<SqlValue>>,
    item_type: ItemType,
}

impl PageItems {
    fn from_rows(
        lowered: &LoweredQuery,
        rows: &Rows,
        next: Next,
        item_type: ItemType,
    ) -> Result<Self, HubError> {
        let mut items = JsonArray::default();
        for row in &rows.rows {
            items.push(&item(lowered, row)?);
        }
        Ok(Self { items, next: next.after(rows)?, item_type })
    }
}

/// Which columns of a row are the next page's key.
#[derive(Clone, Copy)]
enum Next {
    /// None: the page is found by the number of rows served.
    Offset,
    /// These columns, by index.
    Columns(&'static [usize]),
}

impl Next {
    /// The key of the next page; none when there are no more rows.
    fn after(self, rows: &Rows) -> Result<Option<Vec<SqlValue>>, HubError> {
        rows.rows.last().filter(|_| rows.has_more).map(|last| self.key(last)).transpose()
    }

    fn key(self, row: &SqliteRow) -> Result<Vec<SqlValue>, HubError> {
        let Self::Columns(indices) = self else { return Ok(Vec::new()) };
        indices
            .iter()
            .map(|&index| {
                Ok(match row.try_get::<i64, _>(index) {
                    Ok(number) => SqlValue::Int(number),
                    Err(_) => SqlValue::Text(row.try_get(index)?),
                })
            })
            .collect()
    }
}

fn item(lowered: &LoweredQuery, row: &SqliteRow) -> Result<String, sqlx::Error> {
    match &lowered.select {
        LoweredSelect::Columns(columns) => {
            object(columns, row, if lowered.is_grouped { 0 } else { row.len() - columns.len() })
        }
        LoweredSelect::Document => rows::twin_json(row),
    }
}

/// An object of the columns that are defined.
fn object(columns: &[OutputColumn], row: &SqliteRow, first: usize) -> Result<String, sqlx::Error> {
    let mut json = String::from("{");
    for (index, column) in columns.iter().enumerate() {
        if let Some(value) = row.try_get::<Option<&str>, _>(first + index)? {
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&rows::quoted(&column.name));
            json.push(':');
            json.push_str(value);
        }
    }
    json.push('}');
    Ok(json)
}

/// The connections that a statement uses.
#[derive(Clone, Copy)]
enum ReadFrom<'a> {
    /// Those for reads: the statement reads only the rows of its page.
    Readers(&'a SqlitePool),
    /// Those for searches: the number of rows read depends on the condition.
    Searchers(&'a Searchers),
}

/// A statement under construction: text and bound values.
#[derive(Default)]
struct Statement(SqlFragment);

impl Statement {
    fn text(&mut self, sql: &str) -> &mut Self {
        self.0.sql.push_str(sql);
        self
    }

    fn push(&mut self, fragment: &SqlFragment) -> &mut Self {
        self.0.push(fragment.clone());
        self
    }

    fn value(&mut self, value: SqlValue) -> &mut Self {
        self.0.push(SqlFragment::bound(value));
        self
    }

    fn list(&mut self, fragments: &[SqlFragment]) -> &mut Self {
        for (index, fragment) in fragments.iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " }).push(fragment);
        }
        self
    }

    fn outputs(&mut self, columns: &[OutputColumn]) -> &mut Self {
        for (index, column) in columns.iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " }).push(&column.sql);
        }
        self
    }

    /// Reads one row more than `limit`, to know whether there is a next page.
    async fn fetch(&mut self, source: ReadFrom<'_>, limit: u64) -> Result<Rows, HubError> {
        let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let query = bind(sqlx::query(AssertSqlSafe(self.0.sql.as_str())), &self.0.values).bind(one_more);
        // Every query is a different statement, so caching prepared ones does not pay.
        let query = query.persistent(false);
        let mut rows = match source {
            ReadFrom::Readers(readers) => query.fetch_all(readers).await?,
            ReadFrom::Searchers(searchers) => {
                let mut search = searchers.begin().await?;
                query.fetch_all(search.connection()).await.map_err(search::failed)?
            }
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Rows { rows, has_more })
    }
}

/// Binds values in their order.
pub(super) fn bind<'q>(
    mut query: sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    values: &[SqlValue],
) -> sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    for value in values {
        query = match value {
            SqlValue::Null => query.bind(None::<i64>),
            SqlValue::Int(value) => query.bind(*value),
            SqlValue::Real(value) => query.bind(*value),
            SqlValue::Text(value) => query.bind(value.clone()),
        };
    }
    query
}

/// How the twins of a table are read and paged.
struct Documents {
    table: &'static str,
    columns: &'static str,
    /// Selected before a projection's columns, so that the key has the same indices as in a document.
    key: &'static str,
    after: &'static str,
    order: &'static str,
    next: Next,
}

const DEVICES: Documents = Documents {
    table: "devices",
    columns: rows::DEVICE_TWIN,
    key: "id, device_id",
    after: "device_id > ",
    order: "device_id",
    next: Next::Columns(&[1]),
};

const MODULES: Documents = Documents {
    table: "modules",
    columns: rows::MODULE_TWIN,
    key: "id, device_id, module_id",
    after: "(device_id, module_id) > ",
    order: "device_id, module_id",
    next: Next::Columns(&[1, 2]),
};

async fn documents(
    searchers: &Searchers,
    lowered: &LoweredQuery,
    kind: &Documents,
    token: &Token,
    limit: u64,
) -> Result<PageItems, HubError> {
    let mut statement = Statement::default();
    statement.text("SELECT ");
    let item_type = match &lowered.select {
        LoweredSelect::Document => {
            statement.text(kind.columns);
            ItemType::Twin
        }
        LoweredSelect::Columns(columns) => {
            statement.text(kind.key).text(", ").outputs(columns);
            ItemType::Raw
        }
    };
    statement.text(" FROM ").text(kind.table).text(" WHERE 1");
    if let Some(condition) = &lowered.condition {
        statement.text(" AND ").push(condition);
    }
    if !token.key.is_empty() {
        statement.text(" AND ").text(kind.after).text("(");
        for (index, value) in token.key.iter().enumerate() {
            statement.text(if index == 0 { "" } else { ", " }).value(value.clone());
        }
        statement.text(")");
    }
    statement.text(" ORDER BY ").text(kind.order).text(" LIMIT ?");
    let rows = statement.fetch(ReadFrom::Searchers(searchers), limit).await?;
    PageItems::from_rows(lowered, &rows, kind.next, item_type)
}

async fn grouped(
    searchers: &Searchers,
    lowered: &LoweredQuery,
    offset: u64,
    limit: u64,
) -> Result<Rows, HubError> {
    let LoweredSelect::Columns(columns) = &lowered.select else {
        let text = "BadRequest: a grouped query needs a select list";
        return Err(RequestError::BadRequest(text.into()).into());
    };
    let mut statement = Statement::default();
    statement.text("SELECT ").outputs(columns).text(" FROM ").text(Columns::of(lowered.source).table);
    if let Some(condition) = &lowered.condition {
        statement.text(" WHERE ").push(condition);
    }
    if !lowered.group_by.is_empty() {
        statement.text(" GROUP BY ").list(&lowered.group_by);
        statement.text(" ORDER BY ").list(&lowered.group_by);
    }
    // OFFSET before LIMIT is not SQL, so the offset is written out: it is our own number.
    statement.text(" LIMIT ?");
    statement.text(&format!(" OFFSET {offset}"));
    statement.fetch(ReadFrom::Searchers(searchers), limit).await
}
