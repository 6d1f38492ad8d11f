//! How long a running job may still take, from what is outstanding: devices that wait are sent at the mean rate so far,
//! and one that was sent ends at the latest when its timeout is over. It needs nothing but the job, so that it is the same
//! after a reload.

use console_wire::job::JobSummary;
use hub_wire::{
    Timestamp,
    direct_method::DEFAULT_RESPONSE_TIMEOUT,
    job::{JobStatus, JobType},
};

use crate::format::time;

/// The rate is meaningful after this time, in milliseconds.
const LEAST_FOR_RATE: u64 = 5_000;
/// A real hub's results are read at least this often, in milliseconds. When nothing was sent for longer, sending stalls.
const STALLED: u64 = 40_000;
/// So long after its predicted end a forecast is given up, in milliseconds.
const OVERDUE: u64 = 15_000;

/// What a running job waits for, with the longest time that it may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeLeft {
    /// Devices wait for their turn.
    Sending {
        /// Until the last one is sent.
        sending: u64,
        /// From then until its timeout.
        waiting: u64,
    },
    /// All were sent; the last ones may answer at any time until their timeout.
    Waiting {
        /// Until the last timeout.
        most: u64,
    },
}

impl TimeLeft {
    /// In a row of the list.
    pub(crate) fn short(self) -> String {
        match self {
            Self::Sending { sending, waiting: 0 } => format!("{} left", seconds(sending)),
            Self::Sending { sending, .. } => format!("{} to send", seconds(sending)),
            Self::Waiting { most } => format!("up to {} left", seconds(most)),
        }
    }
}

/// How long a job waits for one device, in milliseconds: for its connection, then for its answer.
fn longest_wait(job: &JobSummary) -> u64 {
    let Some(method) = &job.cloud_to_device_method else { return 0 };
    let response = method.response_timeout_in_seconds.unwrap_or(DEFAULT_RESPONSE_TIMEOUT);
    let connection = method.connect_timeout_in_seconds.unwrap_or_default();
    (u64::from(response) + u64::from(connection)) * 1000
}

/// What is left of a job; `None` while it does not run, and while too little is known.
pub(crate) fn time_left(job: &JobSummary, now: Timestamp) -> Option<TimeLeft> {
    let start = job.start_time.filter(|_| job.status == JobStatus::Running)?;
    let (total, queued) = (job.outcomes.total(), job.outcomes.queued);
    if total == 0 {
        return None;
    }
    let until_limit = job
        .max_execution_time_in_seconds
        .map_or(u64::MAX, |limit| (u64::from(limit) * 1000).saturating_sub(millis_since(now, start)));
    let wait = longest_wait(job);
    if queued == 0 {
        // It may still be read what the last devices answered.
        let sent = job.last_sent_time.unwrap_or(start);
        let most = wait.saturating_sub(millis_since(now, sent)).min(until_limit);
        return (job.outcomes.in_flight > 0).then_some(TimeLeft::Waiting { most });
    }
    // Those that were sent were sent up to then. What was sent later is not read yet, and taken to go on like that.
    let sent_at = job.last_sent_time.unwrap_or(start);
    let until = if millis_since(now, sent_at) > STALLED { now } else { sent_at };
    let known = millis_since(until, start);
    let sending = known.saturating_mul(queued).checked_div(total - queued)?;
    let passed = millis_since(now, until);
    if known < LEAST_FOR_RATE || passed > sending + OVERDUE {
        return None;
    }
    let sending = sending.saturating_sub(passed).min(until_limit);
    Some(TimeLeft::Sending { sending, waiting: wait.min(until_limit - sending) })
}

/// The figure "Time left": the number, words before it, and a note below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// `up to`, or empty.
    pub(crate) before: &'static str,
    /// `11 s`, or a hyphen.
    pub(crate) value: String,
    /// What it depends on.
    pub(crate) note: Note,
}

/// What the time left depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// Words.
    Words(String),
    /// The instant of the end.
    EndsAbout(Timestamp),
}

