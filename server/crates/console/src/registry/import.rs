//! New devices from CSV: a head that names the columns, then a line for each device. Pure.
//!
//! Cells of `tags.NAME` and `desired.NAME` are text, unless the column's name ends in `:number`, `:boolean` or `:json`: nothing is
//! guessed, since `43` is text in one fleet and a number in another. An empty cell sets nothing.

use std::collections::HashMap;

use console_wire::{
    problem::FieldError,
    registry::{MAX_CHANGED_DEVICES, NewDevice},
};
use csv::{ReaderBuilder, StringRecord, Trim};
use hub_wire::{DeviceId, device::DeviceStatus, twin::Object};
use serde_json::Value;

use super::check::device_fault;

/// Faults that are reported at once.
const MAX_FAULTS: usize = 20;
/// Columns of an export that say nothing about a new device.
const IGNORED: [&str; 10] = [
    "connectionState",
    "lastActivityTime",
    "differs",
    "statusUpdatedTime",
    "authenticationType",
    "iotEdge",
    "modelId",
    "version",
    "etag",
    "reported",
];

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Imported {
    pub(crate) devices: Vec<NewDevice>,
    /// Columns that are passed over.
    pub(crate) ignored: Vec<String>,
}

/// A column by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    DeviceId,
    Status,
    StatusReason,
    /// All tags, or all desired properties, as a JSON object.
    Section(Part),
    /// One value at a path.
    Value(Part, Vec<String>, Type),
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Tags,
    Desired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Number,
    Boolean,
    Json,
}

/// Reads devices.
///
/// # Errors
/// What is wrong, each with its line, on `field`. Nothing is read then.
pub(crate) fn read(field: &str, text: &str) -> Result<Imported, Vec<FieldError>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(vec![FieldError::new(field, "has no devices; the first line names the columns")]);
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(text))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| vec![unreadable(field, &error)])?.clone();
    let columns = columns(field, &head)?;
    let mut imported = Imported::default();
    imported.ignored.extend(
        head.iter()
            .zip(&columns)
            .filter(|(_, column)| **column == Column::Ignored)
            .map(|(name, _)| name.to_owned()),
    );
    let (mut faults, mut lines) = (Vec::new(), HashMap::<DeviceId, u64>::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(unreadable(field, &error));
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        match device(&columns, &head, &record) {
            Ok(device) => {
                if let Some(first) = lines.insert(device.device_id.clone(), line) {
                    let message = format!("{} is on line {first} already", device.device_id);
                    faults.push(at_line(field, line, &message));
                }
                imported.devices.push(device);
            }
            Err(message) => faults.push(at_line(field, line, &message)),
        }
        if faults.len() >= MAX_FAULTS {
            faults.push(FieldError::new(field, "has more faults after these"));
            break;
        }
    }
    let count = imported.devices.len();
    if faults.is_empty() && count == 0 {
        faults.push(FieldError::new(field, "has no devices below the line with the columns' names"));
    }
    if faults.is_empty() && count > MAX_CHANGED_DEVICES {
        let message = format!("has {count} devices; at most {MAX_CHANGED_DEVICES} are created at once");
        faults.push(FieldError::new(field, message));
    }
    if faults.is_empty() { Ok(imported) } else { Err(faults) }
}

/// The separator that the first line has most of.
fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let of = |separator: u8| head.bytes().filter(|byte| *byte == separator).count();
    // Of equal counts the last one is taken: a comma where there is only one column.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| of(*separator)).unwrap_or(b',')
}

