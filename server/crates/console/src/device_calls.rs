//! Direct method calls of one device and its modules, and twin changes of one device. Each is written down before it is sent,
//! and its end when it is known, whether or not the client still waits for it. A call that a stop of the console interrupts
//! ends as interrupted at the next start.

use std::{sync::Arc, time::Instant};

use console_wire::{
    access::Actor,
    device::MethodAnswer,
    device_call::{CallOrigin, CallType, DeviceCall, DeviceCalls, Requester},
    outcome::Outcome,
    page::DEFAULT_LIMIT,
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    DeviceId, ModuleId,
    device_job::DeviceJobError,
    direct_method::DirectMethodRequest,
    error::ErrorCode,
    twin::{Object, Twin, TwinPatch, section_version},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tracing::{error, info};

use crate::{
    ConsoleError, audit,
    clock::now,
    core::Core,
    cursor,
    devices::device_error,
    hub_job::is_outcome_unknown,
    modules::{self, module_error},
    scope::check_device,
    store::{CallEnd, NewCall},
    validate,
};

/// Name of the list, for its cursors.
const LIST: &str = "device calls";
/// Most calls in a page.
const MAX_LIMIT: u32 = 500;

/// Who asks for a call of one device, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequester {
    /// A page, the API.
    pub origin: CallOrigin,
    /// Who asks. A device outside of the scope of an operator is refused.
    pub actor: Actor,
}

impl From<CallOrigin> for CallRequester {
    /// The same without sign-in.
    fn from(origin: CallOrigin) -> Self {
        Self { origin, actor: Actor::LocalOperator }
    }
}

impl CallRequester {
    /// What is kept of it with the call.
    pub(crate) fn requester(&self) -> Requester {
        Requester { origin: self.origin, user: self.actor.person().map(|person| person.name) }
    }
}

/// A call that was written down and sent.
#[derive(Debug)]
pub struct SentCall<T> {
    /// Its number.
    pub call_id: u64,
    /// What came back.
    pub result: Result<T, ConsoleError>,
}

/// Calls a device, or one of its modules.
pub(crate) async fn invoke_method(
    core: &Arc<Core>,
    id: &DeviceId,
    module_id: Option<&ModuleId>,
    request: &DirectMethodRequest,
    requester: &CallRequester,
) -> Result<SentCall<MethodAnswer>, ConsoleError> {
    if let Some(fault) = validate::method_fault("", request) {
        return Err(fault.into());
    }
    check_device(core, id, requester.actor.scope()).await?;
    let requester = &requester.requester();
    let call = NewCall {
        device_id: id,
        module_id,
        call_type: CallType::Method,
        method_name: Some(&request.method_name),
        request: &request.payload,
        requester,
    };
    let subject = module_id.map_or_else(|| id.to_string(), |module_id| modules::name(id, module_id));
    audit::note_subject(&subject, None);
    let called = json!({"methodName": request.method_name, "payload": request.payload});
    audit::note_change(None, Some(called));
    let call_id = core.store.insert_call(call, now()).await?;
    let (hub, id, request) = (core.hub.clone(), id.clone(), request.clone());
    let module_id = module_id.cloned();
    let result = finish(core, call_id, CallType::Method, async move {
        let begin = Instant::now();
        let response = match &module_id {
            Some(module_id) => hub.invoke_module_method(&id, module_id, &request).await,
            None => hub.invoke_method(&id, &request).await,
        };
        let round_trip_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.as_ref().ok().map(|response| response.status);
        let module = module_id.as_ref().map(ModuleId::as_str);
        info!(device_id = %id, module, method = request.method_name, status, round_trip_ms, "direct method called");
        let end = match &response {
            Ok(response) => CallEnd {
                response: Some(response.clone()),
                round_trip_ms: Some(round_trip_ms),
                ..CallEnd::new(if response.status < 400 { Outcome::Succeeded } else { Outcome::Failed })
            },
            Err(error) => CallEnd::refused(error),
        };
        let result = response.map(|response| MethodAnswer { response, round_trip_ms });
        (end, result.map_err(|error| call_error(CallType::Method, &id, module_id.as_ref(), error)))
    });
    Ok(SentCall { call_id, result: result.await })
}

