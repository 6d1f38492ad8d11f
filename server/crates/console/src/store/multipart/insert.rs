//! Inserting a job on a list of devices: with a row for each device, before the hub is called.
//!
//! So the job counts its devices from the first moment, and a crash loses none of them. One statement over the whole
//! list assigns each row to the part that will address it.

use console_wire::{
    job::{JobSummary, NamedTarget, default_name},
    number::grouped,
    outcome::Outcome,
    rerun::Subset,
};
use hub_wire::{DeviceId, Timestamp, job::JobRequest};
use sqlx::{QueryBuilder, Sqlite, Transaction};

use crate::store::{
    Result, Store,
    causes::rank,
    columns,
    intents::{Draft, Labels, insert},
    job_row::{self, summaries},
    reading::waiting_status,
    results::push_cause,
    sql,
};

/// Characters of ids, with quotes and commas, that one part may hold. The hub takes queries of 8,192; the rest is for
/// the query around the list, the longest id, and what the preview's queries add.
const PART_LENGTH: i64 = 7_600;
/// Characters that put a scope in front of a list: ` AND ` and parentheses.
const SCOPE_OVERHEAD: i64 = 8;
/// Quotes, comma and space around an id.
const ID_OVERHEAD: i64 = 4;
/// Characters of an id in a query: an apostrophe takes two.
const ID_LENGTH: &str = "length(replace(device_id, char(39), 'xx'))";

/// Which devices the job addresses.
#[derive(Debug, Clone)]
pub(crate) enum DeviceList {
    /// These.
    Ids(Vec<DeviceId>),
    /// Devices of another job, as they are when the list is inserted.
    OfJob {
        /// That job.
        job_id: String,
        /// Which of its devices, as requested.
        subset: Subset,
        /// The outcomes that the subset includes.
        outcomes: Vec<Outcome>,
    },
}

/// What became of inserting a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// It is an intent now.
    Inserted {
        /// How many devices it has.
        devices: u64,
    },
    /// The id is taken here. Nothing changed.
    IdTaken,
    /// The list has no device. Nothing changed.
    NoDevices,
}

impl Store {
    /// Inserts a job on a list, with its devices and parts, as an intent. The condition of the request is not used.
    pub(crate) async fn insert_multipart(
        &self,
        request: &JobRequest,
        labels: &Labels,
        list: &DeviceList,
        now: Timestamp,
    ) -> Result<Insertion> {
        let attempt = "note a job on a list";
        let job_id = request.job_id.as_str();
        let draft = Draft {
            job_id,
            phase: "intent",
            labels,
            job_type: request.job_type,
            status: waiting_status(request.start_time, now),
            query_condition: "",
            method: request.cloud_to_device_method.as_ref(),
            twin: request.update_twin.as_ref(),
            created: now,
            start: request.start_time,
            max_execution_time: request.max_execution_time_in_seconds,
            expected: None,
            now,
        };
        let mut transaction = self.begin(attempt).await?;
        let is_a_part: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job_parts WHERE hub_job_id = $1)")
                .bind(job_id)
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        if is_a_part || !insert(&mut transaction, &draft, 0).await? {
            return Ok(Insertion::IdTaken);
        }
        let devices = insert_devices(&mut transaction, job_id, list, part_length(labels)).await?;
        if devices == 0 {
            return Ok(Insertion::NoDevices);
        }
        insert_parts(&mut transaction, job_id).await?;
        let parent = match list {
            DeviceList::Ids(_) => None,
            DeviceList::OfJob { job_id, subset, .. } => Some((job_id, columns::json(subset))),
        };
        // How many devices the list has is known only now.
        let name = labels.name.clone().unwrap_or_else(|| {
            default_name(draft.method, draft.twin, &labels.named_target(NamedTarget::Listed(devices)))
        });
        sqlx::query(
            "UPDATE jobs SET target_devices = $2, queued = $2, query_condition = $3, condition_search = $3, \
             parent_job = $4, parent_subset = $5, name = $6, name_search = $7 WHERE job_id = $1",
        )
        .bind(job_id)
        .bind(columns::stored(devices))
        .bind(description(devices))
        .bind(parent.as_ref().map(|(job_id, _)| job_id.as_str()))
        .bind(parent.as_ref().map(|(_, subset)| subset.as_str()))
        .bind(&name)
        .bind(name.to_lowercase())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Insertion::Inserted { devices })
    }

    /// Whether a job has addressed modules.
    pub(crate) async fn has_modules(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM device_results WHERE job_id = $1 AND module_id <> '')",
        )
        .bind(job_id)
        .fetch_one(&self.readers)
        .await
        .map_err(sql("look for modules"))
    }

    /// The jobs that run a job's devices again, newest first.
    pub(crate) async fn reruns(&self, job_id: &str) -> Result<Vec<JobSummary>> {
        let text = format!(
            "{} WHERE parent_job = $1 AND phase <> 'intent' ORDER BY created_time DESC, job_id",
            job_row::SELECT
        );
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list reruns"))?;
        summaries(rows)
    }
}

