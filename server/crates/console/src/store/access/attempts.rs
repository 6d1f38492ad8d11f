//! Attempts to sign in: counted by account and by address.

use std::time::Duration;

use hub_wire::Timestamp;

use crate::{
    clock::earlier,
    store::{Result, Store, columns::count, sql},
};

/// Attempts are kept for so long.
const KEPT: Duration = Duration::from_hours(24);
/// Attempts of an address are counted over so long.
const RECENT: Duration = Duration::from_mins(1);

/// What was tried before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AttemptsSoFar {
    /// Wrong passwords for the account since the last good one, within a day.
    pub(crate) wrong: u64,
    /// When the last of them was.
    pub(crate) last_wrong: Option<Timestamp>,
    /// Attempts from the address within a minute.
    pub(crate) of_address: u64,
    /// When the first of those was.
    pub(crate) first_of_address: Option<Timestamp>,
}

impl Store {
    /// Records an attempt before its password is checked, so that attempts at the same time count each other. It counts as
    /// wrong until [`Store::attempt_succeeded`]. `wait` decides whether it may be made; one that may not is not recorded.
    pub(crate) async fn begin_attempt(
        &self,
        account_hash: &[u8],
        address: &str,
        now: Timestamp,
        wait: impl FnOnce(&AttemptsSoFar) -> Option<Duration>,
    ) -> Result<std::result::Result<i64, Duration>> {
        let attempt = "record an attempt to sign in";
        let mut transaction = self.begin(attempt).await?;
        let before = |span: Duration| earlier(now, span).ticks();
        sqlx::query("DELETE FROM sign_in_attempts WHERE time <= $1")
            .bind(before(KEPT))
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let (wrong, last_wrong): (i64, Option<i64>) = sqlx::query_as(
            "SELECT count(*), max(time) FROM sign_in_attempts WHERE account_hash = $1 AND attempt_id > \
             coalesce((SELECT max(attempt_id) FROM sign_in_attempts WHERE account_hash = $1 AND has_succeeded = 1), 0)",
        )
        .bind(account_hash)
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let (of_address, first): (i64, Option<i64>) = sqlx::query_as(
            "SELECT count(*), min(time) FROM sign_in_attempts WHERE address = $1 AND time > $2",
        )
        .bind(address)
        .bind(before(RECENT))
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let so_far = AttemptsSoFar {
            wrong: count(wrong),
            last_wrong: last_wrong.map(Timestamp::from_ticks),
            of_address: count(of_address),
            first_of_address: first.map(Timestamp::from_ticks),
        };
        if let Some(wait) = wait(&so_far) {
            return Ok(Err(wait));
        }
        let attempt_id: i64 = sqlx::query_scalar(
            "INSERT INTO sign_in_attempts (account_hash, address, time) VALUES ($1, $2, $3) RETURNING attempt_id",
        )
        .bind(account_hash)
        .bind(address)
        .bind(now.ticks())
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Ok(attempt_id))
    }

    /// The password of an attempt was right.
    pub(crate) async fn attempt_succeeded(&self, attempt_id: i64) -> Result<()> {
        sqlx::query("UPDATE sign_in_attempts SET has_succeeded = 1 WHERE attempt_id = $1")
            .bind(attempt_id)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(sql("record an attempt to sign in"))
    }
}
