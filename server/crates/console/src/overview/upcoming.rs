//! What is due within 24 hours: planned jobs, the next run of each schedule, and changes of the clock in the team's time zone. Pure: from what was read, and
//! the time.
//!
//! Whatever else becomes due at a known time joins here as an [`Upcoming`].

use console_wire::{
    job::JobSummary,
    overview::{MAX_UPCOMING, Subject, Upcoming, UpcomingKind},
};
use hub_wire::Timestamp;
use schedule::ZoneChange;

use crate::{
    schedules::DueRun,
    store::OverviewJobs,
    team_zone::{TeamZone, wire},
};

/// What is due before an instant, soonest first, and how many such things there are.
pub(super) fn upcoming(
    jobs: &OverviewJobs,
    runs: &[DueRun],
    zone: Option<&TeamZone>,
    now: Timestamp,
    until: Timestamp,
) -> (Vec<Upcoming>, u64) {
    let mut all: Vec<Upcoming> = jobs.planned.iter().map(start).collect();
    let change = zone.and_then(|zone| Some(clock_change(&zone.city(), zone.change(now, until)?)));
    let count = jobs.planned_count + jobs.due_schedules_count + u64::from(change.is_some());
    all.extend(runs.iter().map(run));
    all.extend(change);
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
        let (entries, count) = upcoming(&jobs, &runs, None, now, until);
        let shown: Vec<_> = entries.iter().map(|entry| (entry.title.as_str(), entry.note.as_str())).collect();
        assert_eq!(
            (count, shown),
            (2, vec![("Evening", "Every day at 02:30"), ("Night", "Every day at 02:30")])
        );
        assert_eq!(entries[1].subject.as_ref().map(|subject| subject.id.as_str()), Some("night"));
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
            let (entries, count) = upcoming(&OverviewJobs::default(), &[], Some(&zone), now, until);
            assert_eq!(count, entries.len() as u64);
            let found = entries.first().map(|entry| (entry.at, entry.title.as_str(), entry.note.as_str()));
            assert_eq!(found, changes_at.map(|at| (at, title, note)), "{name} at {now}");
        }
    }
}