fn columns(field: &str, head: &StringRecord) -> Result<Vec<Column>, Vec<FieldError>> {
    let mut faults = Vec::new();
    let mut columns = Vec::with_capacity(head.len());
    for (index, name) in head.iter().enumerate() {
        if head.iter().take(index).any(|before| before == name) {
            faults.push(at_line(field, 1, &format!("the column `{}` is there twice", shortened(name))));
        }
        match column(name) {
            Ok(column) => columns.push(column),
            Err(message) => faults.push(at_line(field, 1, &message)),
        }
    }
    if faults.is_empty() && !columns.contains(&Column::DeviceId) {
        faults.push(at_line(field, 1, "no column is called deviceId"));
    }
    faults.truncate(MAX_FAULTS);
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

fn column(name: &str) -> Result<Column, String> {
    match name.to_ascii_lowercase().as_str() {
        "deviceid" | "id" => return Ok(Column::DeviceId),
        "status" => return Ok(Column::Status),
        "statusreason" => return Ok(Column::StatusReason),
        "tags" => return Ok(Column::Section(Part::Tags)),
        "desired" | "properties.desired" => return Ok(Column::Section(Part::Desired)),
        _ => {}
    }
    if IGNORED.iter().any(|ignored| name.eq_ignore_ascii_case(ignored))
        || name.starts_with("properties.reported.")
    {
        return Ok(Column::Ignored);
    }
    let (path, value_type) = match name.rsplit_once(':') {
        None => (name, Type::Text),
        Some((path, "text")) => (path, Type::Text),
        Some((path, "number")) => (path, Type::Number),
        Some((path, "boolean")) => (path, Type::Boolean),
        Some((path, "json")) => (path, Type::Json),
        Some((_, other)) => {
            return Err(format!(
                "`{}` is no type of a column; text, number, boolean or json",
                shortened(other)
            ));
        }
    };
    let parts = [("tags.", Part::Tags), ("properties.desired.", Part::Desired), ("desired.", Part::Desired)];
    let found = parts.into_iter().find_map(|(prefix, part)| Some((part, path.strip_prefix(prefix)?)));
    match found {
        Some((part, path)) if path.split('.').all(|name| !name.is_empty()) => {
            Ok(Column::Value(part, path.split('.').map(str::to_owned).collect(), value_type))
        }
        _ => Err(format!(
            "`{}` is no column of a new device; deviceId, status, statusReason, tags.NAME or desired.NAME",
            shortened(name)
        )),
    }
}

fn device(columns: &[Column], head: &StringRecord, record: &StringRecord) -> Result<NewDevice, String> {
    if record.len() > columns.len() {
        return Err(format!("has {} cells; the first line names {} columns", record.len(), columns.len()));
    }
    let id = columns.iter().position(|column| *column == Column::DeviceId);
    let id = id.and_then(|index| record.get(index)).unwrap_or_default();
    if id.is_empty() {
        return Err("has no device id".to_owned());
    }
    let mut device = NewDevice::new(DeviceId::new(id).map_err(|error| error.to_string())?);
    for (index, cell) in record.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        let name = shortened(head.get(index).unwrap_or_default());
        match &columns[index] {
            Column::DeviceId | Column::Ignored => {}
            Column::Status => device.status = status(cell)?,
            Column::StatusReason => device.status_reason = Some(cell.to_owned()),
            Column::Section(part) => {
                let Ok(Value::Object(values)) = serde_json::from_str(cell) else {
                    return Err(format!("`{name}` is not a JSON object"));
                };
                for (key, value) in values {
                    set(section(&mut device, *part), &[key], value).map_err(|()| twice(&name))?;
                }
            }
            Column::Value(part, path, value_type) => {
                let value = value(*value_type, cell).map_err(|expected| {
                    format!("`{name}` is {}, which is not {expected}", shortened(cell))
                })?;
                set(section(&mut device, *part), path, value).map_err(|()| twice(&name))?;
            }
        }
    }
    device_fault(&device).map_or(Ok(device), Err)
}

fn section(device: &mut NewDevice, part: Part) -> &mut Object {
    match part {
        Part::Tags => &mut device.tags,
        Part::Desired => &mut device.desired,
    }
}

fn twice(name: &str) -> String {
    format!("`{name}` sets a value that another column sets too")
}

fn status(cell: &str) -> Result<DeviceStatus, String> {
    match cell.to_ascii_lowercase().as_str() {
        "enabled" => Ok(DeviceStatus::Enabled),
        "disabled" => Ok(DeviceStatus::Disabled),
        _ => Err(format!("status is {}; it must be enabled or disabled", shortened(cell))),
    }
}

fn value(value_type: Type, cell: &str) -> Result<Value, &'static str> {
    match value_type {
        Type::Text => Ok(cell.into()),
        Type::Number => {
            serde_json::from_str(cell).ok().filter(Value::is_number).ok_or("a number, such as 21.5")
        }
        Type::Boolean => serde_json::from_str(&cell.to_ascii_lowercase())
            .ok()
            .filter(Value::is_boolean)
            .ok_or("true or false"),
        Type::Json => serde_json::from_str(cell).map_err(|_| "JSON"),
    }
}

