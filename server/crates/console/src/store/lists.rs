//! Jobs on a list of devices: the list is put down with the job, one row a device, before the hub hears of it.
//!
//! So the job counts its devices from the first moment, and a crash loses none of them. Rows are numbered by the part
//! that will address them, in statements over the whole list.

use console_wire::{
    job::{JobSummary, Origin},
    outcome::Outcome,
    rerun::Subset,
};
use hub_wire::{DeviceId, Timestamp, job::JobRequest};
use sqlx::{QueryBuilder, Sqlite, Transaction};

use super::{
    Result, Store,
    causes::rank,
    columns,
    intents::{Draft, insert},
    jobs::summaries,
    mirror::waiting,
    sql,
};

/// Characters of ids, with quotes and commas, that one part may hold. The hub takes queries of 8,192; the rest is for
/// the words around the list, the longest id, and what the preview's queries add.
const ROOM: i64 = 7_600;
/// Quotes, comma and space around an id.
const AROUND: i64 = 4;

/// Where a list comes from.
#[derive(Debug, Clone)]
pub(crate) enum List {
    /// Somebody named the devices.
    Ids(Vec<DeviceId>),
    /// Devices of another job, as they are when the list is made.
    Of {
        /// That job.
        job_id: String,
        /// What was asked for.
        asked: Subset,
        /// What that comes to.
        outcomes: Vec<Outcome>,
    },
}

/// What became of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It is an intent now, with so many devices.
    Intent(u64),
    /// The id is taken here. Nothing changed.
    Taken,
    /// There is no device in it. Nothing changed.
    Empty,
}

impl Store {
    /// Puts down a job on a list and its parts, none of which the hub knows. The condition of the request is not used.
    pub(crate) async fn insert_list(
        &self,
        request: &JobRequest,
        list: &List,
        now: Timestamp,
    ) -> Result<Listed> {
        let attempt = "note a job on a list";
        let job_id = request.job_id.as_str();
        let draft = Draft {
            job_id,
            phase: "intent",
            origin: Origin::Console,
            job_type: request.job_type,
            status: waiting(request.start_time, now),
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
            return Ok(Listed::Taken);
        }
        let devices = insert_devices(&mut transaction, job_id, list).await?;
        if devices == 0 {
            return Ok(Listed::Empty);
        }
        insert_parts(&mut transaction, job_id).await?;
        let parent = match list {
            List::Ids(_) => None,
            List::Of { job_id, asked, .. } => Some((job_id, columns::json(asked))),
        };
        sqlx::query(
            "UPDATE jobs SET target_devices = $2, queued = $2, query_condition = $3, parent_job = $4, \
             parent_subset = $5 WHERE job_id = $1",
        )
        .bind(job_id)
        .bind(columns::stored(devices))
        .bind(in_words(devices))
        .bind(parent.as_ref().map(|(job_id, _)| job_id.as_str()))
        .bind(parent.as_ref().map(|(_, subset)| subset.as_str()))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(Listed::Intent(devices))
    }

    /// The jobs that run a job's devices again, newest first.
    pub(crate) async fn reruns(&self, job_id: &str) -> Result<Vec<JobSummary>> {
        let text = format!(
            "{} WHERE parent_job = $1 AND phase <> 'intent' ORDER BY created_time DESC, job_id",
            columns::JOB
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list reruns"))?;
        summaries(&rows)
    }
}

fn in_words(devices: u64) -> String {
    if devices == 1 { "1 listed device".to_owned() } else { format!("{} listed devices", grouped(devices)) }
}

/// A count with a comma every three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

async fn insert_devices(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    list: &List,
) -> Result<u64> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO device_results (job_id, device_id, module_id, status, outcome, part) SELECT ",
    );
    query
        .push_bind(job_id)
        .push(
            ", device_id, module_id, 'pending', 'queued', dense_rank() OVER (ORDER BY module_id, room) - 1 ",
        )
        .push("FROM (SELECT device_id, module_id, (sum(length(device_id) + ")
        .push_bind(AROUND)
        .push(") OVER (PARTITION BY module_id ORDER BY device_id) - length(device_id) - ")
        .push_bind(AROUND)
        .push(") / ")
        .push_bind(ROOM)
        .push(" AS room FROM (");
    match list {
        List::Ids(ids) => {
            query
                .push("SELECT DISTINCT value AS device_id, '' AS module_id FROM json_each(")
                .push_bind(columns::json(ids))
                .push(")");
        }
        List::Of { job_id, asked, outcomes } => {
            query
                .push("SELECT device_id, module_id FROM device_results WHERE job_id = ")
                .push_bind(job_id)
                .push(" AND rank IN (SELECT value FROM json_each(")
                .push_bind(columns::json(&outcomes.iter().map(|outcome| rank(*outcome)).collect::<Vec<_>>()))
                .push("))");
            if let Some(key) = &asked.cause {
                super::results::push_cause(&mut query, key);
            }
        }
    }
    query.push(")) ORDER BY device_id, module_id");
    let inserted =
        query.build().execute(&mut **transaction).await.map_err(sql("note the devices of a list"))?;
    Ok(inserted.rows_affected())
}

