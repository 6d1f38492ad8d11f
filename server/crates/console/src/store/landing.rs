//! Reading the landing map: devices in the order they were sent, counted in equal shares.

use console_wire::outcome::Outcome;
use hub_wire::{DeviceId, Timestamp};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Result, Store, causes::of_rank, columns, results::AS_SENT, search::searching};
use crate::StoreError;

/// How many devices of a cell are in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LandingRow {
    pub(crate) cell: u64,
    pub(crate) outcome: Outcome,
    pub(crate) devices: u64,
}

/// SQL of how many devices a cell of a job holds. Waiting devices without a row count, so that filter, cell and map
/// divide the devices in the same way. It binds the job's id.
pub(super) const PER_CELL: &str = "(SELECT max(1, (queued + in_flight + succeeded + failed + timed_out + not_online \
    + interrupted + cancelled + 1899) / 1900) FROM jobs WHERE job_id = ";

/// The whole map, by cell, on a connection that reads more.
pub(super) async fn read_landing(
    connection: &mut SqliteConnection,
    job_id: &str,
    per_cell: u64,
) -> Result<Vec<LandingRow>> {
    let text = format!(
        "SELECT (place - 1) / $2, rank, count(*) FROM (SELECT rank, row_number() OVER (ORDER BY {AS_SENT}) AS place \
         FROM device_results WHERE job_id = $1) GROUP BY 1, 2 ORDER BY 1"
    );
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(text))
        .bind(job_id)
        .bind(columns::stored(per_cell))
        .fetch_all(connection)
        .await
        .map_err(searching("read the landing map"))?;
    let one = |(cell, rank, devices)| {
        Ok(LandingRow {
            cell: columns::count(cell),
            outcome: of_rank(rank)?,
            devices: columns::count(devices),
        })
    };
    rows.into_iter().map(one).collect()
}

impl Store {
    /// The devices of one cell, in the map's order.
    pub(crate) async fn landing_cell(
        &self,
        job_id: &str,
        cell: u32,
    ) -> Result<Vec<(DeviceId, Outcome, Option<Timestamp>)>> {
        let attempt = "read a cell of the landing map";
        let mut search = self.searches.begin(attempt).await?;
        let text = format!(
            "SELECT device_id, rank, start_time FROM (SELECT device_id, rank, start_time, \
             row_number() OVER (ORDER BY {AS_SENT}) AS place \
             FROM device_results WHERE job_id = $1) WHERE (place - 1) / {PER_CELL}$1) = $2 ORDER BY place"
        );
        let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .bind(i64::from(cell))
            .fetch_all(search.connection())
            .await
            .map_err(searching(attempt))?;
        let one = |(device_id, rank, sent): (String, i64, Option<i64>)| {
            let device_id =
                DeviceId::new(device_id).map_err(|_| StoreError::Damaged { column: "device_id" })?;
            Ok((device_id, of_rank(rank)?, sent.map(Timestamp::from_ticks)))
        };
        rows.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use console_wire::landing::MAX_CELLS;

    #[test]
    fn cells_are_divided_as_the_wire_says() {
        assert!(super::PER_CELL.contains(&format!("+ {}) / {MAX_CELLS})", MAX_CELLS - 1)));
    }
}