pub(crate) async fn patch_twin(
    core: &Arc<Core>,
    id: &DeviceId,
    patch: &TwinPatch,
    requester: &CallRequester,
) -> Result<SentCall<Twin>, ConsoleError> {
    if let Some(fault) = validate::patch_fault("", patch) {
        return Err(fault.into());
    }
    check_device(core, id, requester.actor.scope()).await?;
    let requester = &requester.requester();
    let change = TwinPatch { etag: None, ..patch.clone() };
    let request = serde_json::to_value(&change).expect("patches have string keys and finite numbers");
    let call = NewCall {
        device_id: id,
        module_id: None,
        call_type: CallType::TwinPatch,
        method_name: None,
        request: &request,
        requester,
    };
    audit::note_subject(id.as_str(), None);
    let before = patched_values_before(core, id, patch).await;
    let call_id = core.store.insert_call(call, now()).await?;
    let (hub, id, sent_patch) = (core.hub.clone(), id.clone(), patch.clone());
    let result = finish(core, call_id, CallType::TwinPatch, async move {
        let etag = sent_patch.etag.as_deref().unwrap_or("*");
        let written = hub.patch_twin(&id, &sent_patch, Some(etag)).await;
        let end = match &written {
            Ok(twin) => {
                info!(device_id = %id, "twin changed");
                let has_desired = sent_patch.clear_desired || sent_patch.desired().is_some();
                CallEnd {
                    twin_version: Some(twin.version),
                    desired_version: has_desired.then(|| section_version(&twin.properties.desired)),
                    ..CallEnd::new(Outcome::Succeeded)
                }
            }
            Err(error) => CallEnd::refused(error),
        };
        (end, written.map_err(|error| call_error(CallType::TwinPatch, &id, None, error)))
    });
    let result = result.await;
    // Of a patch that failed, it is noted what it was to set.
    let after = result.as_ref().map_or(request, |twin| patched_values(twin, patch));
    audit::note_change(before, Some(after));
    Ok(SentCall { call_id, result })
}

/// What a patch is about to change, for the audit log; `None` where that is not known. The hub is read only for this.
async fn patched_values_before(core: &Core, id: &DeviceId, patch: &TwinPatch) -> Option<Value> {
    if !audit::is_recorded() {
        return None;
    }
    // A patch of a device that cannot be read fails by itself.
    core.hub.twin(id).await.ok().map(|twin| patched_values(&twin, patch))
}

/// The values of a twin that a patch names.
pub(crate) fn patched_values(twin: &Twin, patch: &TwinPatch) -> Value {
    let section = |values: &Object, named: Option<&Object>, is_whole: bool| {
        if is_whole { Some(values.clone()) } else { named.map(|named| values_named(values, named)) }
    };
    let mut values = Object::new();
    if let Some(tags) = section(&twin.tags, patch.tags.as_ref(), patch.clear_tags) {
        values.insert("tags".to_owned(), tags.into());
    }
    if let Some(desired) = section(&twin.properties.desired, patch.desired(), patch.clear_desired) {
        values.insert("desired".to_owned(), desired.into());
    }
    values.into()
}

/// The members that a patch names; within objects, only what it names there.
fn values_named(values: &Object, patch: &Object) -> Object {
    let named = patch.iter().filter_map(|(name, change)| {
        let value = match (values.get(name)?, change) {
            (Value::Object(inner), Value::Object(change)) => values_named(inner, change).into(),
            (value, _) => value.clone(),
        };
        Some((name.clone(), value))
    });
    named.collect()
}

/// Sends a call in a task of its own, so that its end is written down although the client has left.
async fn finish<T: Send + 'static>(
    core: &Arc<Core>,
    call_id: u64,
    call_type: CallType,
    sent: impl Future<Output = (CallEnd, Result<T, ConsoleError>)> + Send + 'static,
) -> Result<T, ConsoleError> {
    let (done, ended) = oneshot::channel();
    let task_core = Arc::clone(core);
    core.spawn(async move {
        let (end, result) = sent.await;
        if let Err(error) = task_core.store.end_call(call_id, &end, now()).await {
            // The answer is known all the same. At the next start the call is listed as interrupted.
            error!(
                call_id,
                error = &error as &dyn std::error::Error,
                "the end of a call is not written down"
            );
        }
        // A client that has left needs no answer.
        let _ = done.send(result);
    });
    ended.await.unwrap_or_else(|_| {
        let reason = "The console stopped before the answer arrived.".to_owned();
        Err(ConsoleError::OutcomeUnknown { call_type, reason, source: None })
    })
}

