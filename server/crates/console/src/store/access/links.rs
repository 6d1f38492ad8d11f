//! One-time links: each is used in the transaction that does what it is for.

use std::collections::HashMap;

use console_wire::access::Person;
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::{
    sessions::{self, NewSession},
    users::{self, NewUser},
};
use crate::store::{Result, Store, sql};

/// A link that works.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinkRow {
    /// For whom; `None` for the first administrator.
    pub(crate) user_id: Option<String>,
    pub(crate) ends: Timestamp,
}

impl Store {
    /// Adds a link. Earlier ones for the same person stop working.
    pub(crate) async fn insert_link(
        &self,
        link_hash: &[u8],
        user_id: Option<&str>,
        ends: Timestamp,
    ) -> Result<()> {
        let attempt = "add a one-time link";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("DELETE FROM account_links WHERE user_id IS $1")
            .bind(user_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        sqlx::query("INSERT INTO account_links (link_hash, user_id, ends) VALUES ($1, $2, $3)")
            .bind(link_hash)
            .bind(user_id)
            .bind(ends.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// A link, if it works now.
    pub(crate) async fn link(&self, link_hash: &[u8], now: Timestamp) -> Result<Option<LinkRow>> {
        let row: Option<(Option<String>, i64)> =
            sqlx::query_as("SELECT user_id, ends FROM account_links WHERE link_hash = $1 AND ends > $2")
                .bind(link_hash)
                .bind(now.ticks())
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a one-time link"))?;
        Ok(row.map(|(user_id, ends)| LinkRow { user_id, ends: Timestamp::from_ticks(ends) }))
    }

    /// Until when links work, by person.
    pub(crate) async fn links_by_user(&self, now: Timestamp) -> Result<HashMap<String, Timestamp>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT user_id, ends FROM account_links WHERE user_id IS NOT NULL AND ends > $1")
                .bind(now.ticks())
                .fetch_all(&self.readers)
                .await
                .map_err(sql("list one-time links"))?;
        Ok(rows.into_iter().map(|(user_id, ends)| (user_id, Timestamp::from_ticks(ends))).collect())
    }

    /// Uses the link for the first administrator: adds the account and begins its session. `None` when the link does not
    /// work, or there is an administrator.
    pub(crate) async fn use_setup_link(
        &self,
        link_hash: &[u8],
        administrator: &Person,
        password_hash: &str,
        session: NewSession<'_>,
    ) -> Result<Option<u64>> {
        let attempt = "create the first administrator";
        let mut transaction = self.begin(attempt).await?;
        let now = session.now;
        let is_used = take(&mut transaction, link_hash, None, now, attempt).await?;
        let has_administrator: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'administrator' AND is_active = 1 AND password_hash IS NOT NULL)",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let user = NewUser { person: administrator, password_hash: Some(password_hash), now };
        if !is_used || has_administrator || !users::insert(&mut transaction, user).await? {
            return Ok(None);
        }
        let session_id = sessions::insert(&mut transaction, session).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Some(session_id))
    }

    /// Uses a person's link: sets the password, ends the person's other sessions and begins one. `None` when the link does
    /// not work.
    pub(crate) async fn use_link(
        &self,
        link_hash: &[u8],
        password_hash: &str,
        session: NewSession<'_>,
    ) -> Result<Option<u64>> {
        let attempt = "set a password";
        let mut transaction = self.begin(attempt).await?;
        if !take(&mut transaction, link_hash, Some(session.user_id), session.now, attempt).await? {
            return Ok(None);
        }
        let changed = sqlx::query("UPDATE users SET password_hash = $2 WHERE user_id = $1 AND is_active = 1")
            .bind(session.user_id)
            .bind(password_hash)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        users::end_all(&mut transaction, session.user_id, attempt).await?;
        let session_id = sessions::insert(&mut transaction, session).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Some(session_id))
    }
}

/// Deletes a link that works; false when there is none.
async fn take(
    transaction: &mut Transaction<'static, Sqlite>,
    link_hash: &[u8],
    user_id: Option<&str>,
    now: Timestamp,
    attempt: &'static str,
) -> Result<bool> {
    let taken = sqlx::query("DELETE FROM account_links WHERE link_hash = $1 AND user_id IS $2 AND ends > $3")
        .bind(link_hash)
        .bind(user_id)
        .bind(now.ticks())
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    Ok(taken.rows_affected() == 1)
}
