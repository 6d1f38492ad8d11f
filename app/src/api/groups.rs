//! Groups of devices.

use console_wire::{device::DeviceSummary, group::Group, job::JobSummary};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::group::GroupForm};

/// Devices shown of a group on a condition; the devices page has them all.
#[cfg(feature = "ssr")]
const SAMPLE: u32 = 10;
/// Jobs shown of a group.
#[cfg(feature = "ssr")]
const JOBS: u32 = 10;
/// Devices shown at once of a group on a list.
pub(crate) const PAGE: usize = 50;

/// All groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupList {
    /// By name.
    pub(crate) groups: Vec<Group>,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// A group and some of its devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupView {
    /// The group, without the ids of its list.
    pub(crate) group: Group,
    /// Some of its devices, or why they could not be read.
    pub(crate) members: Result<Vec<Member>, ApiError>,
    /// Place on the list of the first of them; 0 for a condition.
    pub(crate) first: usize,
    /// The newest jobs on it, newest first.
    pub(crate) jobs: Vec<JobSummary>,
    /// When it was read.
    pub(crate) as_of: Timestamp,
}

/// A device of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// Its id.
    pub(crate) device_id: String,
    /// What the hub knows of it; `None` for an id that the hub does not know.
    pub(crate) device: Option<DeviceSummary>,
}

/// What the form of a group is opened with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupOpening {
    /// The fields.
    pub(crate) form: GroupForm,
    /// The group as it is, where one is changed.
    pub(crate) group: Option<Group>,
    /// Why the plain form was refused.
    pub(crate) refused: Option<ApiError>,
}

/// All groups whose name, condition or description contains a text; every group for an empty one.
#[server(prefix = "/fn", endpoint = "groups", input = GetUrl)]
pub(crate) async fn list_groups(search: String) -> Result<GroupList, ApiError> {
    let mut groups = super::ssr::console()?.groups().await.map_err(super::ssr::to_api_error)?.items;
    groups.retain(|group| crate::format::group::is_match(group, &search));
    Ok(GroupList { groups, as_of: std::time::SystemTime::now().into() })
}

/// One group, and the devices of its list from `after` on.
#[server(prefix = "/fn", endpoint = "group", input = GetUrl)]
pub(crate) async fn read_group(group_id: String, after: usize) -> Result<GroupView, ApiError> {
    use console_wire::job::JobFilter;

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let mut group = console.group(&group_id).await.map_err(super::ssr::to_api_error)?;
    let ids = group.device_ids.take();
    let first = if after < ids.as_ref().map_or(0, Vec::len) { after } else { 0 };
    let members = match ids {
        Some(ids) => ssr::listed(&console, &ids[first..ids.len().min(first + PAGE)], &actor).await,
        None => ssr::matching(&console, group.query_condition.clone().unwrap_or_default(), &actor).await,
    };
    let filter = JobFilter { group: Some(group_id), limit: Some(JOBS), ..JobFilter::default() };
    let jobs = console.jobs(&filter).await.map_err(super::ssr::to_api_error)?.items;
    Ok(GroupView { group, members, first, jobs, as_of: std::time::SystemTime::now().into() })
}

/// Reads the group to change, or a form that was refused.
#[server(prefix = "/fn", endpoint = "group-form", input = GetUrl)]
pub(crate) async fn open_group_form(group_id: String, draft: String) -> Result<GroupOpening, ApiError> {
    let group = match group_id.as_str() {
        "" => None,
        id => Some(super::ssr::console()?.group(id).await.map_err(super::ssr::to_api_error)?),
    };
    let kept = super::PlainFormResults::from_context()?.group(&draft);
    let (form, refused) = match kept {
        Some((form, refused)) => (form, Some(refused)),
        None => (group.as_ref().map(GroupForm::from_group).unwrap_or_default(), None),
    };
    let group = group.map(|group| Group { device_ids: None, ..group });
    Ok(GroupOpening { form, group, refused })
}

