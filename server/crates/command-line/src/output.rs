//! Text for a person, JSON for a script.

pub(crate) mod rollout;

use std::io::{self, Write};

use console_wire::{
    connection::{ConnectionCause, ConnectionEvent, ConnectionEventKind, Connections, RefusedDevice},
    device::DeviceSummary,
    group::Group,
    job::JobSummary,
    module::ModuleSummary,
    outcome::Outcome,
    run_compare::Comparison,
    schedule::{NextRuns, Schedule, ScheduleRun, ScheduleStatus},
};
use serde::Serialize;

use crate::Error;

/// Writes a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Output(error.into()))?;
    line(&text)
}

/// Writes a line.
pub(crate) fn line(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Error::Output)
}

/// A job in a few lines.
pub(crate) fn job(job: &JobSummary) -> String {
    let mut lines =
        vec![format!("{}  {}", job.job_id, job.name), format!("{}: {}", job.status.as_str(), outcomes(job))];
    if let Some(reason) = &job.failure_reason {
        lines.push(reason.clone());
    }
    lines.join("\n")
}

/// The counts that are not 0, in the order of a progress bar: `37 succeeded, 3 timedOut of 40 devices`.
pub(crate) fn outcomes(job: &JobSummary) -> String {
    let total = job.outcomes.total();
    let counts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| job.outcomes.get(*outcome) > 0)
        .map(|outcome| format!("{} {}", job.outcomes.get(outcome), outcome.as_str()))
        .collect();
    let devices = if total == 1 { "device" } else { "devices" };
    if counts.is_empty() {
        "no device so far".to_owned()
    } else {
        format!("{} of {total} {devices}", counts.join(", "))
    }
}

/// Jobs, a line each.
pub(crate) fn jobs(jobs: &[JobSummary]) -> String {
    let rows = jobs.iter().map(|job| {
        [
            job.job_id.clone(),
            job.status.as_str().to_owned(),
            job.created_time.to_string(),
            outcomes(job),
            job.name.clone(),
        ]
    });
    table(["JOB", "STATUS", "CREATED", "DEVICES", "NAME"], rows.collect())
}

/// Two runs: how many devices went from which state to which, then the devices.
pub(crate) fn comparison(comparison: &Comparison) -> String {
    let counts = comparison
        .transitions
        .iter()
        .map(|one| [one.from.as_str().to_owned(), one.to.as_str().to_owned(), one.devices.to_string()]);
    let counts = table(["EARLIER", "LATER", "DEVICES"], counts.collect());
    let devices = comparison.items.iter().map(|device| {
        let module = device.module_id.as_ref().map(|id| format!("/{id}")).unwrap_or_default();
        [
            format!("{}{module}", device.device_id),
            device.from.as_str().to_owned(),
            device.to.as_str().to_owned(),
        ]
    });
    let devices = table(["DEVICE", "EARLIER", "LATER"], devices.collect());
    let more = if comparison.next_cursor.is_some() {
        "\nThere are more; raise --limit, or use the API."
    } else {
        ""
    };
    format!("{} changed, {} the same\n\n{counts}\n\n{devices}{more}", comparison.changed(), comparison.same())
}

/// Devices, a line each.
pub(crate) fn devices(devices: &[DeviceSummary]) -> String {
    let rows = devices.iter().map(|device| {
        let tags = serde_json::to_string(&device.tags).unwrap_or_default();
        [
            device.device_id.to_string(),
            format!("{:?}", device.connection_state),
            device.last_activity_time.to_string(),
            tags,
        ]
    });
    table(["DEVICE", "STATE", "LAST ACTIVITY", "TAGS"], rows.collect())
}

/// Why a device is connected or not, and its events, a line each.
pub(crate) fn connections(connections: &Connections) -> String {
    let mut lines = vec![
        printable(connections.explanation.clone()),
        format!(
            "{:?} since {}, last activity {}",
            connections.connection_state,
            connections.connection_state_updated_time,
            connections.last_activity_time
        ),
    ];
    if !connections.items.is_empty() {
        let rows = connections.items.iter().map(|event| {
            let [what, cause] = event_words(event);
            [
                event.time_utc.to_string(),
                what,
                cause,
                event.client_address.clone().unwrap_or_default(),
                event.reason.clone(),
            ]
        });
        lines.push(table(["TIME", "EVENT", "CAUSE", "CLIENT", "REASON"], rows.collect()));
    }
    lines.join("\n")
}

/// Who was refused, a line each.
pub(crate) fn refusals(refused: &[RefusedDevice]) -> String {
    let rows = refused.iter().map(|one| {
        let [_, cause] = event_words(&one.last);
        let name = match &one.module_id {
            Some(module_id) => format!("{}/{module_id}", one.device_id),
            None => one.device_id.to_string(),
        };
        let is_registered = if one.is_registered { "yes" } else { "no" };
        [name, is_registered.to_owned(), one.last.time_utc.to_string(), one.last.count.to_string(), cause]
    });
    table(["DEVICE", "REGISTERED", "LAST", "TIMES", "CAUSE"], rows.collect())
}

