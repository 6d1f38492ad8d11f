//! Schedules of the overview: those that are due next, and those that are paused.

use hub_wire::Timestamp;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::store::{
    KeptSchedule, Result,
    columns::count,
    schedules::{COLUMNS, ScheduleRow},
    search::searching,
};

const ATTEMPT: &str = "read the schedules of the overview";

/// Schedules, and how many there are.
pub(super) type FirstSchedules = (Vec<KeptSchedule>, u64);

/// Active schedules that have to be looked at before an instant, soonest first.
pub(super) async fn read_due(
    connection: &mut SqliteConnection,
    until: Timestamp,
    limit: u32,
) -> Result<FirstSchedules> {
    let condition = format!("status = 'active' AND next_look < {}", until.ticks());
    read(connection, &condition, "next_look, name_key", limit).await
}

/// Paused schedules, the one that changed last at the top.
pub(super) async fn read_paused(connection: &mut SqliteConnection, limit: u32) -> Result<FirstSchedules> {
    read(connection, "status = 'paused'", "changed_time DESC, name_key", limit).await
}

/// Schedules by a condition and an order, whose text holds no text of a user.
async fn read(
    connection: &mut SqliteConnection,
    condition: &str,
    order: &str,
    limit: u32,
) -> Result<FirstSchedules> {
    let counting = format!("SELECT count(*) FROM schedules WHERE {condition}");
    let number: i64 = sqlx::query_scalar(AssertSqlSafe(counting))
        .fetch_one(&mut *connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let text = format!("SELECT {COLUMNS} FROM schedules WHERE {condition} ORDER BY {order} LIMIT $1");
    let rows: Vec<ScheduleRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let schedules: Result<Vec<_>> = rows.into_iter().map(ScheduleRow::kept).collect();
    Ok((schedules?, count(number)))
}
