//! API tokens. A token is found by the hash of its text; the text itself is nowhere here.

use console_wire::access::{Person, Role};
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use crate::{
    StoreError,
    store::{Result, Store, columns::count, columns::stored, sql},
};

/// A token and its owner, as `Row` reads them.
const SELECT: &str = "SELECT token_id, api_tokens.name AS token_name, prefix, api_tokens.role AS token_role, \
    api_tokens.created_time, ends, last_used, users.user_id, user_name, users.name AS owner_name, \
    users.role AS owner_role, users.scope AS owner_scope, is_active \
    FROM api_tokens JOIN users ON users.user_id = api_tokens.user_id";

/// A token to add.
#[derive(Debug)]
pub(crate) struct NewTokenRow<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) user_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) prefix: &'a str,
    pub(crate) role: Role,
    pub(crate) now: Timestamp,
    pub(crate) ends: Timestamp,
    /// Most tokens of an account.
    pub(crate) max: u64,
}

/// A token and its owner, as they are now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TokenRow {
    pub(crate) token_id: u64,
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// The role that was chosen for it.
    pub(crate) role: Role,
    pub(crate) created: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) owner: Person,
    pub(crate) is_owner_active: bool,
}

impl Store {
    /// Adds a token; `None` when its owner has too many.
    pub(crate) async fn insert_token(&self, token: NewTokenRow<'_>) -> Result<Option<u64>> {
        let attempt = "add an API token";
        let mut transaction = self.begin(attempt).await?;
        let token_id = insert(&mut transaction, token).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(token_id)
    }

    /// The token with this hash. The index compares the hash of what was sent, of which a client cannot choose the bytes, so the
    /// time of the comparison reveals nothing of a token.
    pub(crate) async fn token(&self, token_hash: &[u8]) -> Result<Option<TokenRow>> {
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE token_hash = $1")))
            .bind(token_hash)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read an API token"))?;
        row.map(Row::token).transpose()
    }

    /// A token, by its number.
    pub(crate) async fn token_by_id(&self, token_id: u64) -> Result<Option<TokenRow>> {
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE token_id = $1")))
            .bind(stored(token_id))
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read an API token"))?;
        row.map(Row::token).transpose()
    }

    /// The tokens of an account, or all; the newest first.
    pub(crate) async fn tokens(&self, user_id: Option<&str>) -> Result<Vec<TokenRow>> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE $1 IS NULL OR users.user_id = $1 ORDER BY token_id DESC"
        )))
        .bind(user_id)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list API tokens"))?;
        rows.into_iter().map(Row::token).collect()
    }

    /// Notes that a token was used.
    pub(crate) async fn touch_token(&self, token_id: u64, now: Timestamp) -> Result<()> {
        let attempt = "note the use of an API token";
        let mut transaction = self.begin(attempt).await?;
        for text in [
            "UPDATE api_tokens SET last_used = $2 WHERE token_id = $1 AND coalesce(last_used, 0) < $2",
            "UPDATE users SET last_seen = $2 WHERE user_id = (SELECT user_id FROM api_tokens WHERE token_id = $1)",
        ] {
            sqlx::query(text)
                .bind(stored(token_id))
                .bind(now.ticks())
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Deletes a token. False when there is none.
    pub(crate) async fn delete_token(&self, token_id: u64) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM api_tokens WHERE token_id = $1")
            .bind(stored(token_id))
            .execute(&self.writer)
            .await
            .map_err(sql("revoke an API token"))?;
        Ok(deleted.rows_affected() == 1)
    }

    /// Forgets tokens that ended before one time, or were last used before another.
    pub(crate) async fn forget_tokens(&self, ended_before: Timestamp, used_before: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM api_tokens WHERE ends <= $1 OR coalesce(last_used, created_time) <= $2")
            .bind(ended_before.ticks())
            .bind(used_before.ticks())
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("forget API tokens that have ended"))
    }
}

/// Adds a token inside a transaction; `None` when its owner has too many.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    token: NewTokenRow<'_>,
) -> Result<Option<u64>> {
    let attempt = "add an API token";
    let existing: i64 = sqlx::query_scalar("SELECT count(*) FROM api_tokens WHERE user_id = $1")
        .bind(token.user_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    if count(existing) >= token.max {
        return Ok(None);
    }
    let token_id: i64 = sqlx::query_scalar(
        "INSERT INTO api_tokens (token_hash, user_id, name, prefix, role, created_time, ends) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING token_id",
    )
    .bind(token.token_hash)
    .bind(token.user_id)
    .bind(token.name)
    .bind(token.prefix)
    .bind(token.role.as_str())
    .bind(token.now.ticks())
    .bind(token.ends.ticks())
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    Ok(Some(count(token_id)))
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    token_id: i64,
    token_name: String,
    prefix: String,
    token_role: String,
    created_time: i64,
    ends: i64,
    last_used: Option<i64>,
    user_id: String,
    user_name: String,
    owner_name: String,
    owner_role: String,
    owner_scope: Option<String>,
    is_active: bool,
}

impl Row {
    fn token(self) -> Result<TokenRow> {
        let role = |word: &str| Role::from_wire(word).ok_or(StoreError::Damaged { column: "role" });
        Ok(TokenRow {
            token_id: count(self.token_id),
            name: self.token_name,
            prefix: self.prefix,
            role: role(&self.token_role)?,
            created: Timestamp::from_ticks(self.created_time),
            ends: Timestamp::from_ticks(self.ends),
            last_used: self.last_used.map(Timestamp::from_ticks),
            owner: Person {
                user_id: self.user_id,
                user_name: self.user_name,
                name: self.owner_name,
                role: role(&self.owner_role)?,
                scope: self.owner_scope,
            },
            is_owner_active: self.is_active,
        })
    }
}
