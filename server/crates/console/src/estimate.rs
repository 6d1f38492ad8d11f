//! How long a job would take: the time to send to all devices, and the wait for the last answer after that. The rate
//! comes from the limit that the hub imposes, or from the last jobs of the same type.

use console_wire::{
    job::JobTab,
    target::{Estimate, Preview},
};
use hub_wire::job::JobType;

use crate::{ConsoleError, JobPace, core::Core, store::PastRun};

/// The shortest time to send that is divided by, in seconds: a small job is sent within one instant.
const LEAST_SENDING_SECONDS: f64 = 0.001;

/// The estimate of a job over previewed devices; none when nothing is known of the hub's rate. A job that calls a method
/// waits for each device at most `longest_wait` seconds; one that changes twins waits for none.
pub(crate) async fn estimate(
    core: &Core,
    preview: &Preview,
    longest_wait: Option<u32>,
) -> Result<Option<Estimate>, ConsoleError> {
    let job_type = match longest_wait {
        Some(_) => JobType::ScheduleDeviceMethod,
        None => JobType::ScheduleUpdateTwin,
    };
    let runs = core.store.recent_runs(job_type).await?;
    let Some(pace) = core.job_pace.clone().or_else(|| pace_of(&runs)) else { return Ok(None) };
    let running = core.store.job_counts().await?.get(JobTab::Running);
    let devices = preview.count + preview.unchecked_count;
    let longest_wait = longest_wait.unwrap_or_default();
    Ok(Some(estimate_for(&pace, &runs, devices, running, longest_wait)))
}

/// The rate at which these jobs were sent, all together: large ones say more than small ones.
fn pace_of(runs: &[PastRun]) -> Option<JobPace> {
    let devices: f64 = runs.iter().map(|run| float(run.devices)).sum();
    let seconds: f64 = runs.iter().map(|run| run.sending_seconds.max(LEAST_SENDING_SECONDS)).sum();
    let reason = match runs.len() {
        0 => return None,
        1 => "the last such job on this hub was sent at this rate".to_owned(),
        jobs => format!("the last {jobs} such jobs on this hub were sent at this rate"),
    };
    Some(JobPace { devices_per_second: devices / seconds, reason })
}

/// The median wait for the last result after everything was sent.
fn usual_wait(runs: &[PastRun]) -> f64 {
    let mut waits: Vec<_> = runs.iter().map(|run| run.waiting_seconds).collect();
    waits.sort_unstable_by(f64::total_cmp);
    waits.get(waits.len() / 2).copied().unwrap_or_default()
}

fn estimate_for(pace: &JobPace, runs: &[PastRun], devices: u64, running: u64, longest_wait: u32) -> Estimate {
    let sending = float(devices) / pace.devices_per_second;
    let longest_wait = if devices == 0 { 0.0 } else { f64::from(longest_wait) };
    let shared = match running {
        0 => String::new(),
        1 => "; one running job shares it".to_owned(),
        jobs => format!("; {jobs} running jobs share it"),
    };
    Estimate {
        seconds_low: sending + usual_wait(runs).min(longest_wait),
        // At worst each job gets the same share, and the last device does not answer.
        seconds_high: sending * float(running + 1) + longest_wait,
        sending_seconds: sending,
        longest_wait_seconds: longest_wait,
        devices_per_second: pace.devices_per_second,
        reason: format!("{}{shared}", pace.reason),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of devices and jobs are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(devices: u64, sending_seconds: f64, waiting_seconds: f64) -> PastRun {
        PastRun { devices, sending_seconds, waiting_seconds }
    }

    #[test]
    fn estimates_share_the_rate_among_running_jobs() {
        let pace = JobPace { devices_per_second: 10.0, reason: "tier".into() };
        for (devices, running, wait, low, high, reason) in [
            (0, 0, 30, 0.0, 0.0, "tier"),
            (100, 0, 30, 10.0, 40.0, "tier"),
            (100, 1, 0, 10.0, 20.0, "tier; one running job shares it"),
            (100, 2, 5, 10.0, 35.0, "tier; 2 running jobs share it"),
        ] {
            let made = estimate_for(&pace, &[], devices, running, wait);
            assert!(
                (made.seconds_low - low).abs() < 1e-9 && (made.seconds_high - high).abs() < 1e-9,
                "{made:?}"
            );
            assert_eq!(made.reason, reason);
        }
    }

    /// The wait for silent devices does not lower the rate of the next estimate, and is not added twice.
    #[test]
    fn sending_and_waiting_are_told_apart() {
        for (runs, devices, wait, low, high) in [
            // 500 devices of which some are silent: sent at once, then 30 s of waiting.
            (vec![run(500, 0.2, 30.0)], 500, 30, 30.2, 30.2),
            // Sometimes one is silent, mostly not.
            (vec![run(500, 0.2, 30.0), run(500, 0.2, 1.0), run(500, 0.2, 1.0)], 500, 30, 1.2, 30.2),
            // The next job waits less long.
            (vec![run(500, 0.2, 30.0)], 500, 5, 5.2, 5.2),
            // Twins are written; no device is waited for.
            (vec![run(48, 0.0, 0.0)], 48, 0, 0.001, 0.001),
        ] {
            let made = estimate_for(&pace_of(&runs).unwrap(), &runs, devices, 0, wait);
            assert!(
                (made.seconds_low - low).abs() < 1e-9 && (made.seconds_high - high).abs() < 1e-9,
                "{made:?}"
            );
        }
    }

    /// Runs of 500 simulated devices, as they were recorded: how long each took, and what was known before.
    #[test]
    fn recorded_runs_are_within_their_estimate() {
        let tier = JobPace { devices_per_second: 10.0, reason: "the tier".into() };
        let silent = [run(500, 0.007, 30.031)];
        let offline = [run(500, 0.003, 20.026)];
        let twins = [run(48, 0.001, 0.0)];
        for (what, pace, runs, devices, wait, took) in [
            ("3 % silent on S1", Some(&tier), &[][..], 500, 30, 77.8),
            ("all answer on S1", Some(&tier), &[], 500, 30, 49.9),
            ("twins on S1", Some(&tier), &[], 500, 0, 49.0),
            ("3 % silent", None, &silent, 500, 30, 30.0),
            ("5 % offline, 10 s to connect", None, &offline, 500, 30, 20.0),
            ("tags on 48", None, &twins, 48, 0, 0.001),
        ] {
            let pace = pace.cloned().or_else(|| pace_of(runs)).unwrap();
            let made = estimate_for(&pace, runs, devices, 0, wait);
            let range = (made.seconds_low - 1.0)..=(made.seconds_high + 1.0);
            assert!(range.contains(&took), "{what}: {took} s, and not {made:?}");
        }
    }

    #[test]
    fn the_rate_of_the_last_jobs() {
        assert_eq!(pace_of(&[]), None);
        let pace = pace_of(&[run(900, 9.0, 30.0), run(100, 1.0, 0.0)]).unwrap();
        assert!((pace.devices_per_second - 100.0).abs() < 1e-9 && pace.reason.contains("last 2 such jobs"));
    }
}
