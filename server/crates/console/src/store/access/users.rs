//! Accounts.

use std::collections::HashMap;

use console_wire::{
    access::{AccountState, Person, Role, ServiceAccount, TeamMember},
    group::GroupRef,
};
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::sessions::{self, NewSession};
use crate::{
    StoreError,
    store::{Result, Store, sql},
};

pub(super) const COLUMNS: &str =
    "user_id, user_name, name, role, scope, password_hash, issuer, is_active, created_time, last_seen";

/// A new account.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) person: &'a Person,
    /// In PHC form; `None` until the person chooses a password.
    pub(crate) password_hash: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// An account, as it is checked at a sign-in.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) person: Person,
    /// `None` while the account cannot sign in: no password was chosen, or the account is deactivated.
    pub(crate) password_hash: Option<String>,
}

/// What became of a change of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It was made.
    Done,
    /// There is no such account.
    NotFound,
    /// It would leave the team without an administrator who can sign in.
    LastAdministrator,
}

impl Store {
    /// Adds an account. False when the user name is taken.
    pub(crate) async fn insert_user(&self, user: NewUser<'_>) -> Result<bool> {
        let attempt = "add an account";
        let mut transaction = self.begin(attempt).await?;
        let is_inserted = insert(&mut transaction, user).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(is_inserted)
    }

    /// The account of a person that signs in with this name.
    pub(crate) async fn account(&self, user_name: &str) -> Result<Option<Account>> {
        let row: Option<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM users WHERE user_name_key = $1 AND kind = 'person'"
        )))
        .bind(user_name.to_lowercase())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read an account"))?;
        row.map(|row| {
            let password_hash = row.password_hash.clone().filter(|_| row.is_active);
            Ok(Account { person: row.person()?, password_hash })
        })
        .transpose()
    }

    /// A person, by id. A service account is none: it gets no password.
    pub(crate) async fn person(&self, user_id: &str) -> Result<Option<Person>> {
        let row: Option<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM users WHERE user_id = $1 AND kind = 'person'"
        )))
        .bind(user_id)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read an account"))?;
        row.map(|row| row.person()).transpose()
    }

    /// A person who can sign in, by id.
    pub(crate) async fn active_person(&self, user_id: &str) -> Result<Option<Person>> {
        let row: Option<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM users WHERE user_id = $1 AND is_active = 1"
        )))
        .bind(user_id)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read an account"))?;
        row.map(|row| row.person()).transpose()
    }

    /// Every person with an account, by name, without sessions and links.
    pub(crate) async fn members(&self) -> Result<Vec<TeamMember>> {
        let rows: Vec<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM users WHERE kind = 'person' ORDER BY lower(name), user_name_key"
        )))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list accounts"))?;
        let groups: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT user_id, group_id, device_groups.name FROM users JOIN device_groups ON group_id = scope_group",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list accounts"))?;
        let mut groups: HashMap<_, _> = groups
            .into_iter()
            .map(|(user_id, group_id, name)| (user_id, GroupRef { group_id, name }))
            .collect();
        rows.into_iter()
            .map(|row| {
                Ok(TeamMember {
                    person: row.person()?,
                    state: row.state(),
                    created_time: Timestamp::from_ticks(row.created_time),
                    last_seen: row.last_seen.map(Timestamp::from_ticks),
                    link_ends: None,
                    scope_group: groups.remove(&row.user_id),
                    provider: row.issuer,
                    sessions: Vec::new(),
                })
            })
            .collect()
    }

    /// Whether a person who can sign in is an administrator.
    pub(crate) async fn has_administrator(&self) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM users \
             WHERE role = 'administrator' AND is_active = 1 AND password_hash IS NOT NULL)",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(sql("look for an administrator"))
    }

    /// Gives a person another role and ends the person's sessions: the next one begins with the new role.
    pub(crate) async fn set_role(&self, user_id: &str, role: Role) -> Result<Changed> {
        let attempt = "change a role";
        let mut transaction = self.begin(attempt).await?;
        if role != Role::Administrator
            && let Some(refused) = refuse_last(&mut transaction, user_id, attempt).await?
        {
            return Ok(refused);
        }
        let changed = sqlx::query("UPDATE users SET role = $2 WHERE user_id = $1")
            .bind(user_id)
            .bind(role.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        if changed.rows_affected() == 0 {
            return Ok(Changed::NotFound);
        }
        end_all(&mut transaction, user_id, attempt).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Changed::Done)
    }

    /// Replaces a person's password, ends all of the person's sessions, and begins one. `None` when the account is not
    /// active.
    pub(crate) async fn change_password(
        &self,
        password_hash: &str,
        session: NewSession<'_>,
    ) -> Result<Option<u64>> {
        let attempt = "change a password";
        let mut transaction = self.begin(attempt).await?;
        let changed = sqlx::query(
            "UPDATE users SET password_hash = $2 WHERE user_id = $1 AND is_active = 1 AND kind = 'person'",
        )
        .bind(session.user_id)
        .bind(password_hash)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        end_all(&mut transaction, session.user_id, attempt).await?;
        let session_id = sessions::insert(&mut transaction, session).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Some(session_id))
    }

    /// Limits a person to the devices of a condition, or not any more, and ends the person's sessions. `group_id`: the condition is
    /// that of this group, and follows it.
    pub(crate) async fn set_scope(
        &self,
        user_id: &str,
        scope: Option<&str>,
        group_id: Option<&str>,
    ) -> Result<Changed> {
        let attempt = "change a scope";
        let mut transaction = self.begin(attempt).await?;
        if !write_scope(&mut transaction, user_id, scope, group_id).await? {
            return Ok(Changed::NotFound);
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Changed::Done)
    }

    /// Lets a person sign in, or not any more. Then sessions and links end.
    pub(crate) async fn set_active(&self, user_id: &str, is_active: bool) -> Result<Changed> {
        let attempt = "deactivate an account";
        let mut transaction = self.begin(attempt).await?;
        if !is_active && let Some(refused) = refuse_last(&mut transaction, user_id, attempt).await? {
            return Ok(refused);
        }
        let changed = sqlx::query("UPDATE users SET is_active = $2 WHERE user_id = $1")
            .bind(user_id)
            .bind(is_active)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        if changed.rows_affected() == 0 {
            return Ok(Changed::NotFound);
        }
        if !is_active {
            end_all(&mut transaction, user_id, attempt).await?;
            sqlx::query("DELETE FROM account_links WHERE user_id = $1")
                .bind(user_id)
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Changed::Done)
    }
}

