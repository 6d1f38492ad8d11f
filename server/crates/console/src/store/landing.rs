//! Reading the landing map: devices in the order they were sent, counted in equal shares.

use console_wire::{landing::MAX_CELLS, outcome::Outcome};
use hub_wire::{DeviceId, Timestamp};
use sqlx::AssertSqlSafe;

use super::{Result, Store, causes::of_rank, columns, results::AS_SENT, sql};
use crate::StoreError;

/// How many devices of a cell are in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LandingRow {
    pub(crate) cell: u64,
    /// Devices in a full cell.
    pub(crate) per_cell: u64,
    pub(crate) outcome: Outcome,
    pub(crate) devices: u64,
}

impl Store {
    /// The whole map, by cell.
    pub(crate) async fn landing(&self, job_id: &str) -> Result<Vec<LandingRow>> {
        let text = format!(
            "SELECT (place - 1) / per_cell, per_cell, rank, count(*) FROM (SELECT rank, \
             row_number() OVER (ORDER BY {AS_SENT}) AS place, \
             max(1, (count(*) OVER () + {MAX_CELLS} - 1) / {MAX_CELLS}) AS per_cell \
             FROM device_results WHERE job_id = $1) GROUP BY 1, 3 ORDER BY 1"
        );
        let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read the landing map"))?;
        let one = |(cell, per_cell, rank, devices)| {
            Ok(LandingRow {
                cell: columns::count(cell),
                per_cell: columns::count(per_cell),
                outcome: of_rank(rank)?,
                devices: columns::count(devices),
            })
        };
        rows.into_iter().map(one).collect()
    }

    /// The devices of one cell, in the map's order.
    pub(crate) async fn landing_cell(
        &self,
        job_id: &str,
        cell: u32,
    ) -> Result<Vec<(DeviceId, Outcome, Option<Timestamp>)>> {
        let text = format!(
            "SELECT device_id, rank, start_time FROM (SELECT device_id, rank, start_time, \
             row_number() OVER (ORDER BY {AS_SENT}) AS place, \
             max(1, (count(*) OVER () + {MAX_CELLS} - 1) / {MAX_CELLS}) AS per_cell \
             FROM device_results WHERE job_id = $1) WHERE (place - 1) / per_cell = $2 ORDER BY place"
        );
        let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .bind(i64::from(cell))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read a cell of the landing map"))?;
        let one = |(device_id, rank, sent): (String, i64, Option<i64>)| {
            let device_id =
                DeviceId::new(device_id).map_err(|_| StoreError::Damaged { column: "device_id" })?;
            Ok((device_id, of_rank(rank)?, sent.map(Timestamp::from_ticks)))
        };
        rows.into_iter().map(one).collect()
    }
}
