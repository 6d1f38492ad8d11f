//! The form for a new job as data: its fields, the job that they describe, and the address that holds them.
//!
//! Pure, and the same on both sides: the browser checks the form with it while the user types, the server before it
//! creates the job.

mod action;
mod address;
pub(crate) mod caution;
mod check;
pub(crate) mod listed;
mod name;
pub(crate) mod pasted;
pub(crate) mod repeat;
pub(crate) mod rollout;
mod target;

#[cfg(any(feature = "ssr", test))]
use console_wire::job::NewJob;
use hub_wire::direct_method::DEFAULT_RESPONSE_TIMEOUT;
#[cfg(any(feature = "ssr", test))]
use hub_wire::twin::Object;
use serde::{Deserialize, Serialize};

pub(crate) use action::ActionKind;
pub(crate) use console_wire::device_list;

#[cfg(feature = "ssr")]
pub(crate) use check::{change, method_request};
pub(crate) use check::{form_field, payload_notice};
pub(crate) use rollout::RolloutForm;
#[cfg(any(feature = "ssr", test))]
pub(super) use target::device_id;
pub(crate) use target::{Target, TargetKind};

#[cfg(any(feature = "ssr", test))]
use crate::format::json;

/// The fields, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobForm {
    /// The job that is changed; empty for a new one.
    pub(crate) edit: String,
    /// See [`ActionKind`].
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Method name.
    pub(crate) method: String,
    /// JSON.
    pub(crate) payload: String,
    /// See [`TargetKind`].
    pub(crate) target: String,
    /// Query condition.
    pub(crate) query: String,
    /// Device ids, see [`device_list`](console_wire::device_list).
    pub(crate) devices: String,
    /// One device's id.
    pub(crate) device: String,
    /// A group's id.
    pub(crate) group: String,
    /// `now`, `later` or `repeats`.
    pub(crate) when: String,
    /// Wall time such as `2026-09-17 18:00`.
    pub(crate) start: String,
    /// Minutes that the wall time is ahead of UTC; 0 for a plain form.
    pub(crate) zone: String,
    /// Seconds to wait for a connection.
    pub(crate) connect: String,
    /// Seconds to wait for an answer.
    pub(crate) answer: String,
    /// Minutes that the job may take.
    pub(crate) limit: String,
    /// What people call the job; empty for the name that says what it does.
    pub(crate) name: String,
    /// Why it runs.
    pub(crate) reason: String,
    /// How it is sent in waves, and when it stops.
    pub(crate) rollout: RolloutForm,
    /// How it repeats.
    pub(crate) repeat: repeat::RepeatForm,
}

impl Default for JobForm {
    fn default() -> Self {
        Self {
            edit: String::new(),
            kind: "method".into(),
            method: String::new(),
            payload: String::new(),
            target: "query".into(),
            query: String::new(),
            devices: String::new(),
            device: String::new(),
            group: String::new(),
            when: "now".into(),
            start: String::new(),
            zone: "0".into(),
            connect: "0".into(),
            answer: DEFAULT_RESPONSE_TIMEOUT.to_string(),
            limit: "60".into(),
            name: String::new(),
            reason: String::new(),
            rollout: RolloutForm::default(),
            repeat: repeat::RepeatForm::default(),
        }
    }
}

impl JobForm {
    /// The form that creates the same job, now.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn from_job(job: &NewJob) -> Self {
        let mut form = Self {
            query: job.query_condition.clone(),
            name: job.name.clone().unwrap_or_default(),
            reason: job.reason.clone().unwrap_or_default(),
            ..Self::default()
        };
        if crate::format::job::is_every_device(&job.query_condition) {
            form.target = "all".into();
            form.query.clear();
        }
        if let Some(ids) = &job.device_ids {
            form.target = "list".into();
            form.devices = device_list::to_lines(ids.iter().map(ToString::to_string));
            form.query.clear();
        }
        if let Some(group_id) = &job.group_id {
            form.target = "group".into();
            form.group.clone_from(group_id);
            form.query.clear();
        }
        if let Some(method) = &job.cloud_to_device_method {
            form.method.clone_from(&method.method_name);
            form.payload = if method.payload.is_null() {
                String::new()
            } else {
                let payload = method.payload.clone();
                json::pretty(&pasted::wrapped(ActionKind::Method, &method.method_name, payload))
            };
            form.connect = method.connect_timeout().to_string();
            form.answer = method.response_timeout().to_string();
        }
        if let Some(patch) = &job.update_twin {
            let (kind, change) = match (patch.desired(), &patch.tags) {
                (Some(desired), _) => (ActionKind::Desired, Some(desired)),
                (None, tags) => (ActionKind::Tags, tags.as_ref()),
            };
            form.kind = kind.as_str().into();
            let written = |change: &Object| pasted::wrapped(kind, "", change.clone().into());
            form.payload = change.map(|change| json::pretty(&written(change))).unwrap_or_default();
        }
        if let Some(settings) = &job.rollout {
            form.rollout = RolloutForm::from_settings(settings);
        }
        if let Some(seconds) = job.max_execution_time_in_seconds {
            form.limit = seconds.div_ceil(60).max(1).to_string();
        }
        form
    }

    /// Whether it changes a job that there is.
    pub(crate) fn is_edit(&self) -> bool {
        !self.edit.is_empty()
    }

    /// The action.
    pub(crate) fn action(&self) -> ActionKind {
        ActionKind::parse(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn form() -> JobForm {
        JobForm {
            method: "lockDoor".into(),
            payload: r#"{"mode":"night"}"#.into(),
            query: "tags.simulated = true".into(),
            ..JobForm::default()
        }
    }

    #[test]
    #[allow(clippy::large_stack_arrays, reason = "a table")]
    fn a_form_from_a_job_creates_the_same_job() {
        for form in [
            form(),
            JobForm { target: "all".into(), query: String::new(), ..form() },
            JobForm { target: "list".into(), devices: "a\nb".into(), query: String::new(), ..form() },
            JobForm { kind: "tags".into(), method: String::new(), ..form() },
            JobForm { kind: "tags".into(), payload: r#"{"tags":{"tags":{"a":1}}}"#.into(), ..form() },
            JobForm {
                payload: r#"{"methodName":"lockDoor","payload":{"methodName":"x","payload":1}}"#.into(),
                ..form()
            },
            JobForm {
                target: "list".into(),
                devices: "deviceId\nid\nb".into(),
                query: String::new(),
                ..form()
            },
            JobForm { kind: "desired".into(), method: String::new(), ..form() },
            JobForm { target: "group".into(), group: "doors".into(), query: String::new(), ..form() },
            JobForm { connect: "5".into(), answer: "9".into(), limit: "7".into(), ..form() },
            JobForm { rollout: RolloutForm::from_texts("", "four-waves", ""), limit: "60".into(), ..form() },
            JobForm { name: "Lock Building 43".into(), reason: "Fire drill".into(), ..form() },
        ] {
            let job = form.to_new_job().unwrap();
            let again = JobForm::from_job(&job);
            assert_eq!(again.to_new_job().unwrap(), job);
            assert_eq!(again.target, form.target);
        }
    }
}
