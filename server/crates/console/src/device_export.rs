//! The devices that a condition matches as a file, streamed page by page: CSV or JSON.

use std::sync::Arc;

use console_wire::{
    device::{DeviceExport, DeviceFilter, DeviceSummary, ExportedDevice},
    problem::FieldError,
};
use futures::{Stream, stream};
use hub_query::attribute;
use hub_wire::twin::Twin;
use serde_json::Value;

use crate::{ConsoleError, core::Core, csv, device_table::value_at, devices::twins, target_query};

/// Most devices in a file.
const MAX_DEVICES: u64 = 100_000;
/// Most columns of attributes.
const MAX_COLUMNS: usize = 16;
/// Devices read at once: the hub's page size.
const PAGE: u32 = 100;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceFormat {
    /// Comma-separated values with a head, RFC 4180.
    Csv,
    /// One array.
    Json,
}

/// The columns of an export, checked, as the devices are: there are no more than a file may hold.
pub(crate) async fn check(core: &Core, export: &DeviceExport) -> Result<Vec<String>, ConsoleError> {
    let columns = attribute::list(export.columns.as_deref().unwrap_or_default());
    if let Some(unknown) = columns.iter().find(|name| !attribute::is_attribute(name)) {
        let message =
            format!("`{unknown}` is no tag or property, such as tags.wing or properties.reported.battery");
        return Err(FieldError::new("columns", message).into());
    }
    if columns.len() > MAX_COLUMNS {
        return Err(
            FieldError::new("columns", format!("are {}; at most {MAX_COLUMNS}", columns.len())).into()
        );
    }
    let condition = export.q.as_deref().unwrap_or_default();
    let (count, _) = target_query::count_devices(core, condition).await.map_err(of_q)?;
    if count > MAX_DEVICES {
        let message =
            format!("matches {count} devices; a file holds at most {MAX_DEVICES}: narrow the query");
        return Err(FieldError::new("q", message).into());
    }
    Ok(columns.into_iter().map(str::to_owned).collect())
}

/// The parameter is called `q` here.
fn of_q(error: ConsoleError) -> ConsoleError {
    match error {
        ConsoleError::Invalid(errors) => ConsoleError::Invalid(
            errors.into_iter().map(|error| FieldError { field: "q".to_owned(), ..error }).collect(),
        ),
        error => error,
    }
}

/// The file in chunks, a page of devices each.
pub(crate) fn export(
    core: Arc<Core>,
    export: &DeviceExport,
    columns: Vec<String>,
    format: DeviceFormat,
) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
    /// What comes next.
    enum At {
        Head,
        /// The devices from a cursor on, and how many are written.
        Page(Option<String>, u64),
        Tail,
        End,
    }
    let condition = export.q.clone();
    let columns = Arc::new(columns);
    stream::try_unfold(At::Head, move |at| {
        let (core, columns, condition) = (Arc::clone(&core), Arc::clone(&columns), condition.clone());
        async move {
            let (cursor, done) = match at {
                At::Head => return Ok(Some((head(format, &columns), At::Page(None, 0)))),
                At::Tail => return Ok(Some((tail(format).to_owned(), At::End))),
                At::End => return Ok(None),
                At::Page(cursor, done) => (cursor, done),
            };
            let filter = DeviceFilter { q: condition, cursor, limit: Some(PAGE) };
            let page = twins(&core, &filter).await?;
            let mut text = String::new();
            let mut written = done;
            for twin in page.items {
                push(&mut text, format, written == 0, twin, &columns);
                written += 1;
            }
            // Devices that were added meanwhile do not make the file longer than it may be.
            let next = page.next_cursor.filter(|_| written < MAX_DEVICES);
            let next = next.map_or(At::Tail, |cursor| At::Page(Some(cursor), written));
            Ok(Some((text, next)))
        }
    })
}

fn head(format: DeviceFormat, columns: &[String]) -> String {
    match format {
        DeviceFormat::Json => "[".to_owned(),
        DeviceFormat::Csv => {
            let fixed = ["deviceId", "connectionState", "status", "lastActivityTime", "differs", "tags"];
            let names =
                fixed.into_iter().map(str::to_owned).chain(columns.iter().map(|name| csv::cell(name)));
            names.collect::<Vec<_>>().join(",") + "\r\n"
        }
    }
}

const fn tail(format: DeviceFormat) -> &'static str {
    match format {
        DeviceFormat::Json => "\n]\n",
        DeviceFormat::Csv => "",
    }
}

fn push(out: &mut String, format: DeviceFormat, is_first: bool, twin: Twin, columns: &[String]) {
    let values: Vec<Option<Value>> = columns.iter().map(|path| value_at(&twin, path).cloned()).collect();
    let device = DeviceSummary::from(twin);
    match format {
        DeviceFormat::Json => {
            let named = columns.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?)));
            let exported = ExportedDevice { device, values: named.collect() };
            out.push_str(if is_first { "\n" } else { ",\n" });
            out.push_str(
                &serde_json::to_string(&exported).expect("devices have string keys and finite numbers"),
            );
        }
        DeviceFormat::Csv => {
            let tags = Value::Object(device.tags).to_string();
            let fixed = [
                csv::cell(device.device_id.as_str()),
                device.connection_state.as_str().to_owned(),
                device.status.as_str().to_owned(),
                device.last_activity_time.to_string(),
                device.differs.to_string(),
                csv::cell(&tags),
            ];
            let text = |value: Option<Value>| match value {
                None => String::new(),
                Some(Value::String(text)) => csv::cell(&text),
                Some(value) => csv::cell(&value.to_string()),
            };
            let cells: Vec<_> = fixed.into_iter().chain(values.into_iter().map(text)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn devices_as_lines() {
        let twin: Twin = serde_json::from_value(json!({"deviceId": "=d", "tags": {"a": "x,y", "n": 1},
            "connectionState": "Connected", "status": "enabled", "lastActivityTime": "2026-01-01T00:00:00Z"}))
        .unwrap();
        let columns = ["tags.a", "tags.none", "tags.[[b,c]]"].map(str::to_owned);
        assert_eq!(
            head(DeviceFormat::Csv, &columns),
            "deviceId,connectionState,status,lastActivityTime,differs,tags,tags.a,tags.none,\"tags.[[b,c]]\"\r\n"
        );
        let mut csv = String::new();
        push(&mut csv, DeviceFormat::Csv, true, twin.clone(), &columns);
        assert_eq!(
            csv,
            "'=d,Connected,enabled,2026-01-01T00:00:00.0000000Z,0,\"{\"\"a\"\":\"\"x,y\"\",\"\"n\"\":1}\",\"x,y\",,\r\n"
        );
        let mut json = head(DeviceFormat::Json, &columns);
        push(&mut json, DeviceFormat::Json, true, twin.clone(), &columns);
        push(&mut json, DeviceFormat::Json, false, twin, &columns);
        json.push_str(tail(DeviceFormat::Json));
        let devices: Vec<ExportedDevice> = serde_json::from_str(&json).unwrap();
        assert_eq!((devices.len(), &devices[0]), (2, &devices[1]));
        assert_eq!(Value::Object(devices[0].values.clone()), json!({"tags.a": "x,y"}));
    }
}