/// What happened, and why.
fn event_words(event: &ConnectionEvent) -> [String; 2] {
    let what = match event.kind {
        ConnectionEventKind::Connected => "connected",
        ConnectionEventKind::Disconnected => "disconnected",
        ConnectionEventKind::Refused => "refused",
        ConnectionEventKind::Unknown => "unknown",
    };
    let times = if event.count > 1 { format!(" {} times", event.count) } else { String::new() };
    [format!("{what}{times}"), event.cause.map(ConnectionCause::title).unwrap_or_default().to_owned()]
}

/// Modules, a line each.
pub(crate) fn modules(modules: &[ModuleSummary]) -> String {
    let rows = modules.iter().map(|module| {
        [
            module.module_id.to_string(),
            format!("{:?}", module.connection_state),
            module.last_activity_time.to_string(),
            module.managed_by.clone().unwrap_or_default(),
        ]
    });
    table(["MODULE", "STATE", "LAST ACTIVITY", "MANAGED BY"], rows.collect())
}

/// A group in a few lines.
pub(crate) fn group(group: &Group) -> String {
    let count = match group.count {
        Some(count) => {
            format!("{} devices, {} connected, counted {}", count.devices, count.connected, count.as_of)
        }
        None => "not counted".to_owned(),
    };
    let mut lines = vec![format!("{}  {}", group.group_id, group.name), target(group), count];
    lines.extend(group.description.clone());
    lines.into_iter().map(printable).collect::<Vec<_>>().join("\n")
}

/// Groups, a line each.
pub(crate) fn groups(groups: &[Group]) -> String {
    let rows = groups.iter().map(|group| {
        let count = group.count.map_or_else(|| "-".to_owned(), |count| count.devices.to_string());
        [
            group.group_id.clone(),
            count,
            group.used_by.open_jobs.to_string(),
            target(group),
            group.name.clone(),
        ]
    });
    table(["GROUP", "DEVICES", "OPEN JOBS", "DEVICES OF", "NAME"], rows.collect())
}

fn target(group: &Group) -> String {
    match (&group.query_condition, group.listed_devices) {
        (Some(condition), _) => condition.clone(),
        (None, listed) => format!("a list of {} ids", listed.unwrap_or_default()),
    }
}

/// A schedule in a few lines.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    let mut lines = vec![
        format!("{}  {}", schedule.schedule_id, schedule.name),
        format!("{}: {}", schedule.sentence, schedule.action),
        state(schedule),
    ];
    lines.extend(schedule.owner.as_ref().map(|owner| format!("owner {}", owner.name)));
    lines.into_iter().map(printable).collect::<Vec<_>>().join("\n")
}

/// Schedules, a line each.
pub(crate) fn schedules(schedules: &[Schedule]) -> String {
    let rows = schedules.iter().map(|schedule| {
        [
            schedule.schedule_id.clone(),
            schedule.status.as_str().to_owned(),
            schedule.next.as_ref().map_or_else(|| "-".to_owned(), |next| next.due.to_string()),
            schedule.action.clone(),
            schedule.sentence.clone(),
        ]
    });
    table(["SCHEDULE", "STATUS", "NEXT RUN", "ACTION", "RULE"], rows.collect())
}

/// Whether a schedule runs, and when next, or why not.
fn state(schedule: &Schedule) -> String {
    match (schedule.status, &schedule.pause, &schedule.next) {
        (ScheduleStatus::Paused, Some(pause), _) => format!("paused: {}", pause.reason),
        (ScheduleStatus::Active, _, Some(next)) => format!("next run {}", next.due),
        (status, ..) => status.as_str().to_owned(),
    }
}

/// Runs, a line each.
pub(crate) fn runs(runs: &[ScheduleRun]) -> String {
    let rows = runs.iter().map(|run| {
        [
            run.due.to_string(),
            run.state.as_str().to_owned(),
            run.job_id.clone().unwrap_or_else(|| "-".to_owned()),
            run.reason.clone().unwrap_or_default(),
        ]
    });
    table(["DUE", "WHAT", "JOB", "REASON"], rows.collect())
}

/// The next runs, a line each.
pub(crate) fn next_runs(next: &NextRuns) -> String {
    let rows = next
        .items
        .iter()
        .map(|run| [run.due.to_string(), run.local.clone(), run.clock_change.clone().unwrap_or_default()]);
    let rows = table(["UTC", "LOCAL", "CLOCK CHANGE"], rows.collect());
    format!("{}\n{rows}", printable(next.sentence.clone()))
}

/// Columns that are as wide as their widest text; the last one is not padded.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned))
        .chain(rows.into_iter().map(|row| row.map(printable)))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().enumerate().map(|(column, text)| {
            if column + 1 == N { text.clone() } else { format!("{text:<width$}  ", width = widths[column]) }
        });
        cells.collect::<String>()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Text from elsewhere cannot move the terminal's cursor or begin a line.
pub(crate) fn printable(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_text_is_harmless() {
        let rows = vec![["a".to_owned(), "x\u{1b}[2J".to_owned()], ["long".to_owned(), "y".to_owned()]];
        assert_eq!(table(["ID", "NAME"], rows), "ID    NAME\na     x\u{fffd}[2J\nlong  y");
    }
}
