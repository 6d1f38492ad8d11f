//! Creating, changing and deleting schedules.

use console_wire::{
    access::PersonRef,
    job::{NewJob, Origin},
    schedule::{ScheduleSpec, ScheduleStatus},
};
use hub_wire::Timestamp;
use schedule::ScheduleState;
use sqlx::{Sqlite, Transaction};

use super::{most, search_text};
use crate::store::{Result, Store, columns, sql};

/// What people choose of a schedule, and who chose it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScheduleContent {
    pub(crate) name: String,
    pub(crate) spec: ScheduleSpec,
    pub(crate) job: NewJob,
    pub(crate) owner: Option<PersonRef>,
    pub(crate) scope: Option<String>,
    pub(crate) origin: Origin,
}

/// What became of creating a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CreatedSchedule {
    /// It was created.
    Created,
    /// Another schedule has this name. Nothing changed.
    NameTaken,
    /// There are as many as there may be. Nothing changed.
    TooMany,
}

impl Store {
    /// An id that neither a schedule nor a job of a deleted schedule has: `slug`, with a number where that is taken.
    pub(crate) async fn free_schedule_id(&self, slug: &str) -> Result<String> {
        let mut schedule_id = slug.to_owned();
        let mut number = 1;
        loop {
            let is_taken: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM schedules WHERE schedule_id = $1 \
                 UNION ALL SELECT 1 FROM jobs WHERE schedule_id = $1)",
            )
            .bind(&schedule_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("look for a free id of a schedule"))?;
            if !is_taken {
                return Ok(schedule_id);
            }
            number += 1;
            schedule_id = format!("{slug}-{number}");
        }
    }

    /// Creates a schedule under a free id.
    pub(crate) async fn create_schedule(
        &self,
        schedule_id: &str,
        content: &ScheduleContent,
        state: &ScheduleState,
        next_look: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<CreatedSchedule> {
        let attempt = "create a schedule";
        let mut transaction = self.begin(attempt).await?;
        if is_name_taken(&mut transaction, &content.name, "").await? {
            return Ok(CreatedSchedule::NameTaken);
        }
        let status = if next_look.is_some() { ScheduleStatus::Active } else { ScheduleStatus::Ended };
        let inserted = sqlx::query(
            "INSERT INTO schedules (schedule_id, name, name_key, search, spec, job, origin, owner, scope, state, \
             status, next_look, created_time, changed_time) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13 \
             WHERE (SELECT count(*) FROM schedules) < $14",
        )
        .bind(schedule_id)
        .bind(&content.name)
        .bind(content.name.to_lowercase())
        .bind(search_text(&content.name, schedule_id, &content.job))
        .bind(columns::json(&content.spec))
        .bind(columns::json(&content.job))
        .bind(content.origin.as_str())
        .bind(content.owner.as_ref().map(columns::json))
        .bind(&content.scope)
        .bind(columns::json(state))
        .bind(status.as_str())
        .bind(next_look.map(Timestamp::ticks))
        .bind(now.ticks())
        .bind(most())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if inserted.rows_affected() == 0 {
            return Ok(CreatedSchedule::TooMany);
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(CreatedSchedule::Created)
    }

    /// Puts another content in the place of a schedule's. False when another schedule has its name.
    pub(crate) async fn change_schedule(
        &self,
        schedule_id: &str,
        content: &ScheduleContent,
        now: Timestamp,
    ) -> Result<bool> {
        let attempt = "change a schedule";
        let mut transaction = self.begin(attempt).await?;
        if is_name_taken(&mut transaction, &content.name, schedule_id).await? {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE schedules SET name = $2, name_key = $3, search = $4, spec = $5, job = $6, owner = $7, scope = $8, \
             changed_time = $9 WHERE schedule_id = $1",
        )
        .bind(schedule_id)
        .bind(&content.name)
        .bind(content.name.to_lowercase())
        .bind(search_text(&content.name, schedule_id, &content.job))
        .bind(columns::json(&content.spec))
        .bind(columns::json(&content.job))
        .bind(content.owner.as_ref().map(columns::json))
        .bind(&content.scope)
        .bind(now.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(true)
    }

    /// Deletes a schedule and its history; its jobs stay. False when there is none.
    pub(crate) async fn delete_schedule(&self, schedule_id: &str) -> Result<bool> {
        let attempt = "delete a schedule";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query("DELETE FROM schedules WHERE schedule_id = $1")
            .bind(schedule_id)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected() == 1)
    }
}

/// Whether another schedule than this one has a name.
async fn is_name_taken(
    transaction: &mut Transaction<'static, Sqlite>,
    name: &str,
    schedule_id: &str,
) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM schedules WHERE name_key = $1 AND schedule_id <> $2)")
        .bind(name.to_lowercase())
        .bind(schedule_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql("look for a schedule of this name"))
}