/// What a job on a list shows in the place of a condition.
pub(in crate::store) fn description(devices: u64) -> String {
    if devices == 1 { "1 listed device".to_owned() } else { format!("{} listed devices", grouped(devices)) }
}

/// Characters of ids that one part may hold beside the job's scope.
fn part_length(labels: &Labels) -> i64 {
    let scope = labels
        .scope
        .as_ref()
        .map_or(0, |scope| columns::stored(scope.chars().count() as u64) + SCOPE_OVERHEAD);
    (PART_LENGTH - scope).max(0)
}

async fn insert_devices(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    list: &DeviceList,
    part_length: i64,
) -> Result<u64> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO device_results (job_id, device_id, module_id, status, outcome, part) SELECT ",
    );
    query
        .push_bind(job_id)
        .push(
            ", device_id, module_id, 'pending', 'queued', dense_rank() OVER (ORDER BY module_id, room) - 1 ",
        )
        .push("FROM (SELECT device_id, module_id, (sum(")
        .push(ID_LENGTH)
        .push(" + ")
        .push_bind(ID_OVERHEAD)
        .push(") OVER (PARTITION BY module_id ORDER BY device_id) - ")
        .push(ID_LENGTH)
        .push(" - ")
        .push_bind(ID_OVERHEAD)
        .push(") / ")
        .push_bind(part_length)
        .push(" AS room FROM (");
    match list {
        DeviceList::Ids(ids) => {
            query
                .push("SELECT DISTINCT value AS device_id, '' AS module_id FROM json_each(")
                .push_bind(columns::json(ids))
                .push(")");
        }
        DeviceList::OfJob { job_id, subset, outcomes } => {
            query
                .push("SELECT device_id, module_id FROM device_results WHERE job_id = ")
                .push_bind(job_id)
                .push(" AND rank IN (SELECT value FROM json_each(")
                .push_bind(columns::json(&outcomes.iter().map(|outcome| rank(*outcome)).collect::<Vec<_>>()))
                .push("))");
            if let Some(key) = &subset.cause {
                push_cause(&mut query, key);
            }
        }
    }
    query.push(")) ORDER BY device_id, module_id");
    let inserted =
        query.build().execute(&mut **transaction).await.map_err(sql("note the devices of a list"))?;
    Ok(inserted.rows_affected())
}

/// A single part has the job's own id on the hub; of several each has a number.
async fn insert_parts(transaction: &mut Transaction<'static, Sqlite>, job_id: &str) -> Result<()> {
    /// Longest prefix of a part's id: the hub takes 64 characters.
    const PREFIX_LENGTH: i64 = 46;
    let attempt = "note the parts of a list";
    let last: i64 = sqlx::query_scalar("SELECT max(part) FROM device_results WHERE job_id = $1")
        .bind(job_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    // An id that is taken here gets a random number appended.
    sqlx::query(
        "WITH RECURSIVE numbers (part) AS (SELECT 0 UNION ALL SELECT part + 1 FROM numbers WHERE part < $2), \
         named (part, hub_job_id) AS (SELECT part, CASE WHEN $2 = 0 THEN $1 \
          ELSE substr($1, 1, $3) || '-part-' || (part + 1) END FROM numbers) \
         INSERT INTO job_parts (job_id, part, hub_job_id, phase, status, devices) \
         SELECT $1, part, CASE WHEN $2 > 0 AND EXISTS (SELECT 1 FROM job_parts AS other \
          WHERE other.hub_job_id = named.hub_job_id) THEN hub_job_id || '-' || abs(random() % 100000) \
          ELSE hub_job_id END, 'waiting', 'queued', (SELECT count(*) FROM device_results AS result \
          WHERE result.job_id = $1 AND result.part = named.part) FROM named",
    )
    .bind(job_id)
    .bind(last)
    .bind(PREFIX_LENGTH)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql(attempt))
}

