//! Reads every job repeatedly, from the hub and from the console. Counts never decrease, and ended device jobs and results
//! never change.

use std::collections::HashMap;

use futures::TryStreamExt;
use hub_client::HubClient;
use hub_wire::{device_job::DeviceJob, job::DeviceJobStatistics};
use reqwest::Client;
use serde_json::Value;

use crate::{program::Endpoints, support::assert_sums};

/// What was read, over all restarts.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    /// Reads of a job that returned counts.
    pub(crate) reads: u64,
    /// Ended device jobs that the hub showed, by job and device.
    rows: HashMap<(String, String), DeviceJob>,
    /// Ended results that the console showed of a rollout, by device.
    results: HashMap<String, Value>,
    /// Devices that had ended at the last read, by job and source.
    ended: HashMap<(String, &'static str), (u64, u64)>,
}

impl Observations {
    /// Reads each of the jobs once; false when the program does not answer.
    pub(crate) async fn read_jobs(
        &mut self,
        endpoints: &Endpoints,
        hub: &HubClient,
        http: &Client,
        jobs: &[String],
    ) -> bool {
        for job in jobs {
            match hub.job(job).await {
                Ok(Some(job_at_hub)) => {
                    if let Some(statistics) = job_at_hub.device_job_statistics {
                        self.counts(job, "hub", statistics);
                    }
                }
                Ok(None) => {}
                Err(_) => return false,
            }
            let Some(shown) = endpoints.read(http, &format!("/api/v1/jobs/{job}")).await else {
                return false;
            };
            if !shown.is_null() {
                assert_sums(&shown);
                let statistics =
                    serde_json::from_value(shown["deviceJobStatistics"].clone()).expect("counts");
                self.counts(job, "console", statistics);
            }
        }
        true
    }

    /// Reads the device jobs of a job; false when the hub does not answer.
    pub(crate) async fn rows(&mut self, hub: &HubClient, job: &str) -> bool {
        let Ok(rows) = rows(hub, job).await else { return false };
        for row in rows {
            if !row.status.is_terminal() {
                continue;
            }
            let key = (job.to_owned(), row.device_id.to_string());
            let before = self.rows.entry(key).or_insert_with(|| row.clone());
            assert_eq!(*before, row, "a device job that had ended has changed");
        }
        true
    }

    /// Reads the console's results of a rollout; false when the console does not answer.
    pub(crate) async fn results(&mut self, endpoints: &Endpoints, http: &Client, job: &str) -> bool {
        let Some(results) = results(endpoints, http, job).await else { return false };
        let is_open = |result: &Value| ["queued", "inFlight"].iter().any(|open| result["outcome"] == *open);
        for (device, result) in results {
            if is_open(&result) {
                assert_eq!(
                    self.results.get(&device),
                    None,
                    "a device that had ended is open again: {result}"
                );
                continue;
            }
            let before = self.results.entry(device).or_insert_with(|| result.clone());
            assert_eq!(*before, result, "the result of a device that had ended has changed");
        }
        true
    }

    fn counts(&mut self, job: &str, source: &'static str, now: DeviceJobStatistics) {
        assert!(now.is_consistent(), "{job} by the {source}: {now:?}");
        self.reads += 1;
        let before = self.ended.entry((job.to_owned(), source)).or_default();
        let ended = (now.succeeded_count, now.failed_count);
        assert!(
            ended.0 >= before.0 && ended.1 >= before.1,
            "{job} by the {source}: {before:?} had ended, and then {ended:?}"
        );
        *before = ended;
    }
}

/// All device jobs of a job.
pub(crate) async fn rows(hub: &HubClient, job: &str) -> hub_client::Result<Vec<DeviceJob>> {
    let query = format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{job}'");
    hub.query(&query, 1000).try_collect().await
}

/// All of the console's results of a job, by device; none when it does not answer.
pub(crate) async fn results(
    endpoints: &Endpoints,
    http: &Client,
    job: &str,
) -> Option<HashMap<String, Value>> {
    let (mut all, mut cursor) = (HashMap::new(), String::new());
    loop {
        let path = format!("/api/v1/jobs/{job}/devices?limit=500{cursor}");
        let page = endpoints.read(http, &path).await?;
        if page.is_null() {
            // The console does not know the job yet.
            return Some(all);
        }
        for row in page["items"].as_array().expect("items") {
            let device = row["deviceId"].as_str().expect("an id").to_owned();
            assert!(all.insert(device, row.clone()).is_none(), "a device is listed twice: {row}");
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(all),
        }
    }
}