/// The time left as a figure. `is_live` is false while the numbers are old.
pub(crate) fn figure(job: &JobSummary, now: Timestamp, is_live: bool) -> Figure {
    let dash = |note: &str| Figure { before: "", value: "-".into(), note: Note::Words(note.into()) };
    match time_left(job, now).filter(|_| is_live) {
        None if !is_live && job.status == JobStatus::Running => {
            dash("not known while the page is not up to date")
        }
        None if job.outcomes.total() == 0 => dash("when the devices are counted"),
        None => dash("estimating"),
        Some(TimeLeft::Sending { sending, waiting: 0 }) => {
            let end = Timestamp::from_unix_millis(now.unix_millis().saturating_add_unsigned(sending));
            Figure { before: "", value: seconds(sending), note: Note::EndsAbout(end) }
        }
        Some(TimeLeft::Sending { sending, waiting }) => Figure {
            before: "",
            value: seconds(sending),
            note: Note::Words(format!("then up to {} for answers", seconds(waiting))),
        },
        Some(TimeLeft::Waiting { most }) => {
            Figure { before: "up to ", value: seconds(most), note: Note::Words(timeout_name(job).into()) }
        }
    }
}

/// Which timeouts end the wait for a device.
fn timeout_name(job: &JobSummary) -> &'static str {
    let has_connection = job
        .cloud_to_device_method
        .as_ref()
        .is_some_and(|method| method.connect_timeout_in_seconds.unwrap_or_default() > 0);
    match (job.job_type, has_connection) {
        (JobType::ScheduleDeviceMethod, true) => "longest timeout left",
        (JobType::ScheduleDeviceMethod, false) => "response timeout",
        _ => "the hub writes the last twins",
    }
}

/// Whole seconds, rounded up, at least one.
fn seconds(millis: u64) -> String {
    let seconds = millis.div_ceil(1000).max(1);
    if seconds < 10 { format!("{seconds} s") } else { time::duration(seconds * 1000) }
}

