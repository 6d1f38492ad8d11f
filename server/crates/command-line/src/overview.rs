//! `fleetcast overview`.

use console_wire::overview::{Attention, AttentionKind, Overview};

use crate::{Error, Exit, arguments::OverviewArgs, client::Client, output};

pub(crate) async fn run(client: &Client, arguments: OverviewArgs) -> Result<Exit, Error> {
    let overview: Overview = client.get("/overview", &[]).await?;
    if arguments.connection.json {
        output::json(&overview)?;
    } else {
        output::line(&text(&overview))?;
    }
    Ok(Exit::Succeeded)
}

/// The overview in some lines.
fn text(overview: &Overview) -> String {
    let fleet = overview.fleet;
    let known = |count: Option<u64>| count.map_or("unknown".to_owned(), |count| count.to_string());
    let day = &overview.last_day.outcomes;
    let mut lines = vec![
        format!("connected      {} of {}", known(fleet.connected), known(fleet.devices)),
        format!("running        {} jobs, {} devices to go", overview.jobs.running, overview.devices_to_go),
        format!("last 24 hours  {} succeeded, {} problems", day.succeeded, day.problems()),
    ];
    for entry in &overview.upcoming {
        lines.push(format!("{}  {}, {}", entry.at, entry.title, entry.note));
    }
    lines.extend(overview.attention.iter().map(attention));
    lines.join("\n")
}

fn attention(entry: &Attention) -> String {
    let name = entry.subject.as_ref().map_or("the hub", |job| job.name.as_str());
    match entry.kind {
        AttentionKind::HubUnreachable => format!("! {name} cannot be reached since {}", entry.since),
        AttentionKind::HubThrottled => format!("! {name} refused {}", counted(entry.count, "call")),
        AttentionKind::DevicesRefused => {
            format!("! {name} refused {} in the last hour", counted(entry.count, "device"))
        }
        AttentionKind::JobFailed => {
            format!("! {name} did not run: {}", entry.message.as_deref().unwrap_or("no reason known"))
        }
        AttentionKind::ApprovalWaiting => format!("! {name} waits for approval"),
        AttentionKind::WaveWaiting => format!("! {name} waits for a person to start its next wave"),
        AttentionKind::RolloutPaused | AttentionKind::SchedulePaused => {
            format!("! {name} is paused: {}", entry.message.as_deref().unwrap_or("no reason known"))
        }
        AttentionKind::JobWithProblems => format!("! {name}: {} of {} devices failed", entry.count, entry.of),
    }
}

/// `1 device`, `2 devices`.
fn counted(count: u64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn one_is_singular() {
        let entry = |kind, count| Attention {
            kind,
            since: Timestamp::from_unix_millis(0),
            subject: None,
            count,
            of: 0,
            cause: None,
            message: None,
        };
        for (kind, count, expected) in [
            (AttentionKind::DevicesRefused, 1, "! the hub refused 1 device in the last hour"),
            (AttentionKind::DevicesRefused, 2, "! the hub refused 2 devices in the last hour"),
            (AttentionKind::HubThrottled, 1, "! the hub refused 1 call"),
            (AttentionKind::HubThrottled, 12, "! the hub refused 12 calls"),
        ] {
            assert_eq!(attention(&entry(kind, count)), expected);
        }
    }
}
