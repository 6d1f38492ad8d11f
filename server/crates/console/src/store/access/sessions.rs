//! Sessions. A session is found by the hash of its token; the token itself is nowhere here.

use std::collections::HashMap;

use console_wire::access::{Person, Role, SessionInfo};
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use crate::{
    StoreError,
    store::{Result, Store, columns::count, sql},
};

/// A session that begins.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) user_id: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) now: Timestamp,
    /// The session that the same browser had before, which ends.
    pub(crate) replaces: Option<u64>,
}

/// A session and its person, as they are now.
#[derive(Debug)]
pub(crate) struct SessionRow {
    pub(crate) session_id: u64,
    pub(crate) person: Person,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Timestamp,
}

impl Store {
    /// Begins a session; returns its number.
    pub(crate) async fn insert_session(&self, session: NewSession<'_>) -> Result<u64> {
        let attempt = "begin a session";
        let mut transaction = self.begin(attempt).await?;
        let session_id = insert(&mut transaction, session).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(session_id)
    }

    /// The session with this token, of a person whose account is active.
    pub(crate) async fn session(&self, token_hash: &[u8]) -> Result<Option<SessionRow>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT session_id, users.user_id, user_name, name, role, scope, sessions.created_time, last_used \
             FROM sessions JOIN users ON users.user_id = sessions.user_id \
             WHERE token_hash = $1 AND is_active = 1",
        )
        .bind(token_hash)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read a session"))?;
        row.map(Row::session).transpose()
    }

    /// When a session began and was last used; `None` when it was ended.
    pub(crate) async fn session_times(&self, session_id: u64) -> Result<Option<(Timestamp, Timestamp)>> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT created_time, last_used FROM sessions WHERE session_id = $1")
                .bind(number(session_id))
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a session"))?;
        Ok(row.map(|(created, used)| (Timestamp::from_ticks(created), Timestamp::from_ticks(used))))
    }

    /// Notes that a session was used.
    pub(crate) async fn touch_session(&self, session_id: u64, now: Timestamp) -> Result<()> {
        let attempt = "note the use of a session";
        let mut transaction = self.begin(attempt).await?;
        for text in [
            "UPDATE sessions SET last_used = $2 WHERE session_id = $1 AND last_used < $2",
            "UPDATE users SET last_seen = $2 WHERE user_id = (SELECT user_id FROM sessions WHERE session_id = $1)",
        ] {
            sqlx::query(text)
                .bind(number(session_id))
                .bind(now.ticks())
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Whose session this is.
    pub(crate) async fn session_owner(&self, session_id: u64) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT user_id FROM sessions WHERE session_id = $1")
            .bind(number(session_id))
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a session"))
    }

    /// Ends a session. False when it has ended before.
    pub(crate) async fn end_session(&self, session_id: u64) -> Result<bool> {
        let ended = sqlx::query("DELETE FROM sessions WHERE session_id = $1")
            .bind(number(session_id))
            .execute(&self.writer)
            .await
            .map_err(sql("end a session"))?;
        Ok(ended.rows_affected() == 1)
    }

    /// Forgets sessions that were begun before one time, or last used before another.
    pub(crate) async fn forget_sessions(
        &self,
        begun_before: Timestamp,
        used_before: Timestamp,
    ) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE created_time <= $1 OR last_used <= $2")
            .bind(begun_before.ticks())
            .bind(used_before.ticks())
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("forget sessions that have ended"))
    }

    /// The sessions of a person, or all, by person; the newest first.
    pub(crate) async fn sessions_by_user(
        &self,
        user_id: Option<&str>,
    ) -> Result<HashMap<String, Vec<SessionInfo>>> {
        let rows: Vec<InfoRow> = sqlx::query_as(
            "SELECT session_id, user_id, created_time, last_used, address, user_agent \
             FROM sessions WHERE $1 IS NULL OR user_id = $1 ORDER BY session_id DESC",
        )
        .bind(user_id)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list sessions"))?;
        let mut sessions: HashMap<String, Vec<SessionInfo>> = HashMap::new();
        for row in rows {
            sessions.entry(row.user_id).or_default().push(SessionInfo {
                session_id: count(row.session_id),
                created_time: Timestamp::from_ticks(row.created_time),
                last_used: Timestamp::from_ticks(row.last_used),
                address: row.address,
                user_agent: row.user_agent,
                is_current: false,
            });
        }
        Ok(sessions)
    }
}

/// Begins a session inside a transaction.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    session: NewSession<'_>,
) -> Result<u64> {
    let attempt = "begin a session";
    if let Some(replaced) = session.replaces {
        sqlx::query("DELETE FROM sessions WHERE session_id = $1")
            .bind(number(replaced))
            .execute(&mut **transaction)
            .await
            .map_err(sql(attempt))?;
    }
    let session_id: i64 = sqlx::query_scalar(
        "INSERT INTO sessions (token_hash, user_id, created_time, last_used, address, user_agent) \
         VALUES ($1, $2, $3, $3, $4, $5) RETURNING session_id",
    )
    .bind(session.token_hash)
    .bind(session.user_id)
    .bind(session.now.ticks())
    .bind(session.address)
    .bind(session.user_agent)
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    sqlx::query("UPDATE users SET last_seen = $2 WHERE user_id = $1")
        .bind(session.user_id)
        .bind(session.now.ticks())
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    Ok(count(session_id))
}

/// A session's number as SQLite holds it.
fn number(session_id: u64) -> i64 {
    i64::try_from(session_id).unwrap_or(-1)
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    session_id: i64,
    user_id: String,
    user_name: String,
    name: String,
    role: String,
    scope: Option<String>,
    created_time: i64,
    last_used: i64,
}

impl Row {
    fn session(self) -> Result<SessionRow> {
        Ok(SessionRow {
            session_id: count(self.session_id),
            person: Person {
                user_id: self.user_id,
                user_name: self.user_name,
                name: self.name,
                role: Role::from_wire(&self.role).ok_or(StoreError::Damaged { column: "role" })?,
                scope: self.scope,
            },
            created: Timestamp::from_ticks(self.created_time),
            last_used: Timestamp::from_ticks(self.last_used),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct InfoRow {
    session_id: i64,
    user_id: String,
    created_time: i64,
    last_used: i64,
    address: Option<String>,
    user_agent: Option<String>,
}
