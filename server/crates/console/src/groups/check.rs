//! What a group may be. Pure.

use std::collections::HashSet;

use console_wire::{
    group::{MAX_DESCRIPTION, MAX_GROUP_DEVICES, MAX_NAME, NewGroup},
    number::grouped,
    problem::FieldError,
};

use crate::{
    names::name_fault,
    store::{GroupContent, GroupTarget},
    validate::{condition, label},
};

/// The content of a group, without white space around texts, and each id of its list once.
///
/// # Errors
/// Every field at fault.
pub(super) fn content(new: NewGroup) -> Result<GroupContent, Vec<FieldError>> {
    let mut errors: Vec<_> = name_fault(&new.name, MAX_NAME).into_iter().collect();
    let description = label("description", new.description.as_deref(), MAX_DESCRIPTION, &mut errors);
    let target = match new.device_ids {
        None => {
            condition(&new.query_condition, &mut errors);
            GroupTarget::Condition(new.query_condition.trim().to_owned())
        }
        Some(mut ids) => {
            if !new.query_condition.trim().is_empty() {
                let message = "does not go together with queryCondition; one of the two says which devices";
                errors.push(FieldError::new("deviceIds", message));
            }
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(id.clone()));
            if ids.is_empty() {
                errors.push(FieldError::new("deviceIds", "names no device"));
            }
            if ids.len() > MAX_GROUP_DEVICES {
                let (has, most) = (grouped(ids.len() as u64), grouped(MAX_GROUP_DEVICES as u64));
                let message = format!("names {has} devices; at most {most} are allowed, use a condition");
                errors.push(FieldError::new("deviceIds", message));
            }
            GroupTarget::Devices(ids)
        }
    };
    if errors.is_empty() {
        Ok(GroupContent { name: new.name.trim().to_owned(), description, target })
    } else {
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::DeviceId;
    use serde_json::{Value, json};

    use super::*;

    fn read(group: &Value) -> Result<GroupContent, Vec<FieldError>> {
        content(serde_json::from_value(group.clone()).unwrap())
    }

    #[test]
    fn faults_name_their_fields() {
        let many: Vec<_> = (0..=MAX_GROUP_DEVICES).map(|number| number.to_string()).collect();
        for (group, fields) in [
            (json!({"name": "Doors", "queryCondition": "*"}), vec![]),
            (json!({"name": "Doors", "deviceIds": ["a"]}), vec![]),
            (json!({"name": "Doors", "deviceIds": many[1..]}), vec![]),
            (json!({"name": "Doors"}), vec!["queryCondition"]),
            (json!({"name": " ", "queryCondition": " "}), vec!["name", "queryCondition"]),
            (json!({"name": "x".repeat(65), "queryCondition": "*"}), vec!["name"]),
            (
                json!({"name": "Doors", "description": "x".repeat(501), "queryCondition": "*"}),
                vec!["description"],
            ),
            (json!({"name": "Doors", "description": "a\nb", "queryCondition": "*"}), vec!["description"]),
            (json!({"name": "Doors", "queryCondition": "x".repeat(9000)}), vec!["queryCondition"]),
            (json!({"name": "Doors", "queryCondition": "*", "deviceIds": ["a"]}), vec!["deviceIds"]),
            (json!({"name": "Doors", "deviceIds": []}), vec!["deviceIds"]),
            (json!({"name": "Doors", "deviceIds": many}), vec!["deviceIds"]),
        ] {
            let errors = read(&group).err().unwrap_or_default();
            let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{errors:?}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_ids_are_listed_once() {
        let group = json!({"name": " Doors ", "description": " ", "deviceIds": ["b", "a", "b"]});
        let ids = ["b", "a"].map(|id| DeviceId::new(id).unwrap()).to_vec();
        let expected =
            GroupContent { name: "Doors".into(), description: None, target: GroupTarget::Devices(ids) };
        assert_eq!(read(&group), Ok(expected));
    }
}
