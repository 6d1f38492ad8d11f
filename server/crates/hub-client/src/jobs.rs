//! Jobs, version 2.
//!
//! Creating one is a PUT, yet not idempotent: the hub answers 409 to a second PUT of the same id. So when an attempt
//! got lost on the way and its repetition is refused, the job is read back: if it is the requested one, our first
//! attempt made it.

use futures::Stream;
use hub_wire::job::{Job, JobReceipt, JobRequest, JobStatus, JobType};
use reqwest::Method;

use crate::{
    ErrorKind, HubClient, HubError, Page, Result,
    call::{Call, Outcome, Repeat},
    paging,
};

/// Which jobs to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Only jobs of this type.
    pub job_type: Option<JobType>,
    /// Only jobs in this status.
    pub status: Option<JobStatus>,
}

/// Jobs requested in one page.
const PAGE_SIZE: u32 = 100;

impl HubClient {
    /// Submits a job. The receipt says `queued`, except when a lost first attempt is recovered: then it says
    /// where the job is by now.
    pub async fn create_job(&self, request: &JobRequest) -> Result<JobReceipt> {
        let path = ["jobs", "v2", request.job_id.as_str()];
        let call = Call::new("create job", Method::PUT, &path, Repeat::Always).json(request)?;
        let Outcome { result, uncertain } = self.send(call).await;
        match result {
            Err(refusal) if uncertain && refusal.kind == ErrorKind::Conflict => {
                match self.job(request.job_id.as_str()).await? {
                    Some(job) if is_requested_job(&job, request) => {
                        Ok(JobReceipt { job_id: job.job_id, job_type: job.job_type, status: job.status })
                    }
                    _ => Err(refusal),
                }
            }
            result => result?.json(),
        }
    }

    /// Reads a job; `None` if the hub does not know it. A real hub may not know a job yet for some seconds after it
    /// was created.
    pub async fn job(&self, id: &str) -> Result<Option<Job>> {
        let operation = "get job";
        let call =
            Call::new(operation, Method::GET, &["jobs", "v2", job_segment(operation, id)?], Repeat::Always);
        // An unknown id is 200 with type and status `unknown`, and three fields only.
        let job: Job = self.answer(call).await?;
        let unknown = job.job_type == JobType::Unknown && job.status == JobStatus::Unknown;
        Ok((!unknown).then_some(job))
    }

    /// Cancels a job that has not begun; one that runs or has ended is refused with 405102.
    pub async fn cancel_job(&self, id: &str) -> Result<Job> {
        let operation = "cancel job";
        let path = ["jobs", "v2", job_segment(operation, id)?, "cancel"];
        let Outcome { result, uncertain } =
            self.send(Call::new(operation, Method::POST, &path, Repeat::Always)).await;
        match result {
            // An attempt that got lost may have cancelled it; the job itself knows.
            Err(refusal) if uncertain && refusal.kind == ErrorKind::Refused => match self.job(id).await? {
                Some(job) if job.status == JobStatus::Cancelled => Ok(job),
                _ => Err(refusal),
            },
            result => result?.json(),
        }
    }

    /// One page of the hub's jobs.
    pub async fn jobs_page(&self, filter: JobFilter, continuation: Option<&str>) -> Result<Page<Job>> {
        let mut call = Call::new(LIST, Method::GET, &["jobs", "v2", "query"], Repeat::Always);
        if let Some(job_type) = filter.job_type {
            call = call.query("jobType", job_type.as_str());
        }
        if let Some(status) = filter.status {
            call = call.query("jobStatus", status.as_str());
        }
        self.page(call, PAGE_SIZE, continuation).await
    }

    /// The hub's jobs, page by page as the stream is read, whoever made them.
    pub fn jobs(&self, filter: JobFilter) -> impl Stream<Item = Result<Job>> + use<> {
        let client = self.clone();
        paging::items(LIST, move |token| {
            let client = client.clone();
            async move { client.jobs_page(filter, token.as_deref()).await }
        })
    }
}

const LIST: &str = "list jobs";

/// A job id that others may have chosen, as a path segment.
fn job_segment<'a>(operation: &'static str, id: &'a str) -> Result<&'a str> {
    if id.is_empty() || id == "." || id == ".." {
        let detail = format!("'{id}' cannot be a job id");
        return Err(HubError::local(operation, ErrorKind::Invalid, detail));
    }
    Ok(id)
}

/// Whether a job read back is the one in the request. Payloads are left out: live hubs echo them as bytes.
fn is_requested_job(job: &Job, request: &JobRequest) -> bool {
    let method = |method: &Option<hub_wire::direct_method::DirectMethodRequest>| {
        method.as_ref().map(|call| call.method_name.clone())
    };
    let change = |patch: &Option<hub_wire::twin::TwinPatch>| {
        patch.as_ref().map(|patch| {
            let sections =
                (patch.tags.clone().unwrap_or_default(), patch.desired().cloned().unwrap_or_default());
            (sections, patch.clear_tags, patch.clear_desired)
        })
    };
    job.job_type == request.job_type
        && job.query_condition.as_deref() == Some(request.query_condition.as_str())
        && method(&job.cloud_to_device_method) == method(&request.cloud_to_device_method)
        && change(&job.update_twin) == change(&request.update_twin)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_job_of_the_same_id_is_not_ours() {
        let request: JobRequest = serde_json::from_value(json!({
            "jobId": "a", "type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"x": 1}}
        }))
        .unwrap();
        for (change, same) in [
            (json!({}), true),
            (json!({"cloudToDeviceMethod": {"methodName": "lockDoor", "payload": [123, 125]}}), true),
            (json!({"startTime": "2026-01-01T00:00:00Z", "maxExecutionTimeInSeconds": 3600}), true),
            (json!({"cloudToDeviceMethod": {"methodName": "unlockDoor"}}), false),
            (json!({"queryCondition": "tags.floor = '3'"}), false),
            (
                json!({"type": "scheduleUpdateTwin", "cloudToDeviceMethod": null, "updateTwin": {"tags": {}}}),
                false,
            ),
        ] {
            let mut job = serde_json::to_value(&request).unwrap();
            job["status"] = "running".into();
            for (name, value) in change.as_object().unwrap() {
                job[name] = value.clone();
            }
            let job: Job = serde_json::from_value(job).unwrap();
            assert_eq!(is_requested_job(&job, &request), same, "{change}");
        }
    }
}
