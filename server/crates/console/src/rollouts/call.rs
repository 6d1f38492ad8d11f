//! One call of one device: its answer for the rules, and the row that is shown.

use console_wire::outcome::INTERRUPTED;
use hub_client::{ErrorKind, HubClient, HubError};
use hub_wire::{
    DeviceId, Timestamp,
    device_job::{DeviceJob, DeviceJobError, DeviceJobOutcome, DeviceJobStatus},
    direct_method::DirectMethodRequest,
    error::ErrorCode,
    job::JobType,
    twin::TwinPatch,
};
use rollout::retry::Answer;

use crate::{clock::now, core::Core, hub_job::is_outcome_unknown, store::RolloutDevice};

/// The hub has not got the call: no connection could be made. Ours, not IoT Hub's.
const NOT_REACHED: u32 = 503_000;

/// What a rollout does to each of its devices.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) job_id: String,
    pub(super) job_type: JobType,
    pub(super) method: Option<DirectMethodRequest>,
    pub(super) twin: Option<TwinPatch>,
    /// The scope of who asked.
    pub(super) scope: Option<String>,
}

impl Action {
    /// A device's row in a state without an answer.
    pub(super) fn row(&self, device_id: DeviceId, status: DeviceJobStatus, at: Timestamp) -> DeviceJob {
        DeviceJob {
            device_id,
            module_id: None,
            job_id: self.job_id.clone(),
            job_type: self.job_type,
            status,
            start_time_utc: None,
            end_time_utc: None,
            created_date_time_utc: None,
            last_updated_date_time_utc: Some(at),
            outcome: None,
            error: None,
        }
    }

    /// A device's row with an error.
    pub(super) fn failed(
        &self,
        device_id: DeviceId,
        code: &str,
        description: &str,
        at: Timestamp,
    ) -> DeviceJob {
        let error = DeviceJobError { code: code.to_owned(), description: description.to_owned() };
        DeviceJob {
            error: Some(error),
            end_time_utc: Some(at),
            ..self.row(device_id, DeviceJobStatus::Failed, at)
        }
    }

    /// Calls a device once, and waits for its answer.
    pub(super) async fn call(
        &self,
        hub: &HubClient,
        device_id: DeviceId,
        started: Timestamp,
    ) -> (Answer, DeviceJob) {
        // The rules decide what is repeated.
        let hub = hub.impatient();
        let called = match (&self.method, &self.twin) {
            (Some(method), _) => hub.invoke_method(&device_id, method).await.map(Some),
            (None, Some(patch)) => hub.patch_twin(&device_id, patch, Some("*")).await.map(|_| None),
            (None, None) => Ok(None),
        };
        let ended = now();
        let (answer, row) = match called {
            Ok(response) => {
                let answer =
                    response.as_ref().map_or(Answer::Written, |response| Answer::Device(response.status));
                let row = DeviceJob {
                    outcome: Some(DeviceJobOutcome { device_method_response: response }),
                    end_time_utc: Some(ended),
                    ..self.row(device_id, DeviceJobStatus::Completed, ended)
                };
                (answer, row)
            }
            Err(error) => self.refused(device_id, &error, ended),
        };
        (answer, DeviceJob { start_time_utc: Some(started), ..row })
    }

    /// What an error of the hub means. The row's error code says the same as the answer.
    fn refused(&self, device_id: DeviceId, error: &HubError, at: Timestamp) -> (Answer, DeviceJob) {
        let answer = answer_of(error);
        let code = match answer {
            Answer::Unknown => INTERRUPTED.to_owned(),
            Answer::Hub(code) => {
                let known = ErrorCode::from_number(code).map(|code| code.name().to_owned());
                let named = error.answer.as_ref().and_then(|answer| answer.name.clone());
                let other = if code == NOT_REACHED { "HubUnreachable" } else { "HubRefused" };
                known.or(named).unwrap_or_else(|| other.to_owned())
            }
            _ => String::new(),
        };
        (answer, self.failed(device_id, &code, &error.message(), at))
    }
}

/// The answer of a device, or of the hub for it.
pub(super) async fn answer(
    core: &Core,
    action: &Action,
    device: &RolloutDevice,
    started: Timestamp,
) -> (Answer, Option<DeviceJob>) {
    const DEVICE_NOT_FOUND: u32 = 404_001;
    let Ok(id) = DeviceId::new(device.device_id.as_str()) else {
        return (Answer::Hub(DEVICE_NOT_FOUND), None);
    };
    if device.is_outside {
        let scope = action.scope.as_deref().unwrap_or_default();
        let text = format!("There is no such device within the scope {scope}.");
        return (Answer::Hub(DEVICE_NOT_FOUND), Some(action.failed(id, "DeviceNotFound", &text, now())));
    }
    let (answer, row) = action.call(&core.hub, id, started).await;
    (answer, Some(row))
}

/// What an error means for the rules.
fn answer_of(error: &HubError) -> Answer {
    match (error.kind, error.hub_code()) {
        (_, Some(code)) if matches!(code / 1_000, 429 | 500 | 503) => Answer::Hub(code),
        (ErrorKind::Throttled { .. }, code) => Answer::Hub(code.unwrap_or(429_001)),
        (ErrorKind::Unreachable, _) if error.is_not_sent() => Answer::Hub(NOT_REACHED),
        _ if is_outcome_unknown(error) => Answer::Unknown,
        (_, Some(code)) => Answer::Hub(code),
        _ => Answer::Hub(400_000),
    }
}
