//! Calls of single devices and their modules, and twin changes of single devices: written before they are sent, completed at
//! their end, the oldest removed.

use console_wire::{
    device_call::{CallType, DeviceCall, DeviceCalls, MAX_KEPT_BODY, Requester},
    outcome::Outcome,
};
use hub_wire::{
    DeviceId, ModuleId, Timestamp, device_job::DeviceJobError, direct_method::DirectMethodResponse,
};
use serde_json::Value;

use super::{Result, Store, columns, sql};
use crate::StoreError;

/// Calls that are kept of one device.
const MAX_OF_A_DEVICE: i64 = 200;
/// Calls that are kept of all devices together: with bodies of the largest size that is kept, some 160 MB.
const MAX_OF_ALL: i64 = 10_000;

/// The error code of a call whose end is not known, since the console stopped.
pub(crate) const CONSOLE_STOPPED: &str = "ConsoleStopped";

const COLUMNS: &str = "call_id, device_id, call_type, method_name, request, request_bytes, origin, requested_by, \
    requested_time, outcome, end_time, response_status, response_payload, response_bytes, round_trip_ms, error_code, \
    error_description, twin_version, desired_version, module_id";

/// A call that is about to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewCall<'a> {
    pub(crate) device_id: &'a DeviceId,
    /// The module, if not the device itself is called.
    pub(crate) module_id: Option<&'a ModuleId>,
    pub(crate) call_type: CallType,
    /// Absent for a twin change.
    pub(crate) method_name: Option<&'a str>,
    /// The payload or the change.
    pub(crate) request: &'a Value,
    pub(crate) requester: &'a Requester,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallEnd {
    pub(crate) outcome: Outcome,
    pub(crate) response: Option<DirectMethodResponse>,
    pub(crate) round_trip_ms: Option<u64>,
    pub(crate) error: Option<DeviceJobError>,
    pub(crate) twin_version: Option<u64>,
    pub(crate) desired_version: Option<u64>,
}

