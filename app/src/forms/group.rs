//! The form of a group as data: its fields, and the group that they describe. Pure, and the same on both sides.

use console_wire::{group::MAX_GROUP_DEVICES, target::PreviewRequest};
#[cfg(any(feature = "ssr", test))]
use console_wire::{
    group::{Group, NewGroup},
    problem::FieldError,
};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

#[cfg(any(feature = "ssr", test))]
use super::job::device_id;
use super::job::device_list;
#[cfg(any(feature = "ssr", test))]
use crate::format::number::grouped;

/// The parameters of the form's address.
pub(crate) const PARAMS: [&str; 2] = ["query", "draft"];

/// The fields, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GroupForm {
    /// What people call the group.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: String,
    /// `query`, or `list`.
    pub(crate) target: String,
    /// Query condition.
    pub(crate) query: String,
    /// Device ids, see [`device_list`](console_wire::device_list).
    pub(crate) devices: String,
}

impl Default for GroupForm {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            target: "query".into(),
            query: String::new(),
            devices: String::new(),
        }
    }
}

impl GroupForm {
    /// The form that an address opens.
    pub(crate) fn from_params(params: &ParamsMap) -> Self {
        Self { query: params.get("query").unwrap_or_default(), ..Self::default() }
    }

    /// The form that describes a group. The group has the ids of its list.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn from_group(group: &Group) -> Self {
        let ids = group.device_ids.iter().flatten().map(ToString::to_string);
        Self {
            name: group.name.clone(),
            description: group.description.clone().unwrap_or_default(),
            target: if group.device_ids.is_some() { "list" } else { "query" }.into(),
            query: group.query_condition.clone().unwrap_or_default(),
            devices: device_list::to_lines(ids),
        }
    }

    /// Whether it lists ids.
    pub(crate) fn is_list(&self) -> bool {
        self.target == "list"
    }

    /// The condition: the typed text, or the condition of a whole query.
    pub(crate) fn condition(&self) -> String {
        hub_query::pasted::condition(&self.query).unwrap_or_else(|| self.query.trim().to_owned())
    }

    /// The group that it describes.
    ///
    /// # Errors
    /// One error for each field at fault. The server checks more.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn to_new_group(&self) -> Result<NewGroup, Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() {
            errors.push(FieldError::new("name", "Enter a name."));
        }
        let description = Some(self.description.trim().to_owned()).filter(|text| !text.is_empty());
        let mut group = NewGroup { name: self.name.clone(), description, ..NewGroup::default() };
        if self.is_list() {
            match self.device_ids() {
                Ok(ids) => group.device_ids = Some(ids),
                Err(error) => errors.push(error),
            }
        } else if self.query.trim().is_empty() {
            errors.push(FieldError::new("queryCondition", "Enter a condition; * means every device."));
        } else {
            group.query_condition = self.condition();
        }
        if errors.is_empty() { Ok(group) } else { Err(errors) }
    }

    #[cfg(any(feature = "ssr", test))]
    fn device_ids(&self) -> Result<Vec<hub_wire::DeviceId>, FieldError> {
        let ids = device_list::read(&self.devices).ids;
        if ids.is_empty() {
            return Err(FieldError::new("deviceIds", "Enter the ids of the devices, one a line."));
        }
        if ids.len() > MAX_GROUP_DEVICES + device_list::count_repeated(&ids) {
            let (has, most) = (grouped(ids.len() as u64), grouped(MAX_GROUP_DEVICES as u64));
            let message = format!("The list has {has} ids; {most} fit in one group. Use a query.");
            return Err(FieldError::new("deviceIds", message));
        }
        ids.into_iter().map(|id| device_id("deviceIds", &id)).collect()
    }

    /// The request for a preview; `None` while there is nothing to count.
    pub(crate) fn preview_request(&self) -> Option<PreviewRequest> {
        if self.is_list() {
            let ids = device_list::read(&self.devices).ids;
            return (!ids.is_empty() && ids.len() <= MAX_GROUP_DEVICES).then(|| PreviewRequest::from(ids));
        }
        Some(self.condition()).filter(|condition| !condition.is_empty()).map(PreviewRequest::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> GroupForm {
        GroupForm { name: "Doors".into(), query: " tags.kind = 'door' ".into(), ..GroupForm::default() }
    }

    fn fields(form: &GroupForm) -> Vec<String> {
        form.to_new_group().err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_form_is_a_group() {
        let group = form().to_new_group().unwrap();
        assert_eq!((group.name.as_str(), group.query_condition.as_str()), ("Doors", "tags.kind = 'door'"));
        assert_eq!((group.description, group.device_ids), (None, None));
        let whole = GroupForm { query: "SELECT * FROM devices WHERE tags.a = 1".into(), ..form() };
        assert_eq!(whole.to_new_group().unwrap().query_condition, "tags.a = 1");
        let list = GroupForm { target: "list".into(), devices: "door-1, door-2".into(), ..form() };
        let group = list.to_new_group().unwrap();
        assert_eq!((group.query_condition.as_str(), group.device_ids.unwrap().len()), ("", 2));
    }

    #[test]
    fn faults_are_beside_their_fields() {
        let list = |devices: &str| GroupForm { target: "list".into(), devices: devices.into(), ..form() };
        assert_eq!(fields(&GroupForm::default()), ["name", "queryCondition"]);
        assert_eq!(fields(&list(" ")), ["deviceIds"]);
        assert_eq!(fields(&list("door-1/lock")), ["deviceIds"]);
        let ids = |count: usize| (0..count).map(|n| format!("d{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(fields(&list(&ids(MAX_GROUP_DEVICES + 1))), ["deviceIds"]);
        let repeated = format!("{} d1 d2", ids(MAX_GROUP_DEVICES));
        assert!(fields(&list(&repeated)).is_empty(), "repeated ids count once");
    }

    #[test]
    fn what_is_counted() {
        assert_eq!(GroupForm::default().preview_request(), None);
        assert_eq!(form().preview_request().unwrap().query_condition, "tags.kind = 'door'");
        let list = GroupForm { target: "list".into(), devices: "a b".into(), ..form() };
        assert_eq!(list.preview_request().unwrap().device_ids.unwrap(), ["a", "b"]);
    }

    #[test]
    fn the_form_of_a_group_describes_it() {
        let text = r#"{"groupId": "doors", "name": "Doors", "description": "All", "listedDevices": 2,
            "deviceIds": ["a", "b"], "createdTime": "2026-09-17T18:00:00Z", "changedTime": "2026-09-17T18:00:00Z",
            "history": [], "usedBy": {"openJobs": 0, "endedJobs": 0, "templates": [], "schedules": [], "scopes": 0}}"#;
        let group: Group = serde_json::from_str(text).unwrap();
        let new = GroupForm::from_group(&group).to_new_group().unwrap();
        assert_eq!(
            (new.name, new.description, new.device_ids),
            (group.name, group.description, group.device_ids)
        );
    }
}
