//! How long a job would take, from the pace that the hub imposes or from how the last jobs ran.

use console_wire::{
    job::JobTab,
    target::{Estimate, Preview},
};

use crate::{
    ConsoleError,
    console::{Core, JobPace},
};

impl Core {
    /// The estimate of a job over previewed devices; none when nothing is known of the hub's pace.
    pub(crate) async fn estimate(
        &self,
        preview: &Preview,
        longest_wait: Option<u32>,
    ) -> Result<Option<Estimate>, ConsoleError> {
        let pace = match &self.job_pace {
            Some(pace) => Some(pace.clone()),
            None => usual(self.store.recent_paces().await?),
        };
        let Some(pace) = pace else { return Ok(None) };
        let running = self.store.job_counts().await?.get(JobTab::Running);
        Ok(Some(estimate(
            &pace,
            preview.count + preview.unchecked_count,
            running,
            longest_wait.unwrap_or_default(),
        )))
    }
}

/// What the last jobs say; the middle one, so that one that waited long for a device says little.
fn usual(mut paces: Vec<f64>) -> Option<JobPace> {
    paces.sort_unstable_by(f64::total_cmp);
    let middle = *paces.get(paces.len() / 2)?;
    let reason = match paces.len() {
        1 => "the last job on this hub ran at this pace".to_owned(),
        jobs => format!("the last {jobs} jobs on this hub ran at this pace"),
    };
    Some(JobPace { devices_per_second: middle, reason })
}

#[expect(clippy::cast_precision_loss, reason = "counts of devices and jobs are far below 2^52")]
fn estimate(pace: &JobPace, devices: u64, running: u64, longest_wait: u32) -> Estimate {
    let seconds = devices as f64 / pace.devices_per_second;
    let shared = match running {
        0 => String::new(),
        1 => "; one running job shares it".to_owned(),
        jobs => format!("; {jobs} running jobs share it"),
    };
    Estimate {
        seconds_low: seconds,
        // Everybody gets the same share at worst, and the last device may let us wait.
        seconds_high: seconds * (running + 1) as f64 + f64::from(longest_wait),
        devices_per_second: pace.devices_per_second,
        reason: format!("{}{shared}", pace.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates() {
        let pace = JobPace { devices_per_second: 10.0, reason: "tier".into() };
        for (devices, running, wait, low, high, reason) in [
            (0, 0, 0, 0.0, 0.0, "tier"),
            (100, 0, 30, 10.0, 40.0, "tier"),
            (100, 1, 0, 10.0, 20.0, "tier; one running job shares it"),
            (100, 2, 5, 10.0, 35.0, "tier; 2 running jobs share it"),
        ] {
            let made = estimate(&pace, devices, running, wait);
            assert!(
                (made.seconds_low - low).abs() < 1e-9 && (made.seconds_high - high).abs() < 1e-9,
                "{made:?}"
            );
            assert_eq!(made.reason, reason);
        }
    }

    #[test]
    fn the_middle_of_the_last_jobs() {
        assert_eq!(usual(Vec::new()), None);
        let pace = usual(vec![100.0, 1.0, 50.0]).unwrap();
        assert!((pace.devices_per_second - 50.0).abs() < f64::EPSILON && pace.reason.contains("last 3 jobs"));
    }
}
