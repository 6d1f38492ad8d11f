//! Samples of the fleet, one a minute, and sums of outcomes, one a day.

use console_wire::overview::{Gap, HistoryPoint, Lowest};
use hub_wire::{Timestamp, time::TICKS_PER_SECOND};

use super::{
    Result, Store,
    columns::{count, stored},
    sql,
};

/// Gaps listed, the newest.
const MAX_GAPS: i64 = 50;
const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;

/// What is measured once a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sample {
    /// Devices registered and connected; `None` while the hub cannot be reached.
    pub(crate) fleet: Option<(u64, u64)>,
    /// Device operations that ended since the sample before.
    pub(crate) operations: u64,
    /// Calls that the hub refused since then.
    pub(crate) throttled: u64,
}

/// Samples of a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Samples {
    pub(crate) points: Vec<HistoryPoint>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) lowest: Option<Lowest>,
}

/// The minute of an instant, as samples are numbered.
pub(crate) const fn minute(at: Timestamp) -> i64 {
    at.ticks().div_euclid(TICKS_PER_MINUTE)
}

/// When a minute begins.
pub(crate) const fn minute_begin(minute: i64) -> Timestamp {
    Timestamp::from_ticks(minute * TICKS_PER_MINUTE)
}

impl Store {
    /// Writes the sample of a minute, in the place of one that is there, and the sums of the days from `since` on: of each
    /// day the greatest that was counted, since a purge deletes jobs.
    pub(crate) async fn add_sample(&self, at: Timestamp, sample: &Sample, since: Timestamp) -> Result<()> {
        let attempt = "write a sample of the fleet";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "INSERT OR REPLACE INTO fleet_samples (minute, devices, connected, in_flight, operations, throttled) \
             SELECT $1, $2, $3, coalesce(sum(in_flight), 0), $4, $5 FROM jobs WHERE phase = 'open'",
        )
        .bind(minute(at))
        .bind(sample.fleet.map(|(devices, _)| stored(devices)))
        .bind(sample.fleet.map(|(_, connected)| stored(connected)))
        .bind(stored(sample.operations))
        .bind(stored(sample.throttled))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query(
            "INSERT INTO outcome_days (day, succeeded, failed, timed_out, not_online, interrupted, cancelled) \
             SELECT MAX(created_time, COALESCE(start_time, created_time)) / 864000000000 AS day, sum(succeeded), \
             sum(failed), sum(timed_out), sum(not_online), sum(interrupted), sum(cancelled) FROM jobs \
             WHERE phase <> 'intent' AND MAX(created_time, COALESCE(start_time, created_time)) >= $1 GROUP BY day \
             ON CONFLICT (day) DO UPDATE SET succeeded = excluded.succeeded, failed = excluded.failed, \
             timed_out = excluded.timed_out, not_online = excluded.not_online, interrupted = excluded.interrupted, \
             cancelled = excluded.cancelled \
             WHERE excluded.succeeded + excluded.failed + excluded.timed_out + excluded.not_online \
             + excluded.interrupted + excluded.cancelled \
             > succeeded + failed + timed_out + not_online + interrupted + cancelled",
        )
        .bind(since.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Deletes samples from before a minute.
    pub(crate) async fn delete_samples_before(&self, before: i64) -> Result<u64> {
        let attempt = "delete old samples";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query("DELETE FROM fleet_samples WHERE minute < $1")
            .bind(before)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected())
    }

    /// The samples from one minute up to another, that one left out; each point sums up `step` minutes.
    pub(crate) async fn samples(&self, from: i64, to: i64, step: i64) -> Result<Samples> {
        type Row = (i64, Option<i64>, Option<i64>, i64, i64, i64);
        let attempt = "read samples of the fleet";
        let points: Vec<Row> = sqlx::query_as(
            "SELECT minute / $3 AS slot, min(connected), max(devices), max(in_flight), sum(operations), \
             sum(throttled) FROM fleet_samples WHERE minute >= $1 AND minute < $2 GROUP BY slot ORDER BY slot",
        )
        .bind(from)
        .bind(to)
        .bind(step)
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let gaps: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT before, minute FROM (SELECT minute, lag(minute) OVER (ORDER BY minute) AS before \
             FROM fleet_samples WHERE connected IS NOT NULL AND minute >= $1 AND minute < $2) \
             WHERE minute - before > 2 ORDER BY minute DESC LIMIT $3",
        )
        .bind(from)
        .bind(to)
        .bind(MAX_GAPS)
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let lowest: Option<(i64, i64)> = sqlx::query_as(
            "SELECT connected, minute FROM fleet_samples WHERE connected IS NOT NULL AND minute >= $1 AND minute < $2 \
             ORDER BY connected, minute DESC LIMIT 1",
        )
        .bind(from)
        .bind(to)
        .fetch_optional(&self.readers)
        .await
        .map_err(sql(attempt))?;
        Ok(Samples {
            points: points
                .into_iter()
                .map(|(slot, connected, devices, in_flight, operations, throttled)| HistoryPoint {
                    time: minute_begin(slot * step),
                    connected: connected.map(count),
                    devices: devices.map(count),
                    in_flight: count(in_flight),
                    operations: count(operations),
                    throttled: count(throttled),
                })
                .collect(),
            gaps: gaps
                .into_iter()
                .rev()
                .map(|(from, to)| Gap { from: minute_begin(from), to: minute_begin(to) })
                .collect(),
            lowest: lowest
                .map(|(connected, at)| Lowest { connected: count(connected), time: minute_begin(at) }),
        })
    }
}
