//! The new-job page's data: what the form starts from, and the job that it becomes.

use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};
use crate::job_form::JobForm;

/// What the form starts from, when the address names something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The fields.
    pub(crate) form: JobForm,
    /// Where they come from, to be said; empty for a form that comes back.
    pub(crate) source: String,
    /// Why it was refused when it was sent as a plain form.
    pub(crate) refused: Option<ApiError>,
}

/// Reads a job, a template or a form that was refused, whichever is named.
#[server(prefix = "/fn", endpoint = "job-form", protocol = Ask<GetUrl>)]
pub(crate) async fn open_form(from: String, template: String, draft: String) -> Result<Opening, ApiError> {
    if !draft.is_empty() {
        return ssr::draft(&draft);
    }
    let console = super::ssr::console()?;
    if !template.is_empty() {
        let found = console.template(&template).await.map_err(super::ssr::told)?;
        return Ok(Opening { form: JobForm::of(&found.job), source: found.name, refused: None });
    }
    let job = console.job(&from).await.map_err(super::ssr::told)?;
    let mut new = crate::present::calls::again(&job);
    if job.target_devices.is_some() {
        new.query_condition.clear();
        new.device_ids = Some(ssr::devices_of(&console, &from).await?);
    }
    Ok(Opening { form: JobForm::of(&new), source: job.job_id, refused: None })
}

/// Creates the job that the form describes, and leads to its page. A plain form that is refused comes back with its
/// content and the refusal beside the fields. `counted` is the number of devices that the form told of, if it did.
#[server(prefix = "/fn", endpoint = "create-job", protocol = Ask<PostUrl>)]
pub(crate) async fn create_job(
    form: JobForm,
    #[server(default)] counted: String,
) -> Result<String, ApiError> {
    let expected_devices = counted.parse().ok();
    let created = match form.to_new_job().map(|job| console_wire::job::NewJob { expected_devices, ..job }) {
        Ok(job) => super::ssr::console()?.create_job(job).await.map_err(super::ssr::refuse),
        Err(errors) => Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    match created {
        Ok(job) => {
            leptos_axum::redirect(&crate::paths::job(&job.job_id));
            Ok(job.job_id)
        }
        Err(error) => {
            if super::ssr::is_plain_form() {
                leptos_axum::redirect(&ssr::way_back(form, &error.0));
            }
            Err(error)
        }
    }
}

#[cfg(feature = "ssr")]
mod ssr {
    use std::{collections::VecDeque, sync::Mutex};

    use console::Console;
    use console_wire::{job::ResultFilter, page::MAX_LIMIT, problem::Problem};
    use hub_wire::DeviceId;

    use super::{ApiError, JobForm, Opening};
    use crate::{RequestId, paths};

    /// Refused forms that were too large for an address, oldest first. They are asked for at once by the page that the
    /// browser is led to, so few are enough.
    static DRAFTS: Mutex<VecDeque<(String, Opening)>> = Mutex::new(VecDeque::new());
    const MOST_DRAFTS: usize = 16;

    /// The address that brings a refused form back.
    pub(super) fn way_back(form: JobForm, problem: &Problem) -> String {
        if !form.is_large() {
            return form.address(Some(problem));
        }
        // Random, so that nobody reads somebody else's form by counting.
        let id = leptos::prelude::use_context::<RequestId>().map(|id| id.0).unwrap_or_default();
        let refused = Some(ApiError(Box::new(problem.clone())));
        let mut drafts = DRAFTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if drafts.len() >= MOST_DRAFTS {
            drafts.pop_front();
        }
        drafts.push_back((id.clone(), Opening { form, source: String::new(), refused }));
        paths::with_query(paths::JOB_NEW, &[("draft", &id)])
    }

    /// A form that was refused.
    pub(super) fn draft(id: &str) -> Result<Opening, ApiError> {
        let drafts = DRAFTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = drafts.iter().find(|(known, _)| known == id).map(|(_, opening)| opening.clone());
        found.ok_or_else(|| gone("This form is no longer kept", "Nothing was sent. Fill it in again."))
    }

    /// The devices of a job on a list, as they were addressed.
    pub(super) async fn devices_of(console: &Console, job_id: &str) -> Result<Vec<DeviceId>, ApiError> {
        let mut filter = ResultFilter { limit: Some(MAX_LIMIT), ..ResultFilter::default() };
        let mut devices = Vec::new();
        loop {
            let page = console.results(job_id, &filter).await.map_err(super::super::ssr::told)?;
            devices.extend(page.items.into_iter().map(|result| result.device_id));
            match page.next_cursor {
                Some(cursor) => filter.cursor = Some(cursor),
                None => return Ok(devices),
            }
        }
    }

    /// What was named is not there; the page is, so this gives no status.
    pub(super) fn gone(title: &str, detail: &str) -> ApiError {
        ApiError(Box::new(Problem {
            kind: "not-found".into(),
            title: title.into(),
            status: 404,
            detail: detail.into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        }))
    }
}
