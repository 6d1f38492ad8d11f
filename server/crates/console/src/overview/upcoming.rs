//! What is due within 24 hours: planned jobs, the next run of each schedule, maintenance windows for which a job in waves waits,
//! and changes of the clock in the team's time zone and in those of schedules. Pure: from what was read, and the time.
//!
//! Whatever else becomes due at a known time joins here as an [`Upcoming`].

use console_wire::{
    job::JobSummary,
    overview::{MAX_UPCOMING, Subject, Upcoming, UpcomingKind},
    rollout::settings::Zone,
};
use hub_wire::Timestamp;
use rollout::window::next_windows;
use schedule::ZoneChange;

use crate::{
    schedules::DueRun,
    store::{OverviewJobs, WaitingForWindow},
    team_zone::{TeamZone, wire},
};

/// What is due before an instant, soonest first, and how many such things there are.
pub(super) fn upcoming(
    jobs: &OverviewJobs,
    runs: &[DueRun],
    zones: &[TeamZone],
    now: Timestamp,
    until: Timestamp,
) -> (Vec<Upcoming>, u64) {
    let mut all: Vec<Upcoming> = jobs.planned.iter().map(start).collect();
    let changes = zones.iter().filter_map(|zone| Some(clock_change(&zone.city(), zone.change(now, until)?)));
    let windows = jobs.with_windows.iter().filter_map(|waiting| next_window(waiting, now, until));
    let others: Vec<_> = changes.chain(windows).collect();
    let count = jobs.planned_count + jobs.due_schedules_count + others.len() as u64;
    all.extend(runs.iter().map(run));
    all.extend(others);
    all.sort_by_key(|entry| entry.at);
    all.truncate(MAX_UPCOMING);
    (all, count)
}

fn start(job: &JobSummary) -> Upcoming {
    let note = match (&job.group, job.target_devices) {
        (Some(group), _) => format!("group {}, once", group.name),
        (None, Some(1)) => "1 device, once".to_owned(),
        (None, Some(listed)) => format!("{} devices, once", console_wire::number::grouped(listed)),
        (None, None) => match job.expected_devices {
            Some(1) => "1 device, once".to_owned(),
            Some(counted) => format!("{} devices, once", console_wire::number::grouped(counted)),
            None => "once".to_owned(),
        },
    };
    Upcoming {
        kind: UpcomingKind::Start,
        at: job.start_time.unwrap_or(job.created_time),
        until: None,
        subject: Some(Subject { id: job.job_id.clone(), name: job.name.clone() }),
        title: job.name.clone(),
        note,
    }
}

fn run(run: &DueRun) -> Upcoming {
    Upcoming {
        kind: UpcomingKind::Run,
        at: run.due,
        until: None,
        subject: Some(Subject { id: run.schedule_id.clone(), name: run.name.clone() }),
        title: run.name.clone(),
        note: run.rule.clone(),
    }
}

/// The next window of a job that waits for one; none while one is open. Where devices have zones of their own, that of the others.
fn next_window(waiting: &WaitingForWindow, now: Timestamp, until: Timestamp) -> Option<Upcoming> {
    let zone = match &waiting.windows.zone {
        Zone::Name(name) => name,
        Zone::Tag(tag) => &tag.otherwise,
    };
    let next = next_windows(&waiting.windows, zone, now, 1).into_iter().next()?;
    (next.from > now && next.from < until).then(|| Upcoming {
        kind: UpcomingKind::Window,
        at: next.from,
        until: Some(next.until),
        subject: Some(Subject { id: waiting.job_id.clone(), name: waiting.name.clone() }),
        title: waiting.name.clone(),
        note: format!("maintenance window of {} min", next.until.since(next.from).as_secs() / 60),
    })
}

