//! How many devices groups have: the newest count, and the last one of each day.

use console_wire::group::{GroupCount, HISTORY_DAYS};
use hub_wire::{Timestamp, time::TICKS_PER_SECOND};
use sqlx::{Sqlite, Transaction};

use crate::store::{Result, Store, columns, sql};

impl Store {
    /// The group that was not counted for the longest time, if its last count began before `before`. It counts as being
    /// counted from now on, so that one whose count fails does not keep the others from being counted.
    pub(crate) async fn next_group_to_count(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let attempt = "look for a group to count";
        // Read first: most often there is none, and then the writer is left alone.
        let found: Option<String> = sqlx::query_scalar(
            "SELECT group_id FROM device_groups WHERE counting_time < $1 ORDER BY counting_time, group_id LIMIT 1",
        )
        .bind(before.ticks())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql(attempt))?;
        if let Some(group_id) = &found {
            self.begin_group_count(group_id, now).await?;
        }
        Ok(found)
    }

    /// Notes that a group is being counted.
    pub(crate) async fn begin_group_count(&self, group_id: &str, now: Timestamp) -> Result<()> {
        let attempt = "note that a group is counted";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query("UPDATE device_groups SET counting_time = $2 WHERE group_id = $1")
            .bind(group_id)
            .bind(now.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Records the count of a group whose devices are still chosen as they were at `changed_time`.
    pub(crate) async fn record_group_count(
        &self,
        group_id: &str,
        changed_time: Timestamp,
        count: &GroupCount,
    ) -> Result<()> {
        let attempt = "record a group's count";
        let mut transaction = self.begin(attempt).await?;
        let is_same: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM device_groups WHERE group_id = $1 AND changed_time = $2)",
        )
        .bind(group_id)
        .bind(changed_time.ticks())
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if is_same {
            record(&mut transaction, group_id, count).await?;
            transaction.commit().await.map_err(sql(attempt))?;
        }
        Ok(())
    }
}

/// The day of a moment, in days since 1970-01-01 UTC.
pub(super) const fn day(moment: Timestamp) -> i64 {
    moment.ticks().div_euclid(24 * 3600 * TICKS_PER_SECOND)
}

/// Records a count as the newest and as that of its day, and deletes days that are not kept any more.
pub(super) async fn record(
    transaction: &mut Transaction<'static, Sqlite>,
    group_id: &str,
    count: &GroupCount,
) -> Result<()> {
    let attempt = "record a group's count";
    sqlx::query("UPDATE device_groups SET newest_count = $2 WHERE group_id = $1")
        .bind(group_id)
        .bind(columns::json(count))
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    sqlx::query(
        "INSERT INTO device_group_counts (group_id, day, as_of, devices) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (group_id, day) DO UPDATE SET as_of = excluded.as_of, devices = excluded.devices",
    )
    .bind(group_id)
    .bind(day(count.as_of))
    .bind(count.as_of.ticks())
    .bind(columns::stored(count.devices))
    .execute(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    sqlx::query("DELETE FROM device_group_counts WHERE group_id = $1 AND day <= $2")
        .bind(group_id)
        .bind(day(count.as_of) - i64::from(HISTORY_DAYS))
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(sql(attempt))
}

#[cfg(test)]
mod tests {
    use console_wire::group::DailyCount;

    use super::*;
    use crate::store::{CreateResult, GroupContent, GroupTarget};

    /// Noon of a day in 2026, counted from the first of January.
    fn noon(day: i64) -> Timestamp {
        let new_year = Timestamp::parse("2026-01-01T12:00:00Z").unwrap();
        Timestamp::from_ticks(new_year.ticks() + day * 24 * 3600 * TICKS_PER_SECOND)
    }

    fn count(devices: u64, as_of: Timestamp) -> GroupCount {
        GroupCount { devices, connected: 0, unknown: 0, unchecked: 0, as_of }
    }

    #[tokio::test]
    async fn one_count_a_day_is_kept_for_ninety_days() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let content = GroupContent {
            name: "Doors".into(),
            description: None,
            target: GroupTarget::Condition("*".into()),
        };
        let created = store.create_group("doors", &content, None, &count(0, noon(0)), noon(0)).await.unwrap();
        assert_eq!(created, CreateResult::Created("doors".into()));
        for day in 0..100 {
            store.record_group_count("doors", noon(0), &count(day, noon(day.cast_signed()))).await.unwrap();
        }
        let later = Timestamp::from_ticks(noon(99).ticks() + TICKS_PER_SECOND);
        store.record_group_count("doors", noon(0), &count(1000, later)).await.unwrap();
        let group = store.group("doors", noon(99)).await.unwrap().unwrap();
        assert_eq!(group.history.len(), HISTORY_DAYS as usize);
        assert_eq!(group.history[0], DailyCount { as_of: noon(10), devices: 10 });
        assert_eq!(group.history.last(), Some(&DailyCount { as_of: later, devices: 1000 }));
        assert_eq!(group.count, Some(count(1000, later)));
        assert_eq!(store.groups(noon(99)).await.unwrap()[0].history.len(), 30);

        let of_other_devices = count(7, later);
        store.record_group_count("doors", noon(1), &of_other_devices).await.unwrap();
        let group = store.group("doors", noon(99)).await.unwrap().unwrap();
        assert_eq!(
            group.count,
            Some(count(1000, later)),
            "a count of devices that were chosen before is dropped"
        );
    }

    #[tokio::test]
    async fn groups_are_counted_in_turn() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        for (name, day) in [("a", 0), ("b", 1)] {
            let content = GroupContent {
                name: name.into(),
                description: None,
                target: GroupTarget::Condition("*".into()),
            };
            store.create_group(name, &content, None, &count(0, noon(day)), noon(day)).await.unwrap();
        }
        let next = async |before, now| store.next_group_to_count(noon(before), noon(now)).await.unwrap();
        assert_eq!(next(0, 5).await, None);
        assert_eq!(next(5, 5).await.as_deref(), Some("a"));
        assert_eq!(next(5, 6).await.as_deref(), Some("b"), "although the count of a may have failed");
        assert_eq!(next(5, 7).await, None);
    }
}