impl CallEnd {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            response: None,
            round_trip_ms: None,
            error: None,
            twin_version: None,
            desired_version: None,
        }
    }

    fn refused(error: &HubError) -> Self {
        Self { error: Some(refusal(error)), ..Self::new(outcome(error)) }
    }
}

/// A failure by the hub's name and words, as far as it has given any.
pub(crate) fn refusal(error: &HubError) -> DeviceJobError {
    let code = error.answer.as_ref().and_then(|answer| answer.name.clone());
    let code = code.or_else(|| error.error_code().map(|code| code.name().to_owned()));
    let error_text = error.answer.as_ref().map(|answer| answer.message.clone());
    DeviceJobError {
        code: code.unwrap_or_else(|| error_name(error.kind).to_owned()),
        description: error_text.filter(|text| !text.is_empty()).unwrap_or_else(|| error.message()),
    }
}

/// The outcome of a call that no device answered.
fn outcome(error: &HubError) -> Outcome {
    match error.kind {
        // It left during the call, which a device that was never there did not.
        ErrorKind::NotOnline if error.error_code() == Some(ErrorCode::DeviceConnectionClosedRemotely) => {
            Outcome::Failed
        }
        ErrorKind::NotOnline => Outcome::NotOnline,
        ErrorKind::GatewayTimeout => Outcome::TimedOut,
        _ if is_outcome_unknown(error) => Outcome::Interrupted,
        _ => Outcome::Failed,
    }
}

/// A name for a failure that the hub has not named.
const fn error_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthorized => "Unauthorized",
        ErrorKind::NotFound { .. } => "NotFound",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::PreconditionFailed => "PreconditionFailed",
        ErrorKind::Throttled { .. } => "Throttled",
        ErrorKind::NotOnline => "DeviceNotOnline",
        ErrorKind::GatewayTimeout => "GatewayTimeout",
        ErrorKind::UnreadableAnswer => "UnreadableAnswer",
        ErrorKind::Refused => "Refused",
        ErrorKind::Server => "HubFailed",
        ErrorKind::Unreachable => "HubUnreachable",
        ErrorKind::Timeout => "HubTimeout",
        ErrorKind::Malformed => "HubAnswerMalformed",
        ErrorKind::Invalid => "Invalid",
    }
}

fn call_error(
    call_type: CallType,
    id: &DeviceId,
    module_id: Option<&ModuleId>,
    error: HubError,
) -> ConsoleError {
    if is_outcome_unknown(&error) {
        let reason = error.message();
        return ConsoleError::OutcomeUnknown { call_type, reason, source: Some(error) };
    }
    match module_id {
        Some(module_id) => module_error(id, module_id, error),
        None => device_error(id, error),
    }
}

pub(crate) async fn device_calls(
    core: &Core,
    id: &DeviceId,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<DeviceCalls, ConsoleError> {
    let limit = cursor::limit(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let before: Option<u64> = cursor.map(|text| cursor::read(LIST, text)).transpose()?;
    let mut calls = core.store.device_calls(id, before, limit + 1).await?;
    let has_more = calls.items.len() > limit as usize;
    calls.items.truncate(limit as usize);
    let last = calls.items.last().filter(|_| has_more);
    calls.next_cursor = last.map(|last| cursor::write(LIST, &last.call_id));
    Ok(calls)
}

pub(crate) async fn device_call(
    core: &Core,
    id: &DeviceId,
    call_id: u64,
) -> Result<Option<DeviceCall>, ConsoleError> {
    Ok(core.store.device_call(id, call_id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_patch_names_is_noted() {
        for (values, patch, expected) in [
            (json!({"a": 1, "b": 2}), json!({"a": 3}), json!({"a": 1})),
            (json!({"a": 1}), json!({"new": 1}), json!({})),
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": 5}}), json!({"a": {"b": 1}})),
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": null}), json!({"a": {"b": 1, "c": 2}})),
            (json!({"a": 1}), json!({"a": {"b": 5}}), json!({"a": 1})),
        ] {
            let object = |value: &Value| value.as_object().cloned().unwrap();
            assert_eq!(Value::from(values_named(&object(&values), &object(&patch))), expected, "{patch}");
        }
    }
}