/// Creates the group that the form describes, or changes the one with this id, and redirects to its page. A plain form that
/// is refused is shown again with its content and the errors beside the fields.
#[server(prefix = "/fn", endpoint = "save-group")]
pub(crate) async fn save_group(#[server(default)] group_id: String, form: GroupForm) -> Result<(), ApiError> {
    use crate::paths;

    let console = super::ssr::console()?;
    let actor = super::ssr::actor()?;
    let person = actor.person();
    let saved = match form.to_new_group() {
        Err(errors) => Err(super::ssr::with_status(ApiError::invalid(errors))),
        Ok(new) if group_id.is_empty() => console.create_group(new, person).await.map_err(super::ssr::refuse),
        Ok(new) => console.change_group(&group_id, new, &actor).await.map_err(super::ssr::refuse),
    };
    match saved {
        Ok(group) => {
            super::ssr::redirect(&paths::group(&group.group_id));
            Ok(())
        }
        Err(error) => {
            if super::ssr::is_plain_form() {
                let key = super::PlainFormResults::from_context()?.keep_group(form, error.clone());
                let address = match group_id.as_str() {
                    "" => paths::GROUP_NEW.to_owned(),
                    id => paths::group_edit(id),
                };
                super::ssr::redirect(&paths::with_more(&address, &[("draft", &key)]));
            }
            Err(error)
        }
    }
}

/// Counts a group now.
#[server(prefix = "/fn", endpoint = "count-group")]
pub(crate) async fn count_group(group_id: String) -> Result<(), ApiError> {
    let counted = super::ssr::console()?.count_group(&group_id).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::group(&counted.group_id));
    }
    Ok(())
}

/// Deletes a group, and redirects to the list.
#[server(prefix = "/fn", endpoint = "delete-group")]
pub(crate) async fn delete_group(group_id: String) -> Result<(), ApiError> {
    super::ssr::console()?.delete_group(&group_id).await.map_err(super::ssr::refuse)?;
    super::ssr::redirect(crate::paths::GROUPS);
    Ok(())
}

#[cfg(feature = "ssr")]
mod ssr {
    use std::collections::HashMap;

    use console::Console;
    use console_wire::{
        access::Actor,
        device::{DeviceFilter, DeviceSummary},
    };
    use hub_wire::DeviceId;

    use super::{ApiError, Member, PAGE, SAMPLE};

    /// The first devices that a condition matches.
    pub(super) async fn matching(
        console: &Console,
        condition: String,
        actor: &Actor,
    ) -> Result<Vec<Member>, ApiError> {
        let found = devices(console, condition, SAMPLE, actor).await?;
        Ok(found
            .into_iter()
            .map(|device| Member { device_id: device.device_id.to_string(), device: Some(device) })
            .collect())
    }

    /// What the hub knows of some ids, in their order; for a person with a scope only the devices in it.
    pub(super) async fn listed(
        console: &Console,
        ids: &[DeviceId],
        actor: &Actor,
    ) -> Result<Vec<Member>, ApiError> {
        let condition =
            format!("deviceId IN [{}]", hub_query::write::texts(ids.iter().map(DeviceId::as_str)));
        let found = devices(console, condition, u32::try_from(PAGE).unwrap_or(u32::MAX), actor).await?;
        let mut known: HashMap<String, DeviceSummary> =
            found.into_iter().map(|device| (device.device_id.to_string(), device)).collect();
        let member = |id: &DeviceId| Member { device_id: id.to_string(), device: known.remove(id.as_str()) };
        let is_shown = |member: &Member| member.device.is_some() || actor.scope().is_none();
        Ok(ids.iter().map(member).filter(is_shown).collect())
    }

    async fn devices(
        console: &Console,
        condition: String,
        limit: u32,
        actor: &Actor,
    ) -> Result<Vec<DeviceSummary>, ApiError> {
        let filter = DeviceFilter { q: Some(condition), cursor: None, limit: Some(limit) };
        let page = console.devices(&filter, actor).await.map_err(super::super::ssr::to_api_error)?;
        Ok(page.items)
    }
}