/// One part is known to the hub by the job's own id; of several each has a number.
async fn insert_parts(transaction: &mut Transaction<'static, Sqlite>, job_id: &str) -> Result<()> {
    /// Longest beginning of a part's id: the hub takes 64 characters.
    const LONGEST: i64 = 46;
    let attempt = "note the parts of a list";
    let last: i64 = sqlx::query_scalar("SELECT max(part) FROM device_results WHERE job_id = $1")
        .bind(job_id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    // An id that is taken here gets a number of its own behind.
    sqlx::query(
        "WITH RECURSIVE numbers (part) AS (SELECT 0 UNION ALL SELECT part + 1 FROM numbers WHERE part < $2), \
         named (part, hub_job_id) AS (SELECT part, CASE WHEN $2 = 0 THEN $1 \
          ELSE substr($1, 1, $3) || '-part-' || (part + 1) END FROM numbers) \
         INSERT INTO job_parts (job_id, part, hub_job_id, phase, status) \
         SELECT $1, part, CASE WHEN $2 > 0 AND EXISTS (SELECT 1 FROM job_parts AS other \
          WHERE other.hub_job_id = named.hub_job_id) THEN hub_job_id || '-' || abs(random() % 100000) \
          ELSE hub_job_id END, 'waiting', 'queued' FROM named",
    )
    .bind(job_id)
    .bind(last)
    .bind(LONGEST)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql(attempt))
}

#[cfg(test)]
mod tests {
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

    fn ids(count: usize, length: usize) -> Vec<DeviceId> {
        (0..count).map(|number| DeviceId::new(format!("{number:0>length$}")).unwrap()).collect()
    }

    /// Every part's condition fits the hub's query, together they name every device once.
    #[tokio::test]
    async fn parts_fit_the_query_and_hold_each_device_once() {
        for (count, length) in [(1, 1), (3000, 4), (500, 128), (1000, 37)] {
            let (_folder, store) = store().await;
            let mut list = ids(count, length);
            list.extend(ids(count.min(7), length));
            let now = Timestamp::from_unix_millis(0);
            let listed = store.insert_list(&request("j"), &List::Ids(list), now).await.unwrap();
            assert_eq!(listed, Listed::Intent(count as u64));
            let mut seen = 0;
            let mut parts = 0;
            while let Some(devices) =
                Some(store.part_devices("j", parts).await.unwrap()).filter(|devices| !devices.ids.is_empty())
            {
                let condition = target::listed(&devices.ids, devices.module_id.as_deref());
                let longest = target::Target::of(&condition).disconnected().chars().count();
                assert!(longest <= MAX_QUERY_LENGTH, "{longest}");
                seen += devices.ids.len();
                parts += 1;
            }
            assert_eq!(seen, count);
            assert_eq!(
                store.insert_list(&request("j"), &List::Ids(ids(1, 1)), now).await.unwrap(),
                Listed::Taken
            );
        }
    }

    #[tokio::test]
    async fn an_empty_list_leaves_nothing() {
        let (_folder, store) = store().await;
        let now = Timestamp::from_unix_millis(0);
        assert_eq!(
            store.insert_list(&request("j"), &List::Ids(Vec::new()), now).await.unwrap(),
            Listed::Empty
        );
        assert!(!store.has_job("j").await.unwrap());
    }

    #[test]
    fn words() {
        for (count, words) in
            [(1, "1 listed device"), (37, "37 listed devices"), (1204, "1,204 listed devices")]
        {
            assert_eq!(in_words(count), words);
        }
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
