//! Groups of devices: reading them. `write` creates, changes and deletes them, `counts` records how many devices they have.

mod counts;
mod write;

use std::collections::HashMap;

use console_wire::{
    group::{DailyCount, Group, GroupRef, GroupUse, HISTORY_DAYS},
    schedule::ScheduleRef,
};
use hub_wire::{DeviceId, Timestamp};

pub(crate) use self::write::{ChangeResult, CreateResult, DeleteResult, GroupContent, ScopeChange};
use super::{
    Result, Store,
    columns::{self, count, from_json},
    sql,
};

/// Days of daily counts in the list of groups.
const LISTED_DAYS: u32 = 30;
const COLUMNS: &str = "group_id, name, description, query_condition, listed_devices, created_time, created_by, \
    changed_time, newest_count";
/// Templates and the group that each names.
const TEMPLATES: &str = "SELECT json_extract(job, '$.groupId') AS group_id, name FROM templates \
    WHERE json_extract(job, '$.groupId') IS NOT NULL";
/// Schedules and the group that each names.
const SCHEDULES: &str = "SELECT json_extract(job, '$.groupId') AS group_id, schedule_id, name FROM schedules \
    WHERE json_extract(job, '$.groupId') IS NOT NULL";
/// How many people have the condition of each group as their scope.
const SCOPES: &str = "SELECT scope_group, count(*) FROM users WHERE scope_group IS NOT NULL";
/// How many jobs of each group have not ended, and have.
const JOBS: &str = "SELECT group_id, coalesce(sum(phase <> 'settled'), 0), coalesce(sum(phase = 'settled'), 0) FROM jobs \
    WHERE group_id IS NOT NULL AND NOT purging";

/// Which devices a group has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupTarget {
    /// Those that match.
    Condition(String),
    /// These.
    Devices(Vec<DeviceId>),
}

impl Store {
    /// All groups, by name, without the ids of their lists.
    pub(crate) async fn groups(&self, now: Timestamp) -> Result<Vec<Group>> {
        let attempt = "list groups";
        let rows: Vec<GroupRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM device_groups ORDER BY name_key"
        )))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let mut groups = rows.into_iter().map(GroupRow::group).collect::<Result<Vec<_>>>()?;
        let days: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT group_id, as_of, devices FROM device_group_counts WHERE day > $1 ORDER BY group_id, day",
        )
        .bind(counts::day(now) - i64::from(LISTED_DAYS))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let jobs: Vec<(String, i64, i64)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{JOBS} GROUP BY group_id")))
                .fetch_all(&self.readers)
                .await
                .map_err(sql(attempt))?;
        let templates: Vec<(String, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{TEMPLATES} ORDER BY name")))
                .fetch_all(&self.readers)
                .await
                .map_err(sql(attempt))?;
        let schedules: Vec<(String, String, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{SCHEDULES} ORDER BY name_key")))
                .fetch_all(&self.readers)
                .await
                .map_err(sql(attempt))?;
        let scopes: Vec<(String, i64)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{SCOPES} GROUP BY scope_group")))
                .fetch_all(&self.readers)
                .await
                .map_err(sql(attempt))?;
        let places: HashMap<String, usize> =
            groups.iter().enumerate().map(|(place, group)| (group.group_id.clone(), place)).collect();
        let place = |group_id: &str| places.get(group_id).copied();
        for (group_id, as_of, devices) in days {
            if let Some(place) = place(&group_id) {
                groups[place].history.push(daily_count(as_of, devices));
            }
        }
        for (group_id, open, ended) in jobs {
            if let Some(place) = place(&group_id) {
                let used_by = &mut groups[place].used_by;
                (used_by.open_jobs, used_by.ended_jobs) = (count(open), count(ended));
            }
        }
        for (group_id, name) in templates {
            if let Some(place) = place(&group_id) {
                groups[place].used_by.templates.push(name);
            }
        }
        for (group_id, schedule_id, name) in schedules {
            if let Some(place) = place(&group_id) {
                groups[place].used_by.schedules.push(ScheduleRef { schedule_id, name });
            }
        }
        for (group_id, people) in scopes {
            if let Some(place) = place(&group_id) {
                groups[place].used_by.scopes = count(people);
            }
        }
        Ok(groups)
    }

    /// One group, with the ids of its list.
    pub(crate) async fn group(&self, group_id: &str, now: Timestamp) -> Result<Option<Group>> {
        let attempt = "read a group";
        let row: Option<GroupRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM device_groups WHERE group_id = $1"
        )))
        .bind(group_id)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let Some(row) = row else { return Ok(None) };
        let mut group = row.group()?;
        if let Some((_, GroupTarget::Devices(ids))) = self.group_target(group_id).await? {
            group.device_ids = Some(ids);
        }
        let days: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT as_of, devices FROM device_group_counts WHERE group_id = $1 AND day > $2 ORDER BY day",
        )
        .bind(group_id)
        .bind(counts::day(now) - i64::from(HISTORY_DAYS))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        group.history = days.into_iter().map(|(as_of, devices)| daily_count(as_of, devices)).collect();
        let mut connection = self.readers.acquire().await.map_err(sql(attempt))?;
        group.used_by = used_by(&mut connection, group_id).await?;
        Ok(Some(group))
    }

    /// A group's name and devices.
    pub(crate) async fn group_target(&self, group_id: &str) -> Result<Option<(GroupRef, GroupTarget)>> {
        let row: Option<(String, Option<String>, Option<String>)> =
            sqlx::query_as("SELECT name, query_condition, device_ids FROM device_groups WHERE group_id = $1")
                .bind(group_id)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a group"))?;
        let Some((name, condition, ids)) = row else { return Ok(None) };
        let target = match (condition, ids) {
            (Some(condition), _) => GroupTarget::Condition(condition),
            (None, ids) => GroupTarget::Devices(from_json(&ids.unwrap_or_default(), "device_ids")?),
        };
        Ok(Some((GroupRef { group_id: group_id.to_owned(), name }, target)))
    }
}