#[cfg(test)]
mod tests {
    use console_wire::{access::MAX_SCOPE, job::Origin};
    use hub_wire::query::MAX_QUERY_LENGTH;

    use super::*;
    use crate::target;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        (folder, store)
    }

    fn request(job_id: &str) -> JobRequest {
        serde_json::from_value(serde_json::json!({"jobId": job_id, "type": "scheduleDeviceMethod",
            "queryCondition": "", "cloudToDeviceMethod": {"methodName": "x"}}))
        .unwrap()
    }

    fn labels() -> Labels {
        Labels {
            name: None,
            reason: None,
            origin: Origin::Console,
            created_by: None,
            scope: None,
            group: None,
            schedule: None,
        }
    }

    /// With apostrophes, which take two characters in a query.
    fn ids(count: usize, length: usize) -> Vec<DeviceId> {
        (0..count)
            .map(|number| DeviceId::new(format!("{number:0>length$}").replace('0', "'")).unwrap())
            .collect()
    }

    /// Every part's condition fits the hub's query, together they name every device once.
    #[tokio::test]
    async fn parts_fit_a_query_and_hold_each_device_once() {
        let longest_scope = format!("tags.a = '{}'", "x".repeat(MAX_SCOPE - 11));
        for (count, length, scope) in [
            (1, 1, None),
            (3000, 4, None),
            (500, 128, None),
            (1000, 37, None),
            (3000, 4, Some(longest_scope.as_str())),
            (500, 128, Some(longest_scope.as_str())),
        ] {
            let labels = Labels { scope: scope.map(str::to_owned), ..labels() };
            let (_folder, store) = store().await;
            let mut list = ids(count, length);
            list.extend(ids(count.min(7), length));
            let now = Timestamp::from_unix_millis(0);
            let insertion =
                store.insert_multipart(&request("j"), &labels, &DeviceList::Ids(list), now).await.unwrap();
            assert_eq!(insertion, Insertion::Inserted { devices: count as u64 });
            let mut device_count = 0;
            let mut parts = 0;
            while let Some(devices) =
                Some(store.part_devices("j", parts).await.unwrap()).filter(|devices| !devices.ids.is_empty())
            {
                let listed = target::listed(&devices.ids, devices.module_id.as_deref());
                let condition = target::narrowed(scope, &listed).unwrap();
                let longest = target::Target::of(&condition).disconnected().chars().count();
                assert!(longest <= MAX_QUERY_LENGTH, "{longest}");
                device_count += devices.ids.len();
                parts += 1;
            }
            assert_eq!(device_count, count);
            assert_eq!(
                store
                    .insert_multipart(&request("j"), &labels, &DeviceList::Ids(ids(1, 1)), now)
                    .await
                    .unwrap(),
                Insertion::IdTaken
            );
        }
    }

    #[tokio::test]
    async fn an_empty_list_leaves_nothing() {
        let (_folder, store) = store().await;
        let now = Timestamp::from_unix_millis(0);
        assert_eq!(
            store
                .insert_multipart(&request("j"), &labels(), &DeviceList::Ids(Vec::new()), now)
                .await
                .unwrap(),
            Insertion::NoDevices
        );
        assert!(!store.has_job("j").await.unwrap());
    }

    #[test]
    fn descriptions_count_the_devices() {
        for (count, text) in
            [(1, "1 listed device"), (37, "37 listed devices"), (1204, "1,204 listed devices")]
        {
            assert_eq!(description(count), text);
        }
    }
}