fn millis_since(later: Timestamp, earlier: Timestamp) -> u64 {
    if later <= earlier {
        return 0;
    }
    u64::try_from(later.since(earlier).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;

    use super::*;
    use crate::format::job::tests::job;

    /// A running job, read so many milliseconds after its start.
    fn running(read_at: i64, queued: u64, in_flight: u64, succeeded: u64) -> JobSummary {
        let mut job = job(JobStatus::Running);
        let start = job.start_time.unwrap();
        job.outcomes = Outcomes { queued, in_flight, succeeded, ..Outcomes::default() };
        job.as_of = after(start, read_at);
        job.last_sent_time = Some(if queued == 0 { start } else { job.as_of });
        job
    }

    fn after(start: Timestamp, millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(start.unix_millis() + millis)
    }

    fn check(job: &JobSummary, now: i64, left: Option<TimeLeft>) {
        assert_eq!(time_left(job, after(job.start_time.unwrap(), now)), left, "{job:?} at {now}");
    }

    #[test]
    fn devices_that_wait_are_sent_at_the_mean_rate() {
        use TimeLeft::Sending;
        let sending = |sending| Some(Sending { sending, waiting: 30_000 });
        check(&running(4_000, 60, 10, 30), 4_000, None);
        check(&running(10_000, 400, 0, 100), 10_000, sending(40_000));
        // The clock goes on between two readings, and does not jump at the second.
        check(&running(10_000, 400, 0, 100), 16_000, sending(34_000));
        check(&running(16_000, 340, 0, 160), 16_000, sending(34_000));
        check(&running(10_000, 500, 0, 0), 10_000, None);
        // Overdue, then not known, then slower than it was.
        check(&running(10_000, 100, 0, 400), 27_000, sending(0));
        check(&running(10_000, 100, 0, 400), 28_000, None);
        check(&running(10_000, 100, 0, 400), 60_000, sending(15_000));
        let mut twin = running(10_000, 400, 0, 100);
        twin.cloud_to_device_method = None;
        check(&twin, 10_000, Some(Sending { sending: 40_000, waiting: 0 }));
        let mut limited = running(10_000, 400, 0, 100);
        limited.max_execution_time_in_seconds = Some(55);
        check(&limited, 10_000, Some(Sending { sending: 40_000, waiting: 5_000 }));
        limited.max_execution_time_in_seconds = Some(30);
        check(&limited, 10_000, Some(Sending { sending: 20_000, waiting: 0 }));
    }

    #[test]
    fn the_last_devices_end_by_their_timeout() {
        let waiting = |most| Some(TimeLeft::Waiting { most });
        let mut tail = running(3_000, 0, 14, 486);
        check(&tail, 1_000, waiting(29_000));
        check(&tail, 19_500, waiting(10_500));
        check(&tail, 31_000, waiting(0));
        tail.last_sent_time = Some(after(tail.start_time.unwrap(), 2_000));
        check(&tail, 19_500, waiting(12_500));
        let method = tail.cloud_to_device_method.as_mut().unwrap();
        method.response_timeout_in_seconds = Some(60);
        method.connect_timeout_in_seconds = Some(20);
        check(&tail, 19_500, waiting(62_500));
        tail.outcomes.in_flight = 0;
        check(&tail, 19_500, None);
        check(&job(JobStatus::Completed), 60_000, None);
    }

    #[test]
    fn figures() {
        let text = |job: &JobSummary, now, is_live| {
            let Figure { before, value, note } = figure(job, after(job.start_time.unwrap(), now), is_live);
            let note = match note {
                Note::Words(words) => words,
                Note::EndsAbout(at) => format!("ends about {at}"),
            };
            format!("{before}{value}, {note}")
        };
        assert_eq!(text(&running(100, 0, 14, 486), 19_500, true), "up to 11 s, response timeout");
        assert_eq!(
            text(&running(100, 0, 14, 486), 19_500, false),
            "-, not known while the page is not up to date"
        );
        assert_eq!(text(&running(10_000, 400, 0, 100), 10_000, true), "40 s, then up to 30 s for answers");
        assert_eq!(text(&running(1_000, 400, 0, 100), 1_000, true), "-, estimating");
        assert_eq!(text(&running(1_000, 0, 0, 0), 1_000, true), "-, when the devices are counted");
        let mut twin = running(10_000, 400, 0, 100);
        (twin.cloud_to_device_method, twin.job_type) = (None, JobType::ScheduleUpdateTwin);
        assert_eq!(text(&twin, 10_000, true), "40 s, ends about 2026-09-17T18:00:50.0000000Z");
        assert_eq!(time_left(&twin, twin.as_of).unwrap().short(), "40 s left");
        let method = running(10_000, 400, 0, 100);
        assert_eq!(time_left(&method, method.as_of).unwrap().short(), "40 s to send");
    }

    /// A run of simulated devices as it was recorded, with times in milliseconds after its start.
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct RecordedRun {
        name: String,
        response_timeout: u32,
        connect_timeout: u32,
        /// Whether a device stayed silent until its timeout.
        has_silent: bool,
        end: i64,
        /// Now, when the hub was read, devices queued, in flight and finished, when the last one was sent.
        samples: Vec<[i64; 6]>,
    }

    #[test]
    fn recorded_runs_end_within_the_bounds() {
        let runs: Vec<RecordedRun> = serde_json::from_str(include_str!("recorded_runs.json")).unwrap();
        for run in runs {
            let mut forecasts = 0;
            for [now, read_at, queued, in_flight, finished, last_sent] in run.samples {
                let [queued, in_flight, finished] =
                    [queued, in_flight, finished].map(|count| u64::try_from(count).unwrap());
                let mut job = running(read_at, queued, in_flight, finished);
                let start = job.start_time.unwrap();
                job.last_sent_time = Some(after(start, last_sent));
                match (&mut job.cloud_to_device_method, run.response_timeout) {
                    (method, 0) => *method = None,
                    (Some(method), timeout) => {
                        method.response_timeout_in_seconds = Some(timeout);
                        method.connect_timeout_in_seconds = Some(run.connect_timeout);
                    }
                    (None, _) => {}
                }
                let Some(left) = time_left(&job, after(start, now)) else {
                    let is_early = now < i64::try_from(LEAST_FOR_RATE).unwrap() + 7_000;
                    assert!(is_early || queued + in_flight == 0, "{} at {now}: unknown", run.name);
                    continue;
                };
                forecasts += 1;
                let actual = run.end - now;
                if actual < 0 {
                    // The hub has finished, and the console has not read it yet.
                    continue;
                }
                // If every device answers at once, and if the last one does not answer.
                let bounds = match left {
                    TimeLeft::Sending { sending, waiting } => [sending, sending + waiting],
                    TimeLeft::Waiting { most } => [0, most],
                };
                let [least, most] = bounds.map(|bound| i64::try_from(bound).unwrap());
                // The hub is read every few seconds, and the last silent device may not be the last one sent.
                let tolerance = 1_500 + actual / 10;
                assert!(
                    least <= actual + tolerance && actual <= most + tolerance,
                    "{} at {now}: {actual} is not within {left:?}",
                    run.name
                );
                if matches!(left, TimeLeft::Waiting { .. }) && run.has_silent && run.connect_timeout == 0 {
                    assert!((most - actual).abs() <= 1_500, "{} at {now}: {actual}, not {most}", run.name);
                }
            }
            assert!(forecasts > 5, "{}: {forecasts} forecasts", run.name);
        }
    }
}
