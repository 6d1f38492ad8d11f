//! Checks what is asked of the registry before the hub is asked. Pure.

use console_wire::{
    problem::FieldError,
    registry::{ChangeKind, MAX_CHANGED_DEVICES, MAX_STATUS_REASON, NewDevice, NewRegistryChange},
};
use hub_wire::{
    twin::Object,
    twin_rules::{Nulls, Section, check, size},
};

use super::import::{self, Imported};

/// Where the reason of a status is at fault.
const REASON_FIELD: &str = "statusReason";
/// Where a condition is at fault.
const CONDITION_FIELD: &str = "queryCondition";

/// What is wrong with a new device, a clause; its id is valid by its type.
pub(crate) fn device_fault(device: &NewDevice) -> Option<String> {
    device_faults(device).into_iter().next().map(|fault| format!("{} {}", fault.field, fault.message))
}

/// What is wrong with a new device, by its members.
pub(crate) fn device_faults(device: &NewDevice) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if matches!(device.device_id.as_str(), "." | "..") {
        faults.push(FieldError::new("deviceId", "cannot be . or .., which addresses resolve"));
    }
    faults.extend(reason_fault(device.status_reason.as_deref()));
    faults.extend(section_fault("tags", Section::Tags, &device.tags));
    faults.extend(section_fault("desired", Section::Desired, &device.desired));
    faults
}

fn section_fault(field: &str, section: Section, values: &Object) -> Option<FieldError> {
    match check(section, values, Nulls::Refused) {
        Err(fault) => Some(FieldError::new(field, fault.to_string())),
        Ok(values) if size(&values) > section.max_size() => {
            let message =
                format!("takes {} bytes; at most {} are allowed", size(&values), section.max_size());
            Some(FieldError::new(field, message))
        }
        Ok(_) => None,
    }
}

/// What is wrong with the reason of a status.
pub(crate) fn reason_fault(reason: Option<&str>) -> Option<FieldError> {
    let reason = reason?;
    let length = reason.chars().count();
    if length > MAX_STATUS_REASON {
        let message = format!("has {length} characters; at most {MAX_STATUS_REASON} are allowed");
        return Some(FieldError::new(REASON_FIELD, message));
    }
    let has_control = reason.chars().any(char::is_control);
    has_control.then(|| FieldError::new(REASON_FIELD, "may not hold line breaks or other control characters"))
}