/// Adds an account inside a transaction. False when the user name is taken.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    user: NewUser<'_>,
) -> Result<bool> {
    let NewUser { person, password_hash, now } = user;
    let inserted = sqlx::query(
        "INSERT INTO users (user_id, user_name, user_name_key, name, role, password_hash, created_time) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(&person.user_id)
    .bind(&person.user_name)
    .bind(person.user_name.to_lowercase())
    .bind(&person.name)
    .bind(person.role.as_str())
    .bind(password_hash)
    .bind(now.ticks())
    .execute(&mut **transaction)
    .await
    .map_err(sql("add an account"))?;
    Ok(inserted.rows_affected() == 1)
}

/// Ends all sessions of a person.
pub(super) async fn end_all(
    transaction: &mut Transaction<'static, Sqlite>,
    user_id: &str,
    attempt: &'static str,
) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1")
        .bind(user_id)
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(sql(attempt))
}

/// Writes a person's scope and ends the person's sessions. False when there is no such person.
pub(in crate::store) async fn write_scope(
    transaction: &mut Transaction<'static, Sqlite>,
    user_id: &str,
    scope: Option<&str>,
    group_id: Option<&str>,
) -> Result<bool> {
    let attempt = "change a scope";
    let changed = sqlx::query("UPDATE users SET scope = $2, scope_group = $3 WHERE user_id = $1")
        .bind(user_id)
        .bind(scope)
        .bind(group_id)
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    end_all(transaction, user_id, attempt).await?;
    Ok(changed.rows_affected() == 1)
}

/// Why a person cannot lose the rights of an administrator, if so. In the transaction of the change: two administrators
/// may lower each other at the same time.
async fn refuse_last(
    transaction: &mut Transaction<'static, Sqlite>,
    user_id: &str,
    attempt: &'static str,
) -> Result<Option<Changed>> {
    let is_last: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM users WHERE user_id = $1 AND role = 'administrator' AND is_active = 1 \
         AND password_hash IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM users WHERE user_id <> $1 AND role = 'administrator' AND is_active = 1 \
         AND password_hash IS NOT NULL)",
    )
    .bind(user_id)
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    Ok(is_last.then_some(Changed::LastAdministrator))
}

/// A row of the table of accounts.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct UserRow {
    user_id: String,
    user_name: String,
    name: String,
    role: String,
    scope: Option<String>,
    password_hash: Option<String>,
    issuer: Option<String>,
    is_active: bool,
    created_time: i64,
    last_seen: Option<i64>,
}

impl UserRow {
    fn person(&self) -> Result<Person> {
        Ok(Person {
            user_id: self.user_id.clone(),
            user_name: self.user_name.clone(),
            name: self.name.clone(),
            role: Role::from_wire(&self.role).ok_or(StoreError::Damaged { column: "role" })?,
            scope: self.scope.clone(),
        })
    }

    pub(super) fn service_account(&self) -> Result<ServiceAccount> {
        Ok(ServiceAccount {
            account: self.person()?,
            is_active: self.is_active,
            created_time: Timestamp::from_ticks(self.created_time),
        })
    }

    fn state(&self) -> AccountState {
        match (self.is_active, &self.password_hash) {
            (false, _) => AccountState::Deactivated,
            (true, None) if self.issuer.is_none() => AccountState::Invited,
            (true, _) => AccountState::Active,
        }
    }
}
