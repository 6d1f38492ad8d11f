//! Command lines that ask to sign in.

use std::time::Duration;

use console_wire::access::{LoginDecision, Role, UserCode};
use hub_wire::Timestamp;

use super::tokens::{self, NewTokenRow};
use crate::{
    StoreError,
    clock::earlier,
    store::{Result, Store, columns::count, columns::stored, sql},
};

/// Rows are kept so long after their codes have ended, so that a late poll learns why it is refused.
const KEPT: Duration = Duration::from_mins(10);
/// Requests of an address are counted over so long.
const RECENT: Duration = Duration::from_mins(1);

const COLUMNS: &str =
    "user_code, machine, address, ends, poll_interval, last_poll, decision, user_id, role, is_issued";

/// A command line that begins to ask.
#[derive(Debug)]
pub(crate) struct NewDeviceLogin<'a> {
    pub(crate) device_code_hash: &'a [u8],
    pub(crate) user_code: &'a UserCode,
    pub(crate) machine: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) now: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) interval: Duration,
    /// Most rows at a time.
    pub(crate) max: u64,
    /// Most rows of an address within a minute.
    pub(crate) max_of_address: u64,
}

/// A command line that asks, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeviceLoginRow {
    pub(crate) user_code: UserCode,
    pub(crate) machine: String,
    pub(crate) address: Option<String>,
    pub(crate) ends: Timestamp,
    /// Between two polls.
    pub(crate) interval: Duration,
    pub(crate) last_poll: Option<Timestamp>,
    pub(crate) decision: Option<LoginDecision>,
    /// Who decided.
    pub(crate) user_id: Option<String>,
    /// Whether the token was handed out.
    pub(crate) is_issued: bool,
}

/// What a poll changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PollChange {
    /// Nothing.
    None,
    /// It is noted, with the interval from now on.
    Polled(Duration),
    /// The token is handed out.
    Issued {
        /// To whom it belongs.
        user_id: String,
        role: Role,
        /// Its name.
        name: String,
    },
}

/// The token that is added when a command line gets one.
#[derive(Debug)]
pub(crate) struct TokenToIssue<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) prefix: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) ends: Timestamp,
    /// Most tokens of an account.
    pub(crate) max: u64,
}

impl Store {
    /// Adds a command line that asks. False when there are too many.
    pub(crate) async fn insert_device_login(&self, login: NewDeviceLogin<'_>) -> Result<bool> {
        let attempt = "begin a device authorisation";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("DELETE FROM device_logins WHERE ends <= $1")
            .bind(earlier(login.now, KEPT).ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let (all, of_address): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM device_logins), \
             (SELECT count(*) FROM device_logins WHERE address IS $1 AND created_time > $2)",
        )
        .bind(login.address)
        .bind(earlier(login.now, RECENT).ticks())
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if count(all) >= login.max || count(of_address) >= login.max_of_address {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO device_logins (device_code_hash, user_code, machine, address, created_time, ends, poll_interval) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(login.device_code_hash)
        .bind(login.user_code.as_str())
        .bind(login.machine)
        .bind(login.address)
        .bind(login.now.ticks())
        .bind(login.ends.ticks())
        .bind(stored(login.interval.as_secs()))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(true)
    }

    /// The command line that shows this code, whose time is not over.
    pub(crate) async fn device_login(
        &self,
        user_code: &UserCode,
        now: Timestamp,
    ) -> Result<Option<DeviceLoginRow>> {
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM device_logins WHERE user_code = $1 AND ends > $2"
        )))
        .bind(user_code.as_str())
        .bind(now.ticks())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read a device authorisation"))?;
        row.map(Row::login).transpose()
    }

    /// Records what a person decided. False when it was decided before, or its time is over.
    pub(crate) async fn decide_device_login(
        &self,
        user_code: &UserCode,
        user_id: &str,
        decision: LoginDecision,
        now: Timestamp,
    ) -> Result<bool> {
        let (decision, role) = match decision {
            LoginDecision::Allow(role) => ("allowed", Some(role.as_str())),
            LoginDecision::Deny => ("denied", None),
        };
        let decided = sqlx::query(
            "UPDATE device_logins SET decision = $2, user_id = $3, role = $4 \
             WHERE user_code = $1 AND ends > $5 AND decision IS NULL",
        )
        .bind(user_code.as_str())
        .bind(decision)
        .bind(user_id)
        .bind(role)
        .bind(now.ticks())
        .execute(&self.writer)
        .await
        .map_err(sql("decide a device authorisation"))?;
        Ok(decided.rows_affected() == 1)
    }

    /// Answers a poll. `answer` decides by the row, and says what changes; a token that is handed out is added in the same
    /// transaction, so that it is handed out once. `None` when its owner has too many.
    pub(crate) async fn poll_device_login<T>(
        &self,
        device_code_hash: &[u8],
        answer: impl FnOnce(Option<&DeviceLoginRow>) -> (T, PollChange),
        token: TokenToIssue<'_>,
    ) -> Result<Option<T>> {
        let attempt = "answer a device authorisation";
        let mut transaction = self.begin(attempt).await?;
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM device_logins WHERE device_code_hash = $1"
        )))
        .bind(device_code_hash)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let row = row.map(Row::login).transpose()?;
        let (answered, change) = answer(row.as_ref());
        let statement = match &change {
            PollChange::None => return Ok(Some(answered)),
            PollChange::Polled(interval) => sqlx::query(
                "UPDATE device_logins SET last_poll = $2, poll_interval = $3 WHERE device_code_hash = $1",
            )
            .bind(device_code_hash)
            .bind(token.now.ticks())
            .bind(stored(interval.as_secs())),
            PollChange::Issued { user_id, role, name } => {
                let TokenToIssue { token_hash, prefix, now, ends, max } = token;
                let row = NewTokenRow { token_hash, user_id, name, prefix, role: *role, now, ends, max };
                if tokens::insert(&mut transaction, row).await?.is_none() {
                    return Ok(None);
                }
                sqlx::query("UPDATE device_logins SET is_issued = 1 WHERE device_code_hash = $1")
                    .bind(device_code_hash)
            }
        };
        statement.execute(&mut *transaction).await.map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Some(answered))
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    user_code: String,
    machine: String,
    address: Option<String>,
    ends: i64,
    poll_interval: i64,
    last_poll: Option<i64>,
    decision: Option<String>,
    user_id: Option<String>,
    role: Option<String>,
    is_issued: bool,
}

impl Row {
    fn login(self) -> Result<DeviceLoginRow> {
        let damaged = |column| StoreError::Damaged { column };
        let decision = match (self.decision.as_deref(), self.role.as_deref().and_then(Role::from_wire)) {
            (None, _) => None,
            (Some("denied"), _) => Some(LoginDecision::Deny),
            (Some("allowed"), Some(role)) => Some(LoginDecision::Allow(role)),
            _ => return Err(damaged("decision")),
        };
        Ok(DeviceLoginRow {
            user_code: UserCode::parse(&self.user_code).map_err(|_| damaged("user_code"))?,
            machine: self.machine,
            address: self.address,
            ends: Timestamp::from_ticks(self.ends),
            interval: Duration::from_secs(count(self.poll_interval)),
            last_poll: self.last_poll.map(Timestamp::from_ticks),
            decision,
            user_id: self.user_id,
            is_issued: self.is_issued,
        })
    }
}
