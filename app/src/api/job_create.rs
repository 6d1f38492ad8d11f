//! The new-job form: what it is filled from, and the job that it creates.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::job::JobForm};

/// What the form is filled from, where the address names something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The fields.
    pub(crate) form: JobForm,
    /// The name of the job or template; empty for a form that was refused.
    pub(crate) source: String,
    /// Why the plain form was refused.
    pub(crate) refused: Option<ApiError>,
}

/// Reads a job, a template or a form that was refused, whichever is named.
#[server(prefix = "/fn", endpoint = "job-form", input = GetUrl)]
pub(crate) async fn open_form(from: String, template: String, draft: String) -> Result<Opening, ApiError> {
    if !draft.is_empty() {
        let kept = super::PlainFormResults::from_context()?.draft(&draft);
        let (form, refused) = kept.ok_or_else(ssr::draft_is_gone)?;
        return Ok(Opening { form, source: String::new(), refused: Some(refused) });
    }
    let console = super::ssr::console()?;
    if !template.is_empty() {
        let found = console.template(&template).await.map_err(super::ssr::to_api_error)?;
        return Ok(Opening { form: JobForm::from_job(&found.job), source: found.name, refused: None });
    }
    let job = console.job(&from).await.map_err(super::ssr::to_api_error)?;
    let mut new = crate::format::code_samples::same_job(&job);
    if job.rollout.is_some() {
        let rollout = console.rollout(&from).await.map_err(super::ssr::to_api_error)?;
        new.rollout = Some(Box::new(rollout.settings));
    }
    let group = match &job.group {
        Some(group) => console.group(&group.group_id).await.ok(),
        None => None,
    };
    if let Some(group) = group {
        new.query_condition.clear();
        new.group_id = Some(group.group_id);
    } else if job.target_devices.is_some() {
        new.query_condition.clear();
        new.device_ids = Some(ssr::devices_of(&console, &from).await?);
    }
    Ok(Opening { form: JobForm::from_job(&new), source: job.name, refused: None })
}

/// Creates the job that the form describes, and redirects to its page. A plain form that is refused is shown again with
/// its content and the errors beside the fields. `counted` is the number of devices that the form had announced, if any;
/// `confirmed` what was typed as the number of devices into a plain form, where no dialog can ask for it.
#[server(prefix = "/fn", endpoint = "create-job")]
pub(crate) async fn create_job(
    form: JobForm,
    #[server(default)] counted: String,
    #[server(default)] confirmed: String,
) -> Result<String, ApiError> {
    let console = super::ssr::console()?;
    let form = JobForm { rollout: form.rollout.clone().without_empty_rows(), ..form };
    let expected_devices = counted.parse().ok();
    let job = form.to_new_job().map(|job| console_wire::job::NewJob { expected_devices, ..job });
    let created = match job {
        Ok(job) => match ssr::unconfirmed(&console, &form, &confirmed).await {
            None => {
                let requester = super::ssr::job_requester()?;
                console.create_job_from(job, requester).await.map_err(super::ssr::refuse)
            }
            Some(error) => Err(super::ssr::with_status(ApiError::invalid(vec![error]))),
        },
        Err(errors) => Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    match created {
        Ok(job) => {
            super::ssr::redirect(&crate::paths::job(&job.job_id));
            Ok(job.job_id)
        }
        Err(error) => {
            if super::ssr::is_plain_form() {
                super::ssr::redirect(&ssr::keep_draft(form, &error)?);
            }
            Err(error)
        }
    }
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::Console;
    use console_wire::{
        job::ResultFilter,
        page::MAX_LIMIT,
        problem::{FieldError, Problem},
    };
    use hub_wire::DeviceId;

    use super::{super::PlainFormResults, ApiError, JobForm};
    use crate::{
        format::number::{grouped, is_typed},
        forms::job::caution::{Counted, cautions},
        paths,
    };

    /// Asks for the number of devices of a plain form, unless it was typed or is not needed.
    pub(super) async fn unconfirmed(
        console: &Console,
        form: &JobForm,
        confirmed: &str,
    ) -> Option<FieldError> {
        if !super::super::ssr::is_plain_form() {
            return None;
        }
        // What cannot be counted is refused by what creates the job.
        let actor = super::super::ssr::actor().ok()?;
        let preview = console.preview_for(form.preview_request()?, &actor).await.ok()?;
        let counted = Counted::from(&preview);
        if cautions(form, counted).is_empty() || is_typed(confirmed, counted.targets) {
            return None;
        }
        let message =
            format!("Type {}, the number of devices, and press Run again.", grouped(counted.targets));
        Some(FieldError::new("confirmed", message))
    }

    /// Keeps a refused form; returns the address that shows it. That holds the fields too, unless they are large, for when
    /// the form is no longer kept.
    pub(super) fn keep_draft(form: JobForm, refused: &ApiError) -> Result<String, ApiError> {
        let address = if form.is_large() { paths::JOB_NEW.to_owned() } else { form.address() };
        let key = PlainFormResults::from_context()?.keep_draft(form, refused.clone());
        Ok(paths::with_more(&address, &[("draft", &key)]))
    }

    /// The devices of a job on a list, as they were addressed.
    pub(super) async fn devices_of(console: &Console, job_id: &str) -> Result<Vec<DeviceId>, ApiError> {
        let mut filter = ResultFilter { limit: Some(MAX_LIMIT), ..ResultFilter::default() };
        let mut devices = Vec::new();
        loop {
            let page = console.results(job_id, &filter).await.map_err(super::super::ssr::to_api_error)?;
            devices.extend(page.items.into_iter().map(|result| result.device_id));
            match page.next_cursor {
                Some(cursor) => filter.cursor = Some(cursor),
                None => return Ok(devices),
            }
        }
    }

    /// The draft is no longer kept. The page itself is there, so this sets no status.
    pub(super) fn draft_is_gone() -> ApiError {
        ApiError(Box::new(Problem {
            kind: "not-found".into(),
            title: "The reason is no longer kept".into(),
            status: 404,
            detail: "Nothing was sent. Check the form and send it again.".into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        }))
    }
}
