//! Documented payloads, read and written back unchanged; and formats that hubs and SDKs use, read.

use hub_wire::{
    Timestamp,
    bulk::{BulkItem, BulkResult},
    device::{Device, Module, RegistryStatistics, ServiceStatistics},
    device_job::DeviceJob,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
    error::{ErrorBody, NestedError, read_error},
    job::{Job, JobReceipt, JobRequest, JobStatus, JobType},
    query::QueryRequest,
    twin::{Twin, TwinPatch, section_version},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn unchanged<T: DeserializeOwned + Serialize>(text: &str) {
    let before: Value = serde_json::from_str(text).unwrap();
    let read: T = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), before);
}

macro_rules! golden {
    ($($name:ident: $type:ty,)*) => {$(
        #[test]
        fn $name() {
            unchanged::<$type>(include_str!(concat!(stringify!($name), ".json")));
        }
    )*};
}

golden! {
    device: Device,
    module: Module,
    twin: Twin,
    bulk_request: Vec<BulkItem>,
    bulk_result: BulkResult,
    direct_method_request: DirectMethodRequest,
    direct_method_response: DirectMethodResponse,
    job_request_method: JobRequest,
    job_request_twin: JobRequest,
    job_receipt: JobReceipt,
    job_unknown: JobReceipt,
    job_completed: Job,
    device_jobs: Vec<DeviceJob>,
    registry_statistics: RegistryStatistics,
    service_statistics: ServiceStatistics,
    query_request: QueryRequest,
    error_a: ErrorBody,
    error_b: NestedError,
    error_b_in_a: ErrorBody,
}

#[test]
fn errors_of_every_envelope_are_read() {
    for (body, number, message) in [
        (include_str!("error_a.json"), 404_001, "d1"),
        (include_str!("error_b.json"), 409_301, "Device d1 in IotHub h already contains Module m1."),
        (
            include_str!("error_b_in_a.json"),
            404_103,
            "The operation failed because the requested device isn't online. To learn more, see https://aka.ms/iothub404103",
        ),
    ] {
        let read = read_error(body);
        assert_eq!((read.number, read.message.as_str()), (Some(number), message));
    }
}

#[test]
fn jobs_in_the_alternative_format() {
    // Some live answers name the members so, without a zone, and with a payload as bytes.
    let job: Job = serde_json::from_value(json!({
        "jobId": "job-1",
        "jobType": "scheduleDeviceMethod",
        "status": "scheduled",
        "createdDateTimeUtc": "2017-09-21T03:16:03.6213869",
        "startTimeUtc": "2017-09-21T03:16:03Z",
        "endTimeUtc": "9999-12-31T23:59:59.9999999Z",
        "failureReason": null,
        "cloudToDeviceMethod": {"methodName": "m", "payload": [123, 125]},
    }))
    .unwrap();
    assert_eq!((job.job_type, job.status), (JobType::ScheduleDeviceMethod, JobStatus::Scheduled));
    assert_eq!(job.created_time.unwrap().to_string(), "2017-09-21T03:16:03.6213869Z");
    assert_eq!((job.end_time, job.ended()), (Some(Timestamp::FAR_FUTURE), None));
}

#[test]
fn values_of_later_versions_are_unknown() {
    let job: Job =
        serde_json::from_value(json!({"jobId": "j", "type": "export", "status": "paused"})).unwrap();
    assert_eq!((job.job_type, job.status), (JobType::Unknown, JobStatus::Unknown));
}

#[test]
fn job_requests_as_the_sdks_send_them() {
    let node = json!({"jobId": "j", "type": "scheduleDeviceMethod", "cloudToDeviceMethod": {"methodName": "reboot",
        "payload": {"a": 1}, "responseTimeoutInSeconds": 5}, "startTime": null, "queryCondition": "*"});
    let request: JobRequest = serde_json::from_value(node).unwrap();
    assert_eq!((request.start_time, request.max_execution_time_in_seconds), (None, None));
    let python = json!({"jobId": "j", "type": "scheduleUpdateTwin", "updateTwin": {"tags": {"site": "north"},
        "properties": {"desired": {"k": 1}}, "etag": "*"}, "queryCondition": "*",
        "startTime": "2026-11-22T20:38:25.532468Z", "maxExecutionTimeInSeconds": 60});
    let request: JobRequest = serde_json::from_value(python).unwrap();
    assert_eq!(request.start_time.unwrap().to_string(), "2026-11-22T20:38:25.5324680Z");
    assert_eq!(request.update_twin.unwrap().desired().unwrap()["k"], 1);
}

#[test]
fn a_live_hubs_twin() {
    // Capitals in the thumbprint, no tags, never without a zone.
    let twin: Twin = serde_json::from_value(json!({
        "deviceId": "d1", "etag": "AAAAAAAAAAE=", "status": "enabled", "statusUpdateTime": "0001-01-01T00:00:00",
        "x509Thumbprint": {"PrimaryThumbprint": "AB", "SecondaryThumbprint": null}, "version": 2,
        "properties": {"desired": {"$version": 1}, "reported": {"$version": 7}},
    }))
    .unwrap();
    assert_eq!(twin.x509_thumbprint.primary_thumbprint.as_deref(), Some("AB"));
    assert_eq!((twin.status_update_time, twin.tags.len()), (Timestamp::NEVER, 0));
    assert_eq!(section_version(&twin.properties.reported), 7);
}

#[test]
fn a_patch_keeps_nulls_and_passes_over_reported() {
    let patch: TwinPatch =
        serde_json::from_value(json!({"tags": {"a": null}, "properties": {"reported": {"x": 1}}})).unwrap();
    assert_eq!(serde_json::to_value(patch).unwrap(), json!({"tags": {"a": null}, "properties": {}}));
}
