//! The target of a job: devices by a query, a list of ids, one id, a group, or every device.

use console_wire::{job::MAX_LISTED_DEVICES, problem::FieldError, target::PreviewRequest};
use hub_wire::DeviceId;

use super::{ActionKind, JobForm, device_list};
use crate::{
    format::number::{count_noun, devices, grouped},
    paths,
};

/// How the devices are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TargetKind {
    /// By a query condition.
    #[default]
    Query,
    /// By a list of ids.
    List,
    /// One device.
    One,
    /// A group of devices.
    Group,
    /// Every device.
    All,
}

impl TargetKind {
    /// All of them, in the order of the form, with their labels.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Query, "Query"),
        (Self::Group, "Group"),
        (Self::List, "Device list"),
        (Self::One, "One device"),
        (Self::All, "Every device"),
    ];

    /// The value in forms and addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::List => "list",
            Self::One => "one",
            Self::Group => "group",
            Self::All => "all",
        }
    }

    /// Reads the value; anything else is a query.
    pub(crate) fn parse(text: &str) -> Self {
        Self::ALL.into_iter().map(|(kind, _)| kind).find(|kind| kind.as_str() == text).unwrap_or_default()
    }
}

/// The target of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The devices that match.
    Condition(String),
    /// Exactly these.
    Devices(Vec<DeviceId>),
    /// Those of the group with this id.
    Group(String),
}

impl JobForm {
    /// How the devices are chosen.
    pub(crate) fn target_kind(&self) -> TargetKind {
        TargetKind::parse(&self.target)
    }

    /// The condition: the typed text, or the condition of a whole query.
    pub(crate) fn condition(&self) -> String {
        hub_query::pasted::condition(&self.query).unwrap_or_else(|| self.query.trim().to_owned())
    }

    /// A notice that only the condition of a whole query is used.
    pub(crate) fn query_notice(&self) -> Option<String> {
        let condition = hub_query::pasted::condition(&self.query)?;
        Some(if condition == "*" {
            "Read as *: every device.".to_owned()
        } else {
            format!("Read as {condition}")
        })
    }

    /// Whether the condition selects modules.
    pub(crate) fn is_on_modules(&self) -> bool {
        self.target_kind() == TargetKind::Query && hub_query::pasted::is_about_modules(&self.condition())
    }

    /// A count of targets with its noun: `3 modules`, `1,204 devices`.
    pub(crate) fn count_targets(&self, count: u64) -> String {
        if self.is_on_modules() { count_noun(count, "module", "modules") } else { devices(count) }
    }

    /// The job's target.
    ///
    /// # Errors
    /// When the target is empty, or an id is not a valid device id.
    pub(crate) fn target(&self) -> Result<Target, FieldError> {
        match self.target_kind() {
            TargetKind::All => Ok(Target::Condition("*".into())),
            TargetKind::Query if self.query.trim().is_empty() => {
                Err(FieldError::new("queryCondition", "Enter a condition, or choose every device."))
            }
            TargetKind::Query => Ok(Target::Condition(self.condition())),
            TargetKind::One => {
                let id = self.device.trim();
                device_id("deviceId", id)?;
                Ok(Target::Condition(paths::device_condition(id)))
            }
            TargetKind::Group => match self.group.trim() {
                "" => Err(FieldError::new("groupId", "Choose a group.")),
                group_id => Ok(Target::Group(group_id.to_owned())),
            },
            TargetKind::List => {
                let ids = device_list::read(&self.devices).ids;
                if ids.is_empty() {
                    return Err(FieldError::new("deviceIds", "Enter the ids of the devices, one a line."));
                }
                if ids.len() > MAX_LISTED_DEVICES {
                    let (has, most) = (grouped(ids.len() as u64), grouped(MAX_LISTED_DEVICES as u64));
                    let message = format!("The list has {has} ids; {most} fit in one job. Use a query.");
                    return Err(FieldError::new("deviceIds", message));
                }
                ids.into_iter()
                    .map(|id| device_id("deviceIds", &id))
                    .collect::<Result<_, _>>()
                    .map(Target::Devices)
            }
        }
    }

