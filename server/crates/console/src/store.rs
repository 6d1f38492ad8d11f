//! All SQL of the console: one SQLite file, one writer, several readers.
//!
//! A job's row, its counters and its device results change in one transaction each, which also takes the next sequence
//! number; after the commit the number is announced. So every reader gets counters and results that agree.
//!
//! Reading order: `database` (the file and its transactions), `hub_identity` (one file a hub), `columns`, `job_row`
//! and `tally` (rows to types); writing: `intents`, `reading`, `sync_job`, `sync_rows`, `write_job`, `multipart`; reading: `jobs`,
//! `job_list`, `tab_counts`, `typical_duration`, `results`, `export`, `causes`, `landing`, `snapshot`, `device_jobs`,
//! `search`; `rollouts` (jobs in waves); `device_calls`, `messages`, `twins_before`, `templates`, `groups`, `registry`, `schedules`, `access` (accounts and sessions) and `audit`, which belong to no job; `webhooks`
//! (messages about jobs); `overview` and `samples` (sums over jobs and devices); `purge`, which deletes.

mod access;
mod audit;
mod causes;
mod columns;
mod compare;
mod curve;
mod database;
mod device_calls;
mod device_jobs;
mod export;
mod groups;
mod hub_identity;
mod intents;
mod job_list;
mod job_row;
mod jobs;
mod landing;
mod messages;
mod multipart;
mod overview;
mod purge;
mod reading;
mod registry;
mod results;
mod rollouts;
mod samples;
mod schedules;
mod search;
mod snapshot;
mod statement;
mod sync_job;
mod sync_rows;
mod tab_counts;
mod tally;
mod templates;
mod twins_before;
mod typical_duration;
mod webhooks;
mod write_job;

#[cfg(test)]
pub(crate) use self::curve::EndedOverTime;
use self::statement::{Result, sql};
pub(crate) use self::{
    access::{
        Allowed, AttemptsSoFar, Changed, DeviceLoginRow, FromProvider, NewDeviceLogin, NewSession,
        NewTokenRow, NewUser, NewWall, NewWallCode, PollChange, ProviderSignIn, TokenRow, TokenToIssue,
    },
    audit::{AuditFile, AuditQuery},
    compare::{ComparedPage, ComparedRuns},
    database::Store,
    device_calls::{CallEnd, NewCall},
    device_jobs::DeviceJobsAfter,
    groups::{ChangeResult, CreateResult, DeleteResult, GroupContent, GroupTarget, ScopeChange},
    intents::{Intent, KnownAs, Labels},
    job_list::JobsAfter,
    jobs::PastRun,
    landing::LandingRow,
    messages::MessageChange,
    multipart::{DeviceList, Insertion, Part},
    overview::{CountedCauses, DAY, DecidedRollout, OverviewJobs, OverviewRange, WaitingForWindow},
    reading::{Applied, Reading, Settle},
    registry::{ChangeItem, DeviceEnd, ItemContent, NewChangeRow, QueuedItem},
    results::{ResultsAfter, counted},
    rollouts::{
        CalledDevice, HistoryLine, NewPart, NewRollout, PartsWrite, RolloutDevice, RolloutEdit,
        RolloutTarget, RolloutWrite, StateWrite,
    },
    samples::{Sample, Samples, minute, minute_begin},
    schedules::{
        CreatedSchedule, EndedRun, KeptRun, KeptSchedule, NewRun, ScheduleAfter, ScheduleContent,
        StartingRun, TickResult,
    },
    snapshot::{Snapshot, Window},
    webhooks::{
        AttemptEnd, Claim, GateAttempt, GateQuestion, GateReceiver, NewEndpoint, NewMessage, NextState,
    },
};

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, path::Path};

    use super::*;

    #[tokio::test]
    async fn readable_by_its_owner_only_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let store = Store::open(&data_dir, "hub.example").await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        for file in std::fs::read_dir(&data_dir).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
        store.close().await;
        assert_eq!(*Store::open(&data_dir, "hub.example").await.unwrap().sequence().borrow(), 0);
    }

    /// Jobs of a store from before names were kept get the names that they would get now.
    #[tokio::test]
    async fn jobs_from_before_get_names() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql(include_str!("../migrations/0001_schema.sql")).execute(&pool).await.unwrap();
        for (job_id, job_type, action, condition, listed, _) in OLD {
            sqlx::query(
                "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
                 as_of, target_devices) VALUES ($1, 'settled', 'console', $2, 'completed', $3, $4, 0, 0, $5)",
            )
            .bind(job_id)
            .bind(job_type)
            .bind(condition)
            .bind(action)
            .bind(listed)
            .execute(&pool)
            .await
            .unwrap();
        }
        sqlx::raw_sql(include_str!("../migrations/0002_job_names.sql")).execute(&pool).await.unwrap();
        for (job_id, .., name) in OLD {
            let found: (String, String) =
                sqlx::query_as("SELECT name, name_search FROM jobs WHERE job_id = $1")
                    .bind(job_id)
                    .fetch_one(&pool)
                    .await
                    .unwrap();
            assert_eq!(found, (name.to_owned(), name.to_lowercase()));
        }
    }

    /// Id, type, action, condition, listed devices, and the name.
    type OldJob = (&'static str, &'static str, &'static str, &'static str, Option<i64>, &'static str);

    const OLD: [OldJob; 4] = [
        ("a", "scheduleDeviceMethod", "lockDoor", " * ", None, "lockDoor on every device"),
        ("b", "scheduleUpdateTwin", "ring", "tags.a = 'B'", None, "Set ring on tags.a = 'B'"),
        (
            "c",
            "scheduleDeviceMethod",
            "lockDoor",
            "1,204 listed devices",
            Some(1204),
            "lockDoor on 1204 devices",
        ),
        ("d", "scheduleDeviceMethod", "lockDoor", "1 listed device", Some(1), "lockDoor on 1 device"),
    ];
}