/// Sets a value at a path that no other column has set.
fn set(values: &mut Object, path: &[String], value: Value) -> Result<(), ()> {
    match path {
        [] => Err(()),
        [name] => match values.insert(name.clone(), value) {
            None => Ok(()),
            Some(_) => Err(()),
        },
        [name, rest @ ..] => {
            let inner = values.entry(name.clone()).or_insert_with(|| Object::new().into());
            inner.as_object_mut().ok_or(()).and_then(|inner| set(inner, rest, value))
        }
    }
}

fn at_line(field: &str, line: u64, message: &str) -> FieldError {
    FieldError { line: u32::try_from(line).ok(), ..FieldError::new(field, message) }
}

fn unreadable(field: &str, error: &csv::Error) -> FieldError {
    let line = error.position().map(csv::Position::line);
    FieldError {
        line: line.and_then(|line| u32::try_from(line).ok()),
        ..FieldError::new(field, "cannot be read as CSV")
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_devices() {
        let text = "\u{feff}deviceId;tags.building;tags.place.floor:number;desired.on:boolean;status;statusReason;differs\r\n\
            door-1;43;2;TRUE;;;0\r\n\r\n\"door-2\";007;;;Disabled;\"wait; later\";1\r\n";
        let imported = read("csv", text).unwrap();
        assert_eq!(imported.ignored, ["differs"]);
        let [first, second] = imported.devices.as_slice() else { panic!("{imported:?}") };
        assert_eq!(Value::Object(first.tags.clone()), json!({"building": "43", "place": {"floor": 2}}));
        assert_eq!(Value::Object(first.desired.clone()), json!({"on": true}));
        assert_eq!((first.status, &first.status_reason), (DeviceStatus::Enabled, &None));
        assert_eq!(Value::Object(second.tags.clone()), json!({"building": "007"}));
        assert_eq!(
            (second.status, second.status_reason.as_deref()),
            (DeviceStatus::Disabled, Some("wait; later"))
        );
    }

    #[test]
    fn an_export_can_be_read() {
        let text = "deviceId,connectionState,status,lastActivityTime,differs,tags\r\n\
            door-1,Connected,enabled,2026-01-01T00:00:00Z,0,\"{\"\"a\"\":\"\"x,y\"\",\"\"n\"\":1}\"\r\n";
        let imported = read("csv", text).unwrap();
        assert_eq!(Value::Object(imported.devices[0].tags.clone()), json!({"a": "x,y", "n": 1}));
        assert_eq!(imported.ignored, ["connectionState", "lastActivityTime", "differs"]);
    }

    #[test]
    fn faults_have_lines() {
        for (text, line, message) in [
            ("", None, "has no devices"),
            ("deviceId\n", None, "has no devices below"),
            ("name\nx\n", Some(1), "`name` is no column"),
            ("tags.a\nx\n", Some(1), "no column is called deviceId"),
            ("deviceId,deviceId\na,b\n", Some(1), "there twice"),
            ("deviceId,tags.a:date\na,b\n", Some(1), "`date` is no type"),
            ("deviceId,tags..b\na,b\n", Some(1), "`tags..b` is no column"),
            ("deviceId\na\nb/c\n", Some(3), "invalid device id 'b/c'"),
            ("deviceId\na\n\nb\na\n", Some(5), "a is on line 2 already"),
            ("deviceId,status\na,off\n", Some(2), "status is off"),
            ("deviceId,tags.n:number\na,x\n", Some(2), "`tags.n:number` is x, which is not a number"),
            ("deviceId,tags.a,tags.a.b\na,1,2\n", Some(2), "sets a value that another column sets"),
            ("deviceId,tags\na,[1]\n", Some(2), "is not a JSON object"),
            ("deviceId,tags.a\na,b,c\n", Some(2), "has 3 cells"),
            ("deviceId,tags.$a\na,b\n", Some(2), "tags.$a"),
            ("deviceId,tags.a\n,b\n", Some(2), "has no device id"),
        ] {
            let faults = read("csv", text).unwrap_err();
            assert_eq!(faults[0].line, line, "{text:?}: {faults:?}");
            assert!(faults[0].message.contains(message), "{text:?}: {faults:?}");
            assert_eq!(faults[0].field, "csv");
        }
        let many = format!("deviceId\n{}", "a b\n".repeat(100));
        assert_eq!(read("csv", &many).unwrap_err().len(), MAX_FAULTS + 1);
        let ids: Vec<_> = (0..=MAX_CHANGED_DEVICES).map(|n| format!("d{n}")).collect();
        let large = ids.join("\n");
        assert!(read("csv", &format!("deviceId\n{large}")).unwrap_err()[0].message.contains("at most"));
    }
}
