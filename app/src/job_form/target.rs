//! Which devices: by a query, a list of ids, one id, or every one.

use console_wire::{job::MAX_LISTED_DEVICES, problem::FieldError, target::PreviewRequest};
use hub_wire::DeviceId;

use super::{ActionKind, JobForm, device_list};
use crate::{paths, present::number::grouped};

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
    /// Every device.
    All,
}

impl TargetKind {
    /// All of them, in the order of the form, with their labels.
    pub(crate) const ALL: [(Self, &'static str); 4] = [
        (Self::Query, "Query"),
        (Self::List, "Device list"),
        (Self::One, "One device"),
        (Self::All, "Every device"),
    ];

    /// The word in forms and addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::List => "list",
            Self::One => "one",
            Self::All => "all",
        }
    }

    /// By the word.
    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().map(|(kind, _)| kind).find(|kind| kind.as_str() == word).unwrap_or_default()
    }
}

/// What a job addresses, in the hub's or the console's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The devices that match.
    Condition(String),
    /// Exactly these.
    Devices(Vec<DeviceId>),
}

impl JobForm {
    /// How the devices are chosen.
    pub(crate) fn target_kind(&self) -> TargetKind {
        TargetKind::from_word(&self.target)
    }

    /// Whether the condition selects modules.
    pub(crate) fn is_on_modules(&self) -> bool {
        self.target_kind() == TargetKind::Query && {
            let mut words = self.query.split_whitespace();
            words.next().is_some_and(|word| word.eq_ignore_ascii_case("from"))
                && words.next().is_some_and(|word| word.eq_ignore_ascii_case("devices.modules"))
        }
    }

    /// What the job addresses.
    ///
    /// # Errors
    /// When nothing is chosen, or an id cannot be a device's.
    pub(crate) fn target(&self) -> Result<Target, FieldError> {
        match self.target_kind() {
            TargetKind::All => Ok(Target::Condition("*".into())),
            TargetKind::Query if self.query.trim().is_empty() => {
                Err(FieldError::new("queryCondition", "Write a condition, or choose every device."))
            }
            TargetKind::Query => Ok(Target::Condition(self.query.trim().to_owned())),
            TargetKind::One => {
                let id = self.device.trim();
                device_id("deviceId", id)?;
                Ok(Target::Condition(paths::device_condition(id)))
            }
            TargetKind::List => {
                let ids = device_list::ids(&self.devices);
                if ids.is_empty() {
                    return Err(FieldError::new("deviceIds", "Paste the ids of the devices, one a line."));
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

    /// What to count while one types; nothing while there is nothing to count.
    pub(crate) fn preview_request(&self) -> Option<PreviewRequest> {
        let mut request = match self.target_kind() {
            TargetKind::List => {
                let ids = device_list::ids(&self.devices);
                if ids.is_empty() || ids.len() > MAX_LISTED_DEVICES {
                    return None;
                }
                PreviewRequest::from(ids)
            }
            _ => match self.target().ok()? {
                Target::Condition(condition) => PreviewRequest::from(condition),
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

fn device_id(field: &str, id: &str) -> Result<DeviceId, FieldError> {
    if id.is_empty() {
        return Err(FieldError::new(field, "Write the id of the device."));
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
        let Ok(Target::Devices(ids)) = form("list", "a\nb\na").target() else { panic!("a list") };
        assert_eq!(ids.len(), 3);
        for (kind, text, field) in [
            ("query", "", "queryCondition"),
            ("one", "", "deviceId"),
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
    fn what_is_counted() {
        assert_eq!(form("query", "").preview_request(), None);
        let request = form("list", "door-1, é").preview_request().unwrap();
        assert_eq!(request.device_ids.unwrap(), ["door-1", "é"], "the console says which are unknown");
        assert_eq!(form("all", "").preview_request().unwrap().longest_wait_in_seconds, Some(30));
        assert!(form("query", "from  devices.modules WHERE a = 1").is_on_modules());
        assert!(!form("query", "fromage = 1").is_on_modules());
    }
}
