//! The baseline of twin jobs: the bare statements that do the same writes, in one transaction, by the same SQLite.

use std::{path::Path, time::Instant};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::hub::desired;

/// What the job's rows say.
const JOB_ID: &str = "bare";

/// Makes rows for all devices, patches all twins, ends all rows, in the file of a hub that does not run. Seconds.
pub(crate) async fn patch_all(file: &Path) -> anyhow::Result<f64> {
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", "8192")
        .disable_statement_logging()
        .connect()
        .await?;
    // As the hub keeps it: when and in which version each member was written last.
    let stamp = r#""$lastUpdated":"2026-01-01T00:00:00.0000000Z","$lastUpdatedVersion":2"#;
    let metadata = format!("{{{stamp},\"building\":{{{stamp}}},\"floor\":{{{stamp}}}}}");
    let begin = Instant::now();
    let mut transaction = connection.begin().await?;
    sqlx::query(
        "INSERT INTO device_jobs (device_id, target, job_id, job_type, status, created, last_updated) \
         SELECT device_id, id, ?1, 'scheduleUpdateTwin', 'pending', ?2, ?2 FROM devices",
    )
    .bind(JOB_ID)
    .bind(1_i64)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "UPDATE devices SET desired = jsonb_patch(desired, jsonb(?1)), \
         desired_metadata = jsonb_patch(desired_metadata, jsonb(?2)), desired_version = desired_version + 1, \
         twin_version = twin_version + 1, twin_etag = twin_etag + 1",
    )
    .bind(desired().to_string())
    .bind(metadata)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "UPDATE device_jobs SET status = 'completed', start_time = ?1, end_time = ?1, last_updated = ?1",
    )
    .bind(2_i64)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let seconds = begin.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(seconds)
}
