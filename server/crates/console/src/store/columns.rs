//! Rows to types and back.

use console_wire::outcome::{DeviceResult, Outcome};
use hub_wire::{
    DeviceId, ModuleId, Timestamp, device_job::DeviceJobError, direct_method::DirectMethodResponse,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{ColumnIndex, Row, sqlite::SqliteRow};

use super::Result;
use crate::StoreError;

/// Everything of a device result that is shown.
pub(super) const RESULT_COLUMNS: &str = "device_id, module_id, status, outcome, response_status, response_payload, \
    error_code, error_description, start_time, end_time";

pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    &'static str: ColumnIndex<SqliteRow>,
{
    row.try_get(column).map_err(|_| StoreError::Damaged { column })
}

/// A number that is never negative.
pub(super) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// A count as SQLite holds it.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A string of the wire as its type.
pub(super) fn wire<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    let reader = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(reader).map_err(|_| StoreError::Damaged { column })
}

/// JSON text of something that always has one.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("wire types have string keys and finite numbers")
}

/// A JSON column as its type.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged { column })
}

/// A module's id; `None` where the device itself is the target.
pub(super) fn module_id(text: &str) -> Result<Option<ModuleId>> {
    let id = (!text.is_empty()).then(|| ModuleId::new(text)).transpose();
    id.map_err(|_| StoreError::Damaged { column: "module_id" })
}

/// The outcome of a row.
pub(super) fn outcome(text: &str) -> Result<Outcome> {
    Outcome::from_wire(text).ok_or(StoreError::Damaged { column: "outcome" })
}

fn time(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_ticks))
}

/// A device result, with the columns of [`RESULT_COLUMNS`]. Read by name and without an intermediate struct, since there
/// is one for each device.
pub(super) fn result(row: &SqliteRow) -> Result<DeviceResult> {
    let response_status: Option<i32> = get(row, "response_status")?;
    let error_code: Option<String> = get(row, "error_code")?;
    let payload: Option<&str> = get(row, "response_payload")?;
    Ok(DeviceResult {
        device_id: DeviceId::new(get::<&str>(row, "device_id")?)
            .map_err(|_| StoreError::Damaged { column: "device_id" })?,
        module_id: module_id(get(row, "module_id")?)?,
        status: wire(get(row, "status")?, "status")?,
        outcome: outcome(get(row, "outcome")?)?,
        response: match response_status {
            Some(status) => Some(DirectMethodResponse {
                status,
                payload: payload.map_or(Ok(Value::Null), |text| from_json(text, "response_payload"))?,
            }),
            None => None,
        },
        error: match error_code {
            Some(code) => Some(DeviceJobError {
                code,
                description: get::<Option<String>>(row, "error_description")?.unwrap_or_default(),
            }),
            None => None,
        },
        start_time_utc: time(row, "start_time")?,
        end_time_utc: time(row, "end_time")?,
        earlier_calls: Vec::new(),
    })
}
