//! The devices that a condition matches as a file, streamed page by page: CSV or JSON.

use std::sync::Arc;

use console_wire::{
    device::{DeviceExport, DeviceFilter, DeviceSummary, ExportContent, ExportedDevice, ExportedIdentity},
    problem::FieldError,
};
use futures::{Stream, stream};
use hub_query::attribute;
use hub_wire::twin::{Object, Twin, own_members};
use serde_json::Value;

use crate::{
    ConsoleError, core::Core, csv, device_table::value_at, devices::twins, scope::q_within, target_query,
};

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
pub(crate) async fn check(
    core: &Core,
    scope: Option<&str>,
    export: &DeviceExport,
) -> Result<Vec<String>, ConsoleError> {
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
    let condition = q_within(scope, export.q.as_deref().unwrap_or_default())?;
    let (count, _) = target_query::count_devices(core, &condition).await.map_err(of_q)?;
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

/// The file in chunks, a page of devices within the scope each.
pub(crate) fn export(
    core: Arc<Core>,
    scope: Option<&str>,
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
    let (condition, content) = (export.q.clone(), export.content);
    let (scope, columns) = (scope.map(str::to_owned), Arc::new(columns));
    stream::try_unfold(At::Head, move |at| {
        let (core, columns) = (Arc::clone(&core), Arc::clone(&columns));
        let (condition, scope) = (condition.clone(), scope.clone());
        async move {
            let (cursor, done) = match at {
                At::Head => return Ok(Some((head(format, content, &columns), At::Page(None, 0)))),
                At::Tail => return Ok(Some((tail(format).to_owned(), At::End))),
                At::End => return Ok(None),
                At::Page(cursor, done) => (cursor, done),
            };
            let filter = DeviceFilter { q: condition, cursor, limit: Some(PAGE) };
            let page = twins(&core, scope.as_deref(), &filter).await?;
            let mut text = String::new();
            let mut written = done;
            for twin in page.items {
                push(&mut text, format, content, written == 0, twin, &columns);
                written += 1;
            }
            // Devices that were added meanwhile do not make the file longer than it may be.
            let next = page.next_cursor.filter(|_| written < MAX_DEVICES);
            let next = next.map_or(At::Tail, |cursor| At::Page(Some(cursor), written));
            Ok(Some((text, next)))
        }
    })
}

fn head(format: DeviceFormat, content: Option<ExportContent>, columns: &[String]) -> String {
    match format {
        DeviceFormat::Json => "[".to_owned(),
        DeviceFormat::Csv => {
            let fixed = ["deviceId", "connectionState", "status", "lastActivityTime", "differs", "tags"];
            let more: &[&str] = match content {
                None => &[],
                Some(ExportContent::Identities) => {
                    &["statusReason", "statusUpdatedTime", "authenticationType", "iotEdge"]
                }
                Some(ExportContent::Twins) => &["desired", "reported"],
            };
            let fixed = fixed.iter().chain(more).map(|name| (*name).to_owned());
            let names = fixed.chain(columns.iter().map(|name| csv::cell(name)));
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

fn push(
    out: &mut String,
    format: DeviceFormat,
    content: Option<ExportContent>,
    is_first: bool,
    twin: Twin,
    columns: &[String],
) {
    let values: Vec<Option<Value>> = columns.iter().map(|path| value_at(&twin, path).cloned()).collect();
    let identity = (content == Some(ExportContent::Identities)).then(|| identity(&twin));
    let of_twins = content == Some(ExportContent::Twins);
    let desired = of_twins.then(|| own(&twin.properties.desired));
    let reported = of_twins.then(|| own(&twin.properties.reported));
    let device = DeviceSummary::from(twin);
    match format {
        DeviceFormat::Json => {
            let named = columns.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?)));
            let exported = ExportedDevice { device, values: named.collect(), identity, desired, reported };
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
            let of_identity = identity.into_iter().flat_map(|identity| {
                [
                    csv::cell(identity.status_reason.as_deref().unwrap_or_default()),
                    identity.status_updated_time.to_string(),
                    authentication(&identity),
                    identity.iot_edge.to_string(),
                ]
            });
            let of_twin =
                desired.into_iter().chain(reported).map(|part| csv::cell(&Value::Object(part).to_string()));
            let fixed = fixed.into_iter().chain(of_identity).chain(of_twin);
            let cells: Vec<_> = fixed.chain(values.into_iter().map(text)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
    }
}

/// An identity without its keys, as twins have it.
fn identity(twin: &Twin) -> ExportedIdentity {
    ExportedIdentity {
        status_reason: twin.status_reason.clone().filter(|reason| !reason.is_empty()),
        status_updated_time: twin.status_update_time,
        authentication_type: twin.authentication_type,
        iot_edge: twin.capabilities.iot_edge,
    }
}

/// The wire's word.
fn authentication(identity: &ExportedIdentity) -> String {
    let word = serde_json::to_value(identity.authentication_type).ok();
    word.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Properties without the hub's own members.
fn own(properties: &Object) -> Object {
    own_members(properties).map(|(name, value)| (name.clone(), value.clone())).collect()
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
            head(DeviceFormat::Csv, None, &columns),
            "deviceId,connectionState,status,lastActivityTime,differs,tags,tags.a,tags.none,\"tags.[[b,c]]\"\r\n"
        );
        let mut csv = String::new();
        push(&mut csv, DeviceFormat::Csv, None, true, twin.clone(), &columns);
        assert_eq!(
            csv,
            "'=d,Connected,enabled,2026-01-01T00:00:00.0000000Z,0,\"{\"\"a\"\":\"\"x,y\"\",\"\"n\"\":1}\",\"x,y\",,\r\n"
        );
        let mut json = head(DeviceFormat::Json, None, &columns);
        push(&mut json, DeviceFormat::Json, None, true, twin.clone(), &columns);
        push(&mut json, DeviceFormat::Json, None, false, twin, &columns);
        json.push_str(tail(DeviceFormat::Json));
        let devices: Vec<ExportedDevice> = serde_json::from_str(&json).unwrap();
        assert_eq!((devices.len(), &devices[0]), (2, &devices[1]));
        assert_eq!(Value::Object(devices[0].values.clone()), json!({"tags.a": "x,y"}));
    }
    #[test]
    fn an_export_has_identities_or_twins_and_as_many_cells_as_names() {
        let twin: Twin = serde_json::from_value(
            json!({"deviceId": "d", "status": "disabled", "statusReason": "wet, cold",
            "authenticationType": "sas", "capabilities": {"iotEdge": true},
            "properties": {"desired": {"on": true, "$version": 3}, "reported": {"on": false}}}),
        )
        .unwrap();
        for (content, names, part) in [
            (ExportContent::Identities, 10, "\"wet, cold\",0001-01-01T00:00:00.0000000Z,sas,true\r\n"),
            (ExportContent::Twins, 8, "\"{\"\"on\"\":true}\",\"{\"\"on\"\":false}\"\r\n"),
        ] {
            let mut csv = String::new();
            push(&mut csv, DeviceFormat::Csv, Some(content), true, twin.clone(), &[]);
            assert!(csv.ends_with(part), "{csv}");
            assert_eq!(head(DeviceFormat::Csv, Some(content), &[]).split(',').count(), names);
        }
        let mut json = "[".to_owned();
        push(&mut json, DeviceFormat::Json, Some(ExportContent::Twins), true, twin, &[]);
        let devices: Vec<ExportedDevice> = serde_json::from_str(&(json + "]")).unwrap();
        assert_eq!(
            devices[0].desired.as_ref().map(|desired| Value::Object(desired.clone())),
            Some(json!({"on": true}))
        );
    }
}
