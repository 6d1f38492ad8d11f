//! Service accounts: rows of the table of accounts that never get a password.

use console_wire::access::{Person, ServiceAccount};
use hub_wire::Timestamp;

use super::users::{self, NewUser, UserRow};
use crate::store::{Result, Store, sql};

impl Store {
    /// Adds a service account. False when its name is taken.
    pub(crate) async fn insert_service_account(&self, account: &Person, now: Timestamp) -> Result<bool> {
        let attempt = "add a service account";
        let mut transaction = self.begin(attempt).await?;
        let user = NewUser { person: account, password_hash: None, now };
        if !users::insert(&mut transaction, user).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE users SET kind = 'service' WHERE user_id = $1")
            .bind(&account.user_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(true)
    }

    /// Every service account, by name.
    pub(crate) async fn service_accounts(&self) -> Result<Vec<ServiceAccount>> {
        let rows: Vec<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {} FROM users WHERE kind = 'service' ORDER BY lower(name), user_name_key",
            users::COLUMNS
        )))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list service accounts"))?;
        rows.into_iter().map(|row| row.service_account()).collect()
    }

    /// A service account, by its id.
    pub(crate) async fn service_account(&self, user_id: &str) -> Result<Option<ServiceAccount>> {
        let row: Option<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {} FROM users WHERE kind = 'service' AND user_id = $1",
            users::COLUMNS
        )))
        .bind(user_id)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read a service account"))?;
        row.map(|row| row.service_account()).transpose()
    }
}
