//! The new-job form as data: what its fields say, the job that they mean, and the address that holds them.
//!
//! Pure, and the same on both sides: the browser checks with it while one types, the server before it sends.

mod action;
mod address;
mod check;
pub(crate) mod device_list;
mod target;

#[cfg(any(feature = "ssr", test))]
use console_wire::job::NewJob;
use hub_wire::direct_method::DEFAULT_RESPONSE_TIMEOUT;
use serde::{Deserialize, Serialize};

pub(crate) use action::ActionKind;
#[cfg(feature = "ssr")]
pub(crate) use check::{method_request, object};
pub(crate) use target::{Target, TargetKind};

#[cfg(any(feature = "ssr", test))]
use crate::present::json;

/// The fields, as texts: a form says what was typed, not what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobForm {
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
    /// Device ids, see [`device_list`].
    pub(crate) devices: String,
    /// One device's id.
    pub(crate) device: String,
    /// `now`, or `later`.
    pub(crate) when: String,
    /// Wall time such as `2026-09-17T18:00`.
    pub(crate) start: String,
    /// Minutes that the wall time is ahead of UTC; 0 when the browser has not said.
    pub(crate) zone: String,
    /// Seconds to wait for a connection.
    pub(crate) connect: String,
    /// Seconds to wait for an answer.
    pub(crate) answer: String,
    /// Minutes that the job may take.
    pub(crate) limit: String,
}

impl Default for JobForm {
    fn default() -> Self {
        Self {
            kind: "method".into(),
            method: String::new(),
            payload: String::new(),
            target: "query".into(),
            query: String::new(),
            devices: String::new(),
            device: String::new(),
            when: "now".into(),
            start: String::new(),
            zone: "0".into(),
            connect: "0".into(),
            answer: DEFAULT_RESPONSE_TIMEOUT.to_string(),
            limit: "60".into(),
        }
    }
}

impl JobForm {
    /// The form that would start such a job, now.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn of(job: &NewJob) -> Self {
        let mut form = Self { query: job.query_condition.clone(), ..Self::default() };
        if crate::present::job::is_every_device(&job.query_condition) {
            form.target = "all".into();
            form.query.clear();
        }
        if let Some(ids) = &job.device_ids {
            form.target = "list".into();
            form.devices = device_list::lines(ids.iter().map(ToString::to_string));
            form.query.clear();
        }
        if let Some(method) = &job.cloud_to_device_method {
            form.method.clone_from(&method.method_name);
            form.payload =
                if method.payload.is_null() { String::new() } else { json::pretty(&method.payload) };
            form.connect = method.connect_timeout().to_string();
            form.answer = method.response_timeout().to_string();
        }
        if let Some(patch) = &job.update_twin {
            let (kind, change) = match (patch.desired(), &patch.tags) {
                (Some(desired), _) => (ActionKind::Desired, Some(desired)),
                (None, tags) => (ActionKind::Tags, tags.as_ref()),
            };
            form.kind = kind.as_str().into();
            form.payload = change.map(|change| json::pretty(&change.clone().into())).unwrap_or_default();
        }
        if let Some(seconds) = job.max_execution_time_in_seconds {
            form.limit = seconds.div_ceil(60).max(1).to_string();
        }
        form
    }

    /// What each device is asked to do.
    pub(crate) fn action(&self) -> ActionKind {
        ActionKind::from_word(&self.kind)
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
    fn a_job_makes_the_form_that_makes_it() {
        for form in [
            form(),
            JobForm { target: "all".into(), query: String::new(), ..form() },
            JobForm { target: "list".into(), devices: "a\nb".into(), query: String::new(), ..form() },
            JobForm { kind: "tags".into(), method: String::new(), ..form() },
            JobForm { kind: "desired".into(), method: String::new(), ..form() },
            JobForm { connect: "5".into(), answer: "9".into(), limit: "7".into(), ..form() },
        ] {
            let job = form.to_new_job().unwrap();
            let again = JobForm::of(&job);
            assert_eq!(again.to_new_job().unwrap(), job);
            assert_eq!(again.target, form.target);
        }
    }
}