impl Store {
    /// Writes down a call that is about to be sent, and removes the oldest ones beyond what is kept. Returns its number.
    pub(crate) async fn insert_call(&self, call: NewCall<'_>, now: Timestamp) -> Result<u64> {
        let attempt = "write down a call before it is sent";
        let (request, bytes) = kept(call.request);
        let mut transaction = self.begin(attempt).await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO device_calls (device_id, call_type, method_name, request, request_bytes, origin, \
             requested_by, requested_time, module_id, outcome) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'inFlight') \
             RETURNING call_id",
        )
        .bind(call.device_id.as_str())
        .bind(call.call_type.as_str())
        .bind(call.method_name)
        .bind(request)
        .bind(bytes)
        .bind(call.requester.origin.as_str())
        .bind(&call.requester.user)
        .bind(now.ticks())
        .bind(call.module_id.map(ModuleId::as_str))
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        // What is under way stays: its end is still to be written.
        sqlx::query(
            "DELETE FROM device_calls WHERE outcome <> 'inFlight' AND (call_id <= $1 OR call_id IN \
             (SELECT call_id FROM device_calls WHERE device_id = $2 ORDER BY call_id DESC LIMIT -1 OFFSET $3))",
        )
        .bind(id - MAX_OF_ALL)
        .bind(call.device_id.as_str())
        .bind(MAX_OF_A_DEVICE)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(columns::count(id))
    }

    /// Writes down how a call ended.
    pub(crate) async fn end_call(&self, call_id: u64, end: &CallEnd, now: Timestamp) -> Result<()> {
        let attempt = "write down how a call ended";
        let (payload, bytes) = end.response.as_ref().map_or((None, 0), |response| kept(&response.payload));
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "UPDATE device_calls SET outcome = $2, end_time = $3, response_status = $4, response_payload = $5, \
             response_bytes = $6, round_trip_ms = $7, error_code = $8, error_description = $9, twin_version = $10, \
             desired_version = $11 WHERE call_id = $1",
        )
        .bind(columns::stored(call_id))
        .bind(end.outcome.as_str())
        .bind(now.ticks())
        .bind(end.response.as_ref().map(|response| response.status))
        .bind(payload)
        .bind(bytes)
        .bind(end.round_trip_ms.map(columns::stored))
        .bind(end.error.as_ref().map(|error| &error.code))
        .bind(end.error.as_ref().map(|error| &error.description))
        .bind(end.twin_version.map(columns::stored))
        .bind(end.desired_version.map(columns::stored))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Ends the calls that were under way when the last process ended: their outcome is unknown.
    pub(crate) async fn interrupt_calls(&self) -> Result<()> {
        let attempt = "end the calls that a stop interrupted";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "UPDATE device_calls SET outcome = $1, error_code = $2, error_description = $3 WHERE outcome = 'inFlight'",
        )
        .bind(Outcome::Interrupted.as_str())
        .bind(CONSOLE_STOPPED)
        .bind("The console stopped before the answer arrived.")
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// At most `limit` calls of a device, newest first, from before a call on; and how many are kept. Without the cursor.
    pub(crate) async fn device_calls(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<DeviceCalls> {
        let attempt = "list a device's calls";
        let text = format!(
            "SELECT {COLUMNS} FROM device_calls WHERE device_id = $1 AND call_id < $2 ORDER BY call_id DESC LIMIT $3"
        );
        let rows: Vec<CallRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(device_id.as_str())
            .bind(before.map_or(i64::MAX, columns::stored))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(sql(attempt))?;
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM device_calls WHERE device_id = $1")
            .bind(device_id.as_str())
            .fetch_one(&self.readers)
            .await
            .map_err(sql(attempt))?;
        let items = rows.into_iter().map(CallRow::call).collect::<Result<_>>()?;
        Ok(DeviceCalls { items, next_cursor: None, count: columns::count(count) })
    }

    /// One call of a device.
    pub(crate) async fn device_call(&self, device_id: &DeviceId, call_id: u64) -> Result<Option<DeviceCall>> {
        let text = format!("SELECT {COLUMNS} FROM device_calls WHERE call_id = $1 AND device_id = $2");
        let row: Option<CallRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(columns::stored(call_id))
            .bind(device_id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a call"))?;
        row.map(CallRow::call).transpose()
    }
}

/// A value as JSON text, if it is small enough to be kept, and its size.
fn kept(value: &Value) -> (Option<String>, i64) {
    let text = value.to_string();
    let bytes = text.len() as u64;
    (Some(text).filter(|_| bytes <= MAX_KEPT_BODY), columns::stored(bytes))
}

/// A row of the table.
#[derive(Debug, sqlx::FromRow)]
struct CallRow {
    call_id: i64,
    device_id: String,
    call_type: String,
    method_name: Option<String>,
    request: Option<String>,
    request_bytes: i64,
    origin: String,
    requested_by: Option<String>,
    requested_time: i64,
    outcome: String,
    end_time: Option<i64>,
    response_status: Option<i32>,
    response_payload: Option<String>,
    response_bytes: i64,
    round_trip_ms: Option<i64>,
    error_code: Option<String>,
    error_description: Option<String>,
    twin_version: Option<i64>,
    desired_version: Option<i64>,
    module_id: Option<String>,
}

impl CallRow {
    fn call(self) -> Result<DeviceCall> {
        let value = |text: Option<String>, column| {
            text.map_or(Ok(Value::Null), |text| columns::from_json(&text, column))
        };
        let payload = value(self.response_payload, "response_payload")?;
        Ok(DeviceCall {
            call_id: columns::count(self.call_id),
            device_id: DeviceId::new(self.device_id)
                .map_err(|_| StoreError::Damaged { column: "device_id" })?,
            module_id: self
                .module_id
                .map(ModuleId::new)
                .transpose()
                .map_err(|_| StoreError::Damaged { column: "module_id" })?,
            call_type: columns::wire(&self.call_type, "call_type")?,
            method_name: self.method_name,
            request: value(self.request, "request")?,
            request_bytes: columns::count(self.request_bytes),
            origin: columns::wire(&self.origin, "origin")?,
            requested_by: self.requested_by,
            requested_time_utc: Timestamp::from_ticks(self.requested_time),
            end_time_utc: self.end_time.map(Timestamp::from_ticks),
            outcome: columns::outcome(&self.outcome)?,
            response: self.response_status.map(|status| DirectMethodResponse { status, payload }),
            response_bytes: columns::count(self.response_bytes),
            round_trip_ms: self.round_trip_ms.map(columns::count),
            error: self
                .error_code
                .map(|code| DeviceJobError { code, description: self.error_description.unwrap_or_default() }),
            twin_version: self.twin_version.map(columns::count),
            desired_version: self.desired_version.map(columns::count),
        })
    }
}

#[cfg(test)]
mod tests {
    use console_wire::device_call::CallOrigin;
    use serde_json::json;

    use super::*;

    async fn insert(store: &Store, device: &str, request: &Value) -> u64 {
        let call = NewCall {
            device_id: &device.parse().unwrap(),
            module_id: None,
            call_type: CallType::Method,
            method_name: Some("lockDoor"),
            request,
            requester: &CallOrigin::Api.into(),
        };
        store.insert_call(call, Timestamp::from_unix_millis(1000)).await.unwrap()
    }

    fn answered(payload: Value) -> CallEnd {
        CallEnd {
            outcome: Outcome::Succeeded,
            response: Some(DirectMethodResponse { status: 200, payload }),
            round_trip_ms: Some(7),
            error: None,
            twin_version: None,
            desired_version: None,
        }
    }

    #[tokio::test]
    async fn calls_are_kept_within_limits_and_those_under_way_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let door = "door-1".parse().unwrap();
        let under_way = insert(&store, "door-1", &json!(1)).await;
        for number in 0..MAX_OF_A_DEVICE + 5 {
            let id = insert(&store, "door-1", &json!(number)).await;
            store.end_call(id, &answered(Value::Null), Timestamp::from_unix_millis(2000)).await.unwrap();
        }
        let other = insert(&store, "door-2", &Value::Null).await;
        let calls = store.device_calls(&door, None, 500).await.unwrap();
        // The oldest is under way, so it is one more than the newest ones.
        assert_eq!(calls.items.len() as u64, calls.count);
        assert_eq!(calls.count, columns::count(MAX_OF_A_DEVICE) + 1);
        assert_eq!(calls.items.last().unwrap().call_id, under_way);
        assert!(calls.items.is_sorted_by(|newer, older| newer.call_id > older.call_id));
        assert_eq!(
            store.device_calls(&door, Some(calls.items[1].call_id), 1).await.unwrap().items[0],
            calls.items[2]
        );

        // Of all devices together.
        store.end_call(under_way, &answered(Value::Null), Timestamp::from_unix_millis(3000)).await.unwrap();
        sqlx::query("UPDATE sqlite_sequence SET seq = $1 WHERE name = 'device_calls'")
            .bind(columns::stored(other) + MAX_OF_ALL - 1)
            .execute(&store.writer)
            .await
            .unwrap();
        insert(&store, "door-3", &Value::Null).await;
        assert_eq!(store.device_calls(&door, None, 500).await.unwrap().count, 0);
        let kept = store.device_calls(&"door-2".parse().unwrap(), None, 9).await.unwrap();
        assert_eq!(kept.items[0].outcome, Outcome::InFlight);
    }

    #[tokio::test]
    async fn bodies_are_kept_up_to_a_size() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let door = "door-1".parse().unwrap();
        for (length, is_kept) in [(10, true), (8190, true), (8191, false)] {
            let body = json!("x".repeat(length));
            let id = insert(&store, "door-1", &body).await;
            store.end_call(id, &answered(body.clone()), Timestamp::from_unix_millis(2000)).await.unwrap();
            let call = store.device_call(&door, id).await.unwrap().unwrap();
            let response = call.response.clone().unwrap();
            assert_eq!((call.is_request_kept(), call.is_response_kept()), (is_kept, is_kept), "{length}");
            assert_eq!((call.request == body, response.payload == body), (is_kept, is_kept), "{length}");
            assert_eq!((call.request_bytes, call.response_bytes), (length as u64 + 2, length as u64 + 2));
            assert_eq!((response.status, call.round_trip_ms), (200, Some(7)));
        }
        let id = insert(&store, "door-1", &Value::Null).await;
        assert_eq!(
            store.device_call(&"door-2".parse().unwrap(), id).await.unwrap(),
            None,
            "another device's"
        );
    }

    #[tokio::test]
    async fn calls_under_way_end_as_interrupted_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let (door, lost) = ("door-1".parse().unwrap(), insert(&store, "door-1", &Value::Null).await);
        let ended = insert(&store, "door-1", &Value::Null).await;
        store.end_call(ended, &answered(Value::Null), Timestamp::from_unix_millis(2000)).await.unwrap();
        store.interrupt_calls().await.unwrap();
        let outcome = async |id| store.device_call(&door, id).await.unwrap().unwrap().outcome;
        assert_eq!((outcome(lost).await, outcome(ended).await), (Outcome::Interrupted, Outcome::Succeeded));
        let call = store.device_call(&door, lost).await.unwrap().unwrap();
        assert_eq!((call.end_time_utc, call.error.unwrap().code.as_str()), (None, CONSOLE_STOPPED));
    }
}
