//! The entries of the palette and their order.

use console_wire::{device::DeviceSummary, job::JobSummary};

use crate::{
    api::search::Matches,
    format::{device, job},
    layout::commands::{Command, CommandAction, matches},
    paths,
};

/// The groups in display order.
pub(super) const GROUPS: [&str; 3] = ["Do", "Jobs", "Devices"];

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Index of its group in [`GROUPS`].
    pub(super) group: usize,
    pub(super) icon: &'static str,
    pub(super) title: String,
    /// Whether the title is an id, which is shown as code.
    pub(super) is_id: bool,
    /// A note such as a job's state.
    pub(super) note: String,
    /// Colour of the note, as `data-status`.
    pub(super) status: &'static str,
    pub(super) key: &'static str,
    pub(super) action: CommandAction,
}

/// The entries for a search: commands, then jobs, then devices. Devices come first if the search is exactly one's id.
pub(super) fn entries(search: &str, commands: Vec<Command>, found: &Matches) -> Vec<Entry> {
    let commands = commands.into_iter().filter(|command| matches(&command.title, search)).map(from_command);
    let jobs = found.jobs.iter().map(from_job);
    let devices = found.devices.iter().map(from_device);
    let mut entries: Vec<_> = commands.chain(jobs).chain(devices).collect();
    if found.devices.iter().any(|device| device.device_id.as_str() == search.trim()) {
        entries.sort_by_key(|entry| entry.group != 2);
    }
    entries
}

fn from_command(command: Command) -> Entry {
    let Command { icon, title, key, action } = command;
    Entry { group: 0, icon, title, is_id: false, note: String::new(), status: "", key, action }
}

fn from_job(job: &JobSummary) -> Entry {
    let badge = job::badge(job);
    Entry {
        group: 1,
        icon: badge.icon,
        title: job.name.clone(),
        is_id: false,
        note: format!("{}, {}", job.job_id, badge.label),
        status: badge.status,
        key: "",
        action: CommandAction::Go(paths::job(&job.job_id)),
    }
}

fn from_device(found: &DeviceSummary) -> Entry {
    let badge = device::connection(found.connection_state);
    Entry {
        group: 2,
        icon: badge.icon,
        title: found.device_id.to_string(),
        is_id: true,
        note: badge.label.to_owned(),
        status: badge.status,
        key: "",
        action: CommandAction::Go(paths::device(found.device_id.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Matches {
        let device = |id: &str| {
            serde_json::json!({
                "deviceId": id, "connectionState": "Connected", "status": "enabled",
                "lastActivityTime": "0001-01-01T00:00:00Z", "tags": {}
            })
        };
        serde_json::from_value(serde_json::json!({"jobs": [], "devices": [device("new"), device("new-2")]}))
            .unwrap()
    }

    fn new_job() -> Command {
        Command {
            icon: "plus",
            title: "New job".into(),
            key: "n",
            action: CommandAction::Go(paths::JOB_NEW.into()),
        }
    }

    fn titles(search: &str) -> Vec<String> {
        entries(search, vec![new_job()], &found()).into_iter().map(|entry| entry.title).collect()
    }

    #[test]
    fn order() {
        assert_eq!(titles("ne"), ["New job", "new", "new-2"]);
        assert_eq!(titles("new"), ["new", "new-2", "New job"], "the device of that name comes first");
        assert_eq!(titles("door"), ["new", "new-2"], "the server has matched what it found");
    }
}
