//! What was decided on rollouts last.

use console_wire::{access::PersonRef, overview::Subject, rollout::Decision};
use hub_wire::Timestamp;
use sqlx::SqliteConnection;

use super::ATTEMPT;
use crate::store::{Result, columns, search::searching};

/// Newest lines that are looked at: most of them are decisions of the rollouts themselves, which are not shown.
const LINES: u32 = 60;

/// A line of a rollout's history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DecidedRollout {
    pub(crate) at: Timestamp,
    pub(crate) decision: Decision,
    pub(crate) person: Option<PersonRef>,
    pub(crate) comment: Option<String>,
    pub(crate) job: Subject,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    at: i64,
    decision: String,
    person: Option<String>,
    comment: Option<String>,
    job_id: String,
    name: String,
}

/// The newest first.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Vec<DecidedRollout>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT at, decision, person, comment, job_id, jobs.name FROM rollout_history JOIN jobs USING (job_id) \
         ORDER BY entry DESC LIMIT $1",
    )
    .bind(LINES)
    .fetch_all(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    let decided = |row: Row| {
        Ok(DecidedRollout {
            at: Timestamp::from_ticks(row.at),
            decision: columns::from_json(&row.decision, "decision")?,
            person: row.person.map(|text| columns::from_json(&text, "person")).transpose()?,
            comment: row.comment,
            job: Subject { id: row.job_id, name: row.name },
        })
    };
    rows.into_iter().map(decided).collect()
}
