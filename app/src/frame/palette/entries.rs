//! What the palette lists, and in which order.

use console_wire::{device::DeviceSummary, job::JobSummary};

use crate::{
    api::find::Found,
    frame::commands::{Act, Command, matches},
    paths,
    present::{device, job},
};

/// The groups in their order; an entry says which it is of by its place here.
pub(super) const GROUPS: [&str; 3] = ["Do", "Jobs", "Devices"];

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) group: usize,
    pub(super) icon: &'static str,
    pub(super) title: String,
    /// Whether the title is an id, which is set as code.
    pub(super) is_id: bool,
    /// What else there is to say, such as a job's state.
    pub(super) note: String,
    /// Colour of the note, as `data-status`.
    pub(super) status: &'static str,
    pub(super) key: &'static str,
    pub(super) act: Act,
}

/// What matches the words: commands, then jobs, then devices. A device that is named whole comes first of all.
pub(super) fn entries(words: &str, commands: Vec<Command>, found: &Found) -> Vec<Entry> {
    let commands = commands.into_iter().filter(|command| matches(&command.title, words)).map(of_command);
    let jobs = found.jobs.iter().map(of_job);
    let devices = found.devices.iter().map(of_device);
    let mut entries: Vec<_> = commands.chain(jobs).chain(devices).collect();
    if found.devices.iter().any(|device| device.device_id.as_str() == words.trim()) {
        entries.sort_by_key(|entry| entry.group != 2);
    }
    entries
}

fn of_command(command: Command) -> Entry {
    let Command { icon, title, key, act } = command;
    Entry { group: 0, icon, title, is_id: false, note: String::new(), status: "", key, act }
}

fn of_job(job: &JobSummary) -> Entry {
    let badge = job::badge(job);
    Entry {
        group: 1,
        icon: badge.icon,
        title: job.job_id.clone(),
        is_id: true,
        note: format!("{}, {}", job.action(), badge.word),
        status: badge.status,
        key: "",
        act: Act::Go(paths::job(&job.job_id)),
    }
}

fn of_device(found: &DeviceSummary) -> Entry {
    let badge = device::connection(found.connection_state);
    Entry {
        group: 2,
        icon: badge.icon,
        title: found.device_id.to_string(),
        is_id: true,
        note: badge.word.to_owned(),
        status: badge.status,
        key: "",
        act: Act::Go(paths::device(found.device_id.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
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
        Command { icon: "plus", title: "New job".into(), key: "n", act: Act::Go(paths::JOB_NEW.into()) }
    }

    fn titles(words: &str) -> Vec<String> {
        entries(words, vec![new_job()], &found()).into_iter().map(|entry| entry.title).collect()
    }

    #[test]
    fn order() {
        assert_eq!(titles("ne"), ["New job", "new", "new-2"]);
        assert_eq!(titles("new"), ["new", "new-2", "New job"], "the device of that name comes first");
        assert_eq!(titles("door"), ["new", "new-2"], "the server has matched what it found");
    }
}