    /// The request for a preview; `None` while there is no target to count.
    pub(crate) fn preview_request(&self) -> Option<PreviewRequest> {
        let mut request = match self.target_kind() {
            TargetKind::List => {
                let ids = device_list::read(&self.devices).ids;
                if ids.is_empty() || ids.len() > MAX_LISTED_DEVICES {
                    return None;
                }
                PreviewRequest::from(ids)
            }
            // As a list, since the console then looks for devices that may be meant.
            TargetKind::One => match self.device.trim() {
                "" => return None,
                id => PreviewRequest::from(vec![id.to_owned()]),
            },
            _ => match self.target().ok()? {
                Target::Condition(condition) => PreviewRequest::from(condition),
                Target::Group(group_id) => {
                    PreviewRequest { group_id: Some(group_id), ..PreviewRequest::default() }
                }
                Target::Devices(_) => return None,
            },
        };
        if self.action() == ActionKind::Method {
            let seconds = |text: &str| text.trim().parse::<u32>().unwrap_or_default();
            request.longest_wait_in_seconds =
                Some(seconds(&self.connect).saturating_add(seconds(&self.answer)));
        }
        Some(request)
    }
}

/// Reads an id.
///
/// # Errors
/// When no device can have it, with what to do.
pub(in crate::forms) fn device_id(field: &str, id: &str) -> Result<DeviceId, FieldError> {
    if id.is_empty() {
        return Err(FieldError::new(field, "Enter the id of the device."));
    }
    if id.contains('/') {
        let message = format!(
            "\u{201c}{id}\u{201d} names a module, and only devices can be listed. \
             For modules choose Query and write FROM devices.modules WHERE …"
        );
        return Err(FieldError::new(field, message));
    }
    DeviceId::new(id).map_err(|error| {
        let shown: String = id.chars().take(40).collect();
        FieldError::new(field, format!("\u{201c}{shown}\u{201d} cannot be a device id: {}.", error.reason))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(target: &str, text: &str) -> JobForm {
        let mut form = JobForm { target: target.into(), ..JobForm::default() };
        match target {
            "list" => form.devices = text.into(),
            "one" => form.device = text.into(),
            "group" => form.group = text.into(),
            _ => form.query = text.into(),
        }
        form
    }

    #[test]
    fn targets() {
        let condition = |text: &str| Ok(Target::Condition(text.to_owned()));
        assert_eq!(form("all", "ignored").target(), condition("*"));
        assert_eq!(form("query", " a = 1 ").target(), condition("a = 1"));
        assert_eq!(form("one", "o'neill").target(), condition("deviceId = 'o\\'neill'"));
        assert_eq!(form("group", " doors ").target(), Ok(Target::Group("doors".into())));
        let Ok(Target::Devices(ids)) = form("list", "a\nb\na").target() else { panic!("a list") };
        assert_eq!(ids.len(), 3);
        for (kind, text, field) in [
            ("query", "", "queryCondition"),
            ("one", "", "deviceId"),
            ("group", "", "groupId"),
            ("list", " \n", "deviceIds"),
            ("list", "door-1/lock", "deviceIds"),
            ("one", "é", "deviceId"),
        ] {
            assert_eq!(form(kind, text).target().unwrap_err().field, field, "{kind} {text}");
        }
        assert!(form("list", "door-1/lock").target().unwrap_err().message.contains("module"));
        let many = "d ".repeat(MAX_LISTED_DEVICES + 1);
        assert!(form("list", &many).target().unwrap_err().message.contains("100,001"));
    }

    #[test]
    fn preview_requests() {
        assert_eq!(form("query", "").preview_request(), None);
        let request = form("list", "door-1, é").preview_request().unwrap();
        assert_eq!(request.device_ids.unwrap(), ["door-1", "é"], "the console says which are unknown");
        assert_eq!(form("one", " door-1 ").preview_request().unwrap().device_ids.unwrap(), ["door-1"]);
        assert_eq!(form("group", "doors").preview_request().unwrap().group_id.as_deref(), Some("doors"));
        assert_eq!(form("one", " ").preview_request(), None);
        assert_eq!(form("all", "").preview_request().unwrap().longest_wait_in_seconds, Some(30));
        assert!(form("query", "from  devices.modules WHERE a = 1").is_on_modules());
        assert!(!form("query", "fromage = 1").is_on_modules());
    }
}
