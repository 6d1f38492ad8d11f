//! A hub in a process of its own, and what the stories ask of it.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    JobId,
    connection_string::ServiceConnectionString,
    direct_method::DirectMethodRequest,
    job::{Job, JobRequest, JobType},
    twin::TwinPatch,
};
use serde_json::json;

use crate::{
    fleet::{METHOD, REQUEST},
    folder::Folder,
    process::{self, Process, Stop, ourselves},
};

const PATIENCE: Duration = Duration::from_mins(1);
/// How often a job is polled: often enough to see its end, seldom enough to cost nothing.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Longest a job may take.
const JOB_PATIENCE: Duration = Duration::from_mins(3);

/// `bench hub`.
#[derive(Debug, Args)]
pub(crate) struct HubArgs {
    /// Folder of the store.
    #[arg(long)]
    data_dir: PathBuf,
}

/// Runs a hub, without a console, until our input is closed.
#[expect(clippy::print_stdout, reason = "what the parent process waits for")]
pub(crate) async fn run(args: HubArgs) -> anyhow::Result<()> {
    let hub = Hub::start(HubConfig::local(args.data_dir)).await?;
    println!("serving {} {}", hub.rest_url(), hub.addresses().mqtt);
    process::until_abandoned().await;
    hub.stop().await;
    Ok(())
}

/// The parent's side.
#[derive(Debug)]
pub(crate) struct HubProcess {
    pub(crate) process: Process,
    pub(crate) rest: String,
    pub(crate) mqtt: String,
    pub(crate) connection: ServiceConnectionString,
    pub(crate) client: HubClient,
}

impl HubProcess {
    /// Starts a hub on a folder.
    pub(crate) async fn start(folder: &Folder) -> anyhow::Result<Self> {
        let connection = hub_embedded::connection_string(folder.path(), "localhost").await?;
        let mut process =
            Process::start("the hub", ourselves()?.args(["hub", "--data-dir"]).arg(folder.path()))?;
        let addresses = process.line("serving ", PATIENCE).await?;
        let (rest, mqtt) = addresses.split_once(' ').context("the hub printed no addresses")?;
        let client = client(&connection, rest)?;
        Ok(Self { process, client, connection, rest: rest.to_owned(), mqtt: mqtt.to_owned() })
    }

    /// Runs a job over a condition. Seconds from the request until the hub reports that it has ended.
    pub(crate) async fn run_job(&self, job_id: &str, action: Action, condition: &str) -> anyhow::Result<f64> {
        let begin = Instant::now();
        self.client.create_job(&request(job_id, action, condition)?).await?;
        let job = until_ended(&self.client, job_id).await?;
        let seconds = begin.elapsed().as_secs_f64();
        let statistics = job.device_job_statistics.context("an ended job has counts")?;
        ensure!(
            statistics.succeeded_count == statistics.device_count,
            "job {job_id} did not succeed everywhere: {statistics:?}"
        );
        Ok(seconds)
    }

    /// Ends it in good order.
    pub(crate) async fn stop(self) -> anyhow::Result<Duration> {
        self.process.stop(Stop::EndOfInput).await
    }
}

/// A client of a hub on this machine.
pub(crate) fn client(connection: &ServiceConnectionString, rest: &str) -> anyhow::Result<HubClient> {
    let options = HubClientOptions { endpoint: Some(rest.to_owned()), ..HubClientOptions::default() };
    Ok(HubClient::new(connection.clone(), options)?)
}

/// What a job does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// Calls [`METHOD`].
    Method,
    /// Sets the desired properties of [`desired`].
    Twin,
}

/// What a twin job sets: the example of Microsoft's documentation of jobs.
pub(crate) fn desired() -> serde_json::Value {
    json!({"building": "43", "floor": 3})
}

/// A request for a job.
pub(crate) fn request(job_id: &str, action: Action, condition: &str) -> anyhow::Result<JobRequest> {
    let (job_type, method, update) = match action {
        Action::Method => {
            let method = DirectMethodRequest {
                method_name: METHOD.to_owned(),
                payload: serde_json::from_slice(REQUEST)?,
                response_timeout_in_seconds: None,
                connect_timeout_in_seconds: None,
            };
            (JobType::ScheduleDeviceMethod, Some(method), None)
        }
        Action::Twin => {
            let mut update: TwinPatch =
                serde_json::from_value(json!({"properties": {"desired": desired()}}))?;
            update.etag = Some("*".to_owned());
            (JobType::ScheduleUpdateTwin, None, Some(update))
        }
    };
    Ok(JobRequest {
        job_id: JobId::new(job_id)?,
        job_type,
        cloud_to_device_method: method,
        update_twin: update,
        query_condition: condition.to_owned(),
        start_time: None,
        max_execution_time_in_seconds: None,
    })
}

/// Waits for a job's end.
pub(crate) async fn until_ended(client: &HubClient, job_id: &str) -> anyhow::Result<Job> {
    let wait = async {
        loop {
            let job = client.job(job_id).await?.context("the hub forgot the job")?;
            if job.status.is_terminal() {
                return anyhow::Ok(job);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(JOB_PATIENCE, wait).await.with_context(|| format!("job {job_id} does not end"))?
}