/// A reason without white space around it; `None` for an empty one.
pub(crate) fn reason(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The devices to create.
///
/// # Errors
/// Every fault, with the member or the line.
pub(crate) fn devices(new: &NewRegistryChange) -> Result<Imported, Vec<FieldError>> {
    let of_others = [
        (CONDITION_FIELD, new.query_condition.is_some()),
        ("deviceIds", new.device_ids.is_some()),
        (REASON_FIELD, new.status_reason.is_some()),
    ];
    let mut faults: Vec<_> = of_others
        .into_iter()
        .filter(|(_, is_given)| *is_given)
        .map(|(field, _)| FieldError::new(field, "does not go together with creating devices"))
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    match (&new.devices, &new.csv) {
        (None, None) => {
            Err(vec![FieldError::new("devices", "is missing; devices or csv holds the devices to create")])
        }
        (Some(_), Some(_)) => Err(vec![FieldError::new(
            "csv",
            "does not go together with devices; one of the two holds the devices",
        )]),
        (None, Some(text)) => import::read("csv", text),
        (Some(devices), None) => {
            faults.extend(list_fault("devices", devices.len()));
            let mut seen = std::collections::HashSet::new();
            for (index, device) in devices.iter().enumerate() {
                if !seen.insert(&device.device_id) {
                    faults.push(FieldError::new(
                        format!("devices[{index}].deviceId"),
                        "is there twice; remove one",
                    ));
                }
                faults.extend(
                    device_faults(device).into_iter().map(|fault| FieldError {
                        field: format!("devices[{index}].{}", fault.field),
                        ..fault
                    }),
                );
                if faults.len() >= 20 {
                    break;
                }
            }
            if faults.is_empty() {
                Ok(Imported { devices: devices.clone(), ignored: Vec::new() })
            } else {
                Err(faults)
            }
        }
    }
}

/// What is wrong with the length of a list.
pub(crate) fn list_fault(field: &str, count: usize) -> Option<FieldError> {
    match count {
        0 => Some(FieldError::new(field, "has no devices")),
        1..=MAX_CHANGED_DEVICES => None,
        _ => Some(FieldError::new(
            field,
            format!("has {count} devices; at most {MAX_CHANGED_DEVICES} are changed at once"),
        )),
    }
}

/// What is wrong with a change of devices that exist, before they are looked for.
pub(crate) fn change_faults(new: &NewRegistryChange) -> Vec<FieldError> {
    let mut faults = Vec::new();
    for (field, is_given) in [("devices", new.devices.is_some()), ("csv", new.csv.is_some())] {
        if is_given {
            faults.push(FieldError::new(field, "is only for creating devices"));
        }
    }
    match (&new.query_condition, &new.device_ids) {
        (None, None) => faults.push(FieldError::new(
            CONDITION_FIELD,
            "is missing; queryCondition or deviceIds says which devices, and * is every device",
        )),
        (Some(_), Some(_)) => faults.push(FieldError::new(
            "deviceIds",
            "does not go together with queryCondition; one of the two says which devices",
        )),
        // Where devices are disabled or deleted, a condition that was forgotten does not mean every device.
        (Some(condition), None) if condition.trim().is_empty() => {
            faults.push(FieldError::new(CONDITION_FIELD, "is empty; * means every device"));
        }
        (Some(_), None) => {}
        (None, Some(ids)) => faults.extend(list_fault("deviceIds", ids.len())),
    }
    if new.kind == ChangeKind::Delete && new.status_reason.is_some() {
        faults.push(FieldError::new(REASON_FIELD, "is for enabling and disabling"));
    }
    faults.extend(reason_fault(new.status_reason.as_deref()));
    faults
}

/// Refuses a deletion whose number of devices is not the one that was confirmed.
pub(crate) fn count_fault(kind: ChangeKind, confirmed: Option<u64>, count: u64) -> Option<FieldError> {
    if !kind.needs_count() || confirmed == Some(count) {
        return None;
    }
    let message = match confirmed {
        None => {
            format!("is missing: {count} devices would be deleted, which nothing undoes; repeat the number")
        }
        Some(other) => format!("is {other}, but {count} devices would be deleted; look at them again"),
    };
    Some(FieldError::new("confirmedCount", message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn change(value: Value) -> NewRegistryChange {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn faults_of_a_change() {
        let long = "x".repeat(MAX_STATUS_REASON + 1);
        for (value, field) in [
            (json!({"kind": "disable"}), "queryCondition"),
            (json!({"kind": "disable", "queryCondition": " "}), "queryCondition"),
            (json!({"kind": "disable", "queryCondition": "*", "deviceIds": ["a"]}), "deviceIds"),
            (json!({"kind": "disable", "deviceIds": []}), "deviceIds"),
            (json!({"kind": "disable", "queryCondition": "*", "csv": "deviceId\na"}), "csv"),
            (json!({"kind": "disable", "queryCondition": "*", "statusReason": long}), "statusReason"),
            (json!({"kind": "delete", "queryCondition": "*", "statusReason": "x"}), "statusReason"),
        ] {
            let faults = change_faults(&change(value.clone()));
            assert_eq!(faults.first().map(|fault| fault.field.as_str()), Some(field), "{value}");
        }
        assert!(change_faults(&change(json!({"kind": "enable", "queryCondition": "*"}))).is_empty());
    }

    #[test]
    fn faults_of_new_devices() {
        for (value, field) in [
            (json!({"kind": "create"}), "devices"),
            (json!({"kind": "create", "devices": []}), "devices"),
            (json!({"kind": "create", "devices": [{"deviceId": "a"}], "csv": "x"}), "csv"),
            (
                json!({"kind": "create", "devices": [{"deviceId": "a"}], "queryCondition": "*"}),
                "queryCondition",
            ),
            (
                json!({"kind": "create", "devices": [{"deviceId": "a"}, {"deviceId": "a"}]}),
                "devices[1].deviceId",
            ),
            (json!({"kind": "create", "devices": [{"deviceId": "a", "tags": {"$x": 1}}]}), "devices[0].tags"),
            (
                json!({"kind": "create", "devices": [{"deviceId": "a", "statusReason": "x\n"}]}),
                "devices[0].statusReason",
            ),
            (
                json!({"kind": "create", "devices": [{"deviceId": "a", "tags": {"x": "y".repeat(9000)}}]}),
                "devices[0].tags",
            ),
        ] {
            let faults = devices(&change(value.clone())).unwrap_err();
            assert_eq!(faults[0].field, field, "{value}");
        }
    }

    #[test]
    fn only_a_deletion_has_to_be_counted() {
        for (kind, confirmed, count, is_refused) in [
            (ChangeKind::Delete, None, 3, true),
            (ChangeKind::Delete, Some(2), 3, true),
            (ChangeKind::Delete, Some(3), 3, false),
            (ChangeKind::Disable, None, 3, false),
        ] {
            assert_eq!(count_fault(kind, confirmed, count).is_some(), is_refused, "{kind:?} {confirmed:?}");
        }
    }
}