/// What uses a group.
async fn used_by(connection: &mut sqlx::SqliteConnection, group_id: &str) -> Result<GroupUse> {
    let attempt = "read what uses a group";
    let jobs: Option<(String, i64, i64)> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{JOBS} AND group_id = $1 GROUP BY group_id")))
            .bind(group_id)
            .fetch_optional(&mut *connection)
            .await
            .map_err(sql(attempt))?;
    let templates: Vec<(String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{TEMPLATES} AND json_extract(job, '$.groupId') = $1 ORDER BY name"
    )))
    .bind(group_id)
    .fetch_all(&mut *connection)
    .await
    .map_err(sql(attempt))?;
    let schedules: Vec<(String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SCHEDULES} AND json_extract(job, '$.groupId') = $1 ORDER BY name_key"
    )))
    .bind(group_id)
    .fetch_all(&mut *connection)
    .await
    .map_err(sql(attempt))?;
    let scopes: Option<(String, i64)> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SCOPES} AND scope_group = $1 GROUP BY scope_group")))
            .bind(group_id)
            .fetch_optional(&mut *connection)
            .await
            .map_err(sql(attempt))?;
    let (open, ended) = jobs.map_or((0, 0), |(_, open, ended)| (open, ended));
    Ok(GroupUse {
        open_jobs: count(open),
        ended_jobs: count(ended),
        templates: templates.into_iter().map(|(_, name)| name).collect(),
        schedules: schedules
            .into_iter()
            .map(|(_, schedule_id, name)| ScheduleRef { schedule_id, name })
            .collect(),
        scopes: scopes.map_or(0, |(_, people)| count(people)),
    })
}

fn daily_count(as_of: i64, devices: i64) -> DailyCount {
    DailyCount { as_of: Timestamp::from_ticks(as_of), devices: columns::count(devices) }
}

/// A row of the table of groups.
#[derive(Debug, sqlx::FromRow)]
struct GroupRow {
    group_id: String,
    name: String,
    description: Option<String>,
    query_condition: Option<String>,
    listed_devices: Option<i64>,
    created_time: i64,
    created_by: Option<String>,
    changed_time: i64,
    newest_count: Option<String>,
}

impl GroupRow {
    /// Without history, ids and what uses it.
    fn group(self) -> Result<Group> {
        Ok(Group {
            group_id: self.group_id,
            name: self.name,
            description: self.description,
            query_condition: self.query_condition,
            listed_devices: self.listed_devices.map(count),
            device_ids: None,
            created_time: Timestamp::from_ticks(self.created_time),
            created_by: self.created_by.map(|text| from_json(&text, "created_by")).transpose()?,
            changed_time: Timestamp::from_ticks(self.changed_time),
            count: self.newest_count.map(|text| from_json(&text, "newest_count")).transpose()?,
            history: Vec::new(),
            used_by: GroupUse::default(),
        })
    }
}
