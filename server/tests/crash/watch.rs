//! Looks at every job all the time, at the hub's door and at the console's. What was seen must stay true.

use std::collections::HashMap;

use futures::TryStreamExt;
use hub_client::HubClient;
use hub_wire::{device_job::DeviceJob, job::DeviceJobStatistics};
use reqwest::Client;
use serde_json::Value;

use crate::{program::Doors, support::assert_sums};

/// What has been seen, over all restarts.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Looks at a job that brought counts.
    pub(crate) looks: u64,
    /// Ended device jobs that the hub showed, by job and device.
    rows: HashMap<(String, String), DeviceJob>,
    /// Devices that had ended when last seen, by job and by who said so.
    ended: HashMap<(String, &'static str), (u64, u64)>,
}

impl Seen {
    /// Looks once at each of the jobs; false when nobody answers.
    pub(crate) async fn look(
        &mut self,
        doors: &Doors,
        hub: &HubClient,
        http: &Client,
        jobs: &[String],
    ) -> bool {
        for job in jobs {
            match hub.job(job).await {
                Ok(Some(found)) => {
                    if let Some(statistics) = found.device_job_statistics {
                        self.counts(job, "hub", statistics);
                    }
                }
                Ok(None) => {}
                Err(_) => return false,
            }
            let Some(shown) = doors.read(http, &format!("/api/v1/jobs/{job}")).await else { return false };
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

    fn counts(&mut self, job: &str, who: &'static str, now: DeviceJobStatistics) {
        assert!(now.is_consistent(), "{job} by the {who}: {now:?}");
        self.looks += 1;
        let before = self.ended.entry((job.to_owned(), who)).or_default();
        let ended = (now.succeeded_count, now.failed_count);
        assert!(
            ended.0 >= before.0 && ended.1 >= before.1,
            "{job} by the {who}: {before:?} had ended, and then {ended:?}"
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
pub(crate) async fn results(doors: &Doors, http: &Client, job: &str) -> Option<HashMap<String, Value>> {
    let (mut all, mut cursor) = (HashMap::new(), String::new());
    loop {
        let path = format!("/api/v1/jobs/{job}/devices?limit=500{cursor}");
        let page = doors.read(http, &path).await?;
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
