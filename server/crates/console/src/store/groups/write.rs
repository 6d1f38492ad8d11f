//! Creating, changing and deleting groups.

use console_wire::{
    access::PersonRef,
    group::{GroupCount, GroupUse, MAX_GROUPS},
};
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::{GroupTarget, used_by};
use crate::store::{Result, Store, access::write_scope, columns, sql};

/// What people choose of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupContent {
    /// What people call it.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Its devices.
    pub(crate) target: GroupTarget,
}

/// What became of creating a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CreateResult {
    /// It has this id.
    Created(String),
    /// Another group has this name. Nothing changed.
    NameTaken,
    /// There are [`MAX_GROUPS`] already. Nothing changed.
    TooMany,
}

/// What became of changing a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeResult {
    /// It was changed.
    Changed,
    /// There is no such group.
    NotFound,
    /// Another group has this name. Nothing changed.
    NameTaken,
    /// It is the scope of a person, and the change is forbidden by [`ScopeChange::Forbidden`]. Nothing changed.
    IsScope,
}

/// What a change of a group's devices means for the people whose scope it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeChange {
    /// Nothing: its devices stay.
    None,
    /// They get this scope, and their sessions end.
    To(Option<String>),
    /// There must be none.
    Forbidden,
}

/// What became of deleting a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeleteResult {
    /// It is gone.
    Deleted,
    /// There is no such group.
    NotFound,
    /// Something needs it. Nothing changed.
    InUse(GroupUse),
}

impl Store {
    /// Creates a group that has just been counted. Its id is `slug`, with a number where that is taken.
    pub(crate) async fn create_group(
        &self,
        slug: &str,
        group: &GroupContent,
        created_by: Option<&PersonRef>,
        count: &GroupCount,
        now: Timestamp,
    ) -> Result<CreateResult> {
        let attempt = "create a group";
        let mut transaction = self.begin(attempt).await?;
        if is_name_taken(&mut transaction, &group.name, "").await? {
            return Ok(CreateResult::NameTaken);
        }
        let groups: i64 = sqlx::query_scalar("SELECT count(*) FROM device_groups")
            .fetch_one(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        if columns::count(groups) >= MAX_GROUPS as u64 {
            return Ok(CreateResult::TooMany);
        }
        let group_id = free_id(&mut transaction, slug).await?;
        let (condition, ids, listed) = target_columns(&group.target);
        sqlx::query(
            "INSERT INTO device_groups (group_id, name, name_key, description, query_condition, device_ids, \
             listed_devices, created_time, created_by, changed_time, counting_time) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $8)",
        )
        .bind(&group_id)
        .bind(&group.name)
        .bind(group.name.to_lowercase())
        .bind(&group.description)
        .bind(condition)
        .bind(ids)
        .bind(listed)
        .bind(now.ticks())
        .bind(created_by.map(columns::json))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        super::counts::record(&mut transaction, &group_id, count).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(CreateResult::Created(group_id))
    }

    /// Puts another content in the place of a group's. `count` is that of its devices, if they are others than before. Returns also
    /// whether the scope of a person has changed.
    pub(crate) async fn change_group(
        &self,
        group_id: &str,
        group: &GroupContent,
        count: Option<&GroupCount>,
        scope: &ScopeChange,
        now: Timestamp,
    ) -> Result<(ChangeResult, bool)> {
        let attempt = "change a group";
        let mut transaction = self.begin(attempt).await?;
        if is_name_taken(&mut transaction, &group.name, group_id).await? {
            return Ok((ChangeResult::NameTaken, false));
        }
        let people: Vec<String> = if *scope == ScopeChange::None {
            Vec::new()
        } else {
            sqlx::query_scalar("SELECT user_id FROM users WHERE scope_group = $1")
                .bind(group_id)
                .fetch_all(&mut *transaction)
                .await
                .map_err(sql(attempt))?
        };
        match scope {
            ScopeChange::Forbidden if !people.is_empty() => return Ok((ChangeResult::IsScope, false)),
            ScopeChange::To(scope) => {
                for user_id in &people {
                    write_scope(&mut transaction, user_id, scope.as_deref(), Some(group_id)).await?;
                }
            }
            ScopeChange::Forbidden | ScopeChange::None => {}
        }
        let (condition, ids, listed) = target_columns(&group.target);
        let changed = sqlx::query(
            "UPDATE device_groups SET name = $2, name_key = $3, description = $4, query_condition = $5, \
             device_ids = $6, listed_devices = $7, changed_time = $8 WHERE group_id = $1",
        )
        .bind(group_id)
        .bind(&group.name)
        .bind(group.name.to_lowercase())
        .bind(&group.description)
        .bind(condition)
        .bind(ids)
        .bind(listed)
        .bind(now.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if changed.rows_affected() == 0 {
            return Ok((ChangeResult::NotFound, false));
        }
        if let Some(count) = count {
            super::counts::record(&mut transaction, group_id, count).await?;
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok((ChangeResult::Changed, !people.is_empty()))
    }

    /// Deletes a group, unless something needs it.
    pub(crate) async fn delete_group(&self, group_id: &str) -> Result<DeleteResult> {
        let attempt = "delete a group";
        let mut transaction = self.begin(attempt).await?;
        let used_by = used_by(&mut transaction, group_id).await?;
        if used_by.keeps_it() {
            return Ok(DeleteResult::InUse(used_by));
        }
        let deleted = sqlx::query("DELETE FROM device_groups WHERE group_id = $1")
            .bind(group_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(if deleted.rows_affected() == 0 { DeleteResult::NotFound } else { DeleteResult::Deleted })
    }
}

/// Condition, ids and number of ids, as columns.
fn target_columns(target: &GroupTarget) -> (Option<&str>, Option<String>, Option<i64>) {
    match target {
        GroupTarget::Condition(condition) => (Some(condition), None, None),
        GroupTarget::Devices(ids) => {
            (None, Some(columns::json(ids)), Some(columns::stored(ids.len() as u64)))
        }
    }
}

/// Whether another group than this one has a name.
async fn is_name_taken(
    transaction: &mut Transaction<'static, Sqlite>,
    name: &str,
    group_id: &str,
) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM device_groups WHERE name_key = $1 AND group_id <> $2)")
        .bind(name.to_lowercase())
        .bind(group_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql("look for a group of this name"))
}

/// An id that neither a group nor a job on a deleted group has.
async fn free_id(transaction: &mut Transaction<'static, Sqlite>, slug: &str) -> Result<String> {
    let mut group_id = slug.to_owned();
    let mut number = 1;
    loop {
        let is_taken: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM device_groups WHERE group_id = $1 \
             UNION ALL SELECT 1 FROM jobs WHERE group_id = $1)",
        )
        .bind(&group_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql("look for a free id of a group"))?;
        if !is_taken {
            return Ok(group_id);
        }
        number += 1;
        group_id = format!("{slug}-{number}");
    }
}