/// `Berlin -1 h`, `02:00 occurs twice`.
fn clock_change(city: &str, change: ZoneChange) -> Upcoming {
    let minutes = change.to.duration_since(change.from).as_mins();
    let sign = if minutes < 0 { '-' } else { '+' };
    let distance = match (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let clock = |at: jiff::civil::DateTime| format!("{:02}:{:02}", at.hour(), at.minute());
    let note = if minutes < 0 {
        format!("{} occurs twice", clock(change.to))
    } else {
        format!("{} is followed by {}", clock(change.from), clock(change.to))
    };
    Upcoming {
        kind: UpcomingKind::ClockChange,
        at: wire(change.at),
        until: None,
        subject: None,
        title: format!("{city} {sign}{distance}"),
        note,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        wire(text.parse().unwrap())
    }

    #[test]
    fn runs_of_schedules_are_between_planned_jobs() {
        let now = at("2026-10-24T18:00:00Z");
        let run = |name: &str, due: &str| DueRun {
            schedule_id: name.to_lowercase(),
            name: name.to_owned(),
            due: at(due),
            rule: "Every day at 02:30".to_owned(),
        };
        let runs = [run("Night", "2026-10-25T02:30:00Z"), run("Evening", "2026-10-24T20:00:00Z")];
        let jobs = OverviewJobs { due_schedules_count: 2, ..OverviewJobs::default() };
        let until = super::super::later(now, super::super::SPAN);
        let (entries, count) = upcoming(&jobs, &runs, &[], now, until);
        let shown: Vec<_> = entries.iter().map(|entry| (entry.title.as_str(), entry.note.as_str())).collect();
        assert_eq!(
            (count, shown),
            (2, vec![("Evening", "Every day at 02:30"), ("Night", "Every day at 02:30")])
        );
        assert_eq!(entries[1].subject.as_ref().map(|subject| subject.id.as_str()), Some("night"));
    }

    #[test]
    fn windows_are_due_while_none_is_open() {
        let windows = |windows: serde_json::Value, zone: serde_json::Value| WaitingForWindow {
            job_id: "lock-1".into(),
            name: "Lock".into(),
            windows: serde_json::from_value(serde_json::json!({"windows": windows, "zone": zone})).unwrap(),
        };
        let now = at("2026-10-24T18:00:00Z");
        let until = super::super::later(now, super::super::SPAN);
        let night = serde_json::json!([{"start": "22:00", "minutes": 90}]);
        let berlin = serde_json::json!({"name": "Europe/Berlin"});
        let by_tag = serde_json::json!({"tag": {"tag": "tags.zone", "otherwise": "UTC"}});
        let on_monday = serde_json::json!([{"days": ["monday"], "start": "22:00", "minutes": 90}]);
        let open = serde_json::json!([{"start": "19:30", "minutes": 60}]);
        for (waiting, expected) in [
            (windows(night.clone(), berlin.clone()), Some("2026-10-24T20:00:00Z")),
            (windows(night, by_tag), Some("2026-10-24T22:00:00Z")),
            (windows(on_monday, berlin.clone()), None),
            (windows(open, berlin), None),
        ] {
            let jobs = OverviewJobs { with_windows: vec![waiting], ..OverviewJobs::default() };
            let (entries, count) = upcoming(&jobs, &[], &[], now, until);
            assert_eq!(count, entries.len() as u64);
            let found = entries.first().map(|entry| (entry.at, entry.until, entry.note.as_str()));
            let span = |from: &str| (at(from), Some(at(from).plus(std::time::Duration::from_mins(90))));
            let expected =
                expected.map(span).map(|(from, until)| (from, until, "maintenance window of 90 min"));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_clock_of_the_teams_zone_changes() {
        for (name, now, changes_at, title, note, offsets) in [
            (
                "Europe/Berlin",
                "2026-10-24T18:06:00Z",
                Some("2026-10-25T01:00:00Z"),
                "Berlin -1 h",
                "02:00 occurs twice",
                (120, 60),
            ),
            (
                "Europe/Berlin",
                "2027-03-27T18:00:00Z",
                Some("2027-03-28T01:00:00Z"),
                "Berlin +1 h",
                "02:00 is followed by 03:00",
                (60, 120),
            ),
            (
                "Australia/Lord_Howe",
                "2026-10-03T02:00:00Z",
                Some("2026-10-03T15:30:00Z"),
                "Lord Howe +30 min",
                "02:00 is followed by 02:30",
                (630, 660),
            ),
            ("Europe/Berlin", "2026-10-26T18:00:00Z", None, "", "", (60, 60)),
            ("Asia/Kolkata", "2026-10-24T18:00:00Z", None, "", "", (330, 330)),
        ] {
            let zone = TeamZone::find(name).unwrap().unwrap();
            let (now, until) = (at(now), super::super::later(at(now), super::super::SPAN));
            let over = zone.over(now, until);
            let changes_at = changes_at.map(at);
            assert_eq!(over.changes_at, changes_at, "{name}");
            assert_eq!((over.offset_minutes, over.offset_minutes_after), offsets, "{name}");
            let (entries, count) = upcoming(&OverviewJobs::default(), &[], &[zone], now, until);
            assert_eq!(count, entries.len() as u64);
            let found = entries.first().map(|entry| (entry.at, entry.title.as_str(), entry.note.as_str()));
            assert_eq!(found, changes_at.map(|at| (at, title, note)), "{name} at {now}");
        }
    }
}
