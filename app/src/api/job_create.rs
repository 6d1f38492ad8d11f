//! The new-job form: what it is filled from, and the job that it creates.

use hub_wire::Timestamp;
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
    /// When the job that is changed starts: the page writes it in its zone.
    pub(crate) start: Option<Timestamp>,
    /// Why the plain form was refused.
    pub(crate) refused: Option<ApiError>,
}

impl Opening {
    /// A form that is filled from a job or a template of this name.
    pub(crate) fn of(form: JobForm, source: impl Into<String>) -> Self {
        Self { form, source: source.into(), start: None, refused: None }
    }
}

/// Reads a job, a template or a form that was refused, whichever is named.
#[server(prefix = "/fn", endpoint = "job-form", input = GetUrl)]
pub(crate) async fn open_form(
    from: String,
    template: String,
    draft: String,
    #[server(default)] schedule: String,
    #[server(default)] edit: String,
) -> Result<Opening, ApiError> {
    if !draft.is_empty() {
        let kept = super::PlainFormResults::from_context()?.draft(&draft);
        let (form, refused) = kept.ok_or_else(ssr::draft_is_gone)?;
        return Ok(Opening { refused: Some(refused), ..Opening::of(form, "") });
    }
    let console = super::ssr::console()?;
    if !schedule.is_empty() {
        return ssr::form_of_schedule(&console, &schedule).await;
    }
    if !template.is_empty() {
        let found = console.template(&template).await.map_err(super::ssr::to_api_error)?;
        return Ok(Opening::of(JobForm::from_job(&found.job), found.name));
    }
    if !edit.is_empty() {
        return ssr::form_of_edit(&console, &edit).await;
    }
    let (form, job) = ssr::form_like(&console, &from).await?;
    Ok(Opening::of(form, job.name))
}

/// Creates the job that the form describes, or changes the one that it names, and redirects to its page. A plain form that is refused is shown again with
/// its content and the errors beside the fields. `counted` is the number of devices that the form had announced, if any;
/// `confirmed` what was typed as the number of devices into a plain form, where no dialog can ask for it.
#[server(prefix = "/fn", endpoint = "create-job")]
pub(crate) async fn create_job(
    form: JobForm,
    #[server(default)] counted: String,
    #[server(default)] confirmed: String,
) -> Result<String, ApiError> {
    let form = JobForm { rollout: form.rollout.clone().without_empty_rows(), ..form };
    if form.when == "repeats" {
        return ssr::save_schedule(form, &confirmed).await;
    }
    let console = super::ssr::console()?;
    let expected_devices = counted.parse().ok();
    let job = form.to_new_job().map(|job| console_wire::job::NewJob { expected_devices, ..job });
    let created = match job {
        Ok(job) => match ssr::unconfirmed(&console, &form, &confirmed).await {
            None => {
                let requester = super::ssr::job_requester()?;
                let saved = match form.edit.as_str() {
                    "" => console.create_job_from(job, requester).await,
                    job_id => console.edit_job(job_id, job, requester).await,
                };
                saved.map_err(super::ssr::refuse)
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
    use console::{Console, ConsoleError};
    use console_wire::{
        job::{JobSummary, NewJob, ResultFilter},
        page::MAX_LIMIT,
        problem::{FieldError, Problem},
        schedule::{MAX_NAME, NewSchedule, Schedule},
    };
    use hub_wire::DeviceId;

    use super::{super::PlainFormResults, ApiError, JobForm, Opening};
    use crate::{
        format::{
            job::can_be_edited,
            number::{grouped, is_typed},
        },
        forms::job::{
            caution::{TargetCount, cautions},
            repeat::RepeatForm,
        },
        paths,
    };

    /// The form that changes a schedule.
    pub(super) async fn form_of_schedule(console: &Console, schedule_id: &str) -> Result<Opening, ApiError> {
        let schedule = console.schedule(schedule_id).await.map_err(super::super::ssr::to_api_error)?;
        let form = JobForm {
            when: "repeats".into(),
            name: schedule.name.clone(),
            repeat: RepeatForm::from_spec(schedule_id, &schedule.spec),
            ..JobForm::from_job(&schedule.job)
        };
        Ok(Opening::of(form, schedule.name))
    }

    /// The form that changes a job before it begins.
    pub(super) async fn form_of_edit(console: &Console, job_id: &str) -> Result<Opening, ApiError> {
        let (form, job) = form_like(console, job_id).await?;
        if !can_be_edited(&job) {
            let detail = format!(
                "The job '{job_id}' cannot be edited: only a rollout can, until it begins. You can start another like this."
            );
            return Err(super::super::ssr::to_api_error(ConsoleError::Conflict { detail }));
        }
        let when = if job.start_time.is_some() { "later" } else { "now" };
        let form = JobForm { edit: job_id.to_owned(), when: when.into(), ..form };
        Ok(Opening { start: job.start_time, ..Opening::of(form, job.name) })
    }

    /// The form for a job like another one, and that job.
    pub(super) async fn form_like(
        console: &Console,
        job_id: &str,
    ) -> Result<(JobForm, JobSummary), ApiError> {
        let job = console.job(job_id).await.map_err(super::super::ssr::to_api_error)?;
        let mut new = crate::format::code_samples::same_job(&job);
        if job.rollout.is_some() {
            let rollout = console.rollout(job_id).await.map_err(super::super::ssr::to_api_error)?;
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
            new.device_ids = Some(devices_of(console, job_id).await?);
        }
        Ok((JobForm::from_job(&new), job))
    }

    /// Creates the schedule that a form describes, or changes the one that it names, and redirects to its page.
    pub(super) async fn save_schedule(form: JobForm, confirmed: &str) -> Result<String, ApiError> {
        let console = super::super::ssr::console()?;
        let saved = match try_save(&console, &form, confirmed).await {
            Ok(schedule) => schedule,
            Err(error) => {
                if super::super::ssr::is_plain_form() {
                    super::super::ssr::redirect(&keep_draft(form, &error)?);
                }
                return Err(error);
            }
        };
        super::super::ssr::redirect(&paths::schedule(&saved.schedule_id));
        Ok(saved.schedule_id)
    }

    async fn try_save(console: &Console, form: &JobForm, confirmed: &str) -> Result<Schedule, ApiError> {
        let invalid = |errors| super::super::ssr::with_status(ApiError::invalid(errors));
        let job = form.to_new_job();
        let spec = form.repeat.to_spec(std::time::SystemTime::now().into());
        if form.repeat.shown.is_empty() {
            let message = "Choose when it repeats, and send the form again.";
            return Err(invalid(vec![FieldError::new("spec.rule", message)]));
        }
        let (job, spec) = match (job, spec) {
            (Ok(job), Ok(spec)) => (job, spec),
            (job, spec) => {
                let errors = job.err().into_iter().chain(spec.err()).flatten().collect();
                return Err(invalid(errors));
            }
        };
        if let Some(error) = unconfirmed(console, form, confirmed).await {
            return Err(invalid(vec![error]));
        }
        let name: String = job.name.clone().unwrap_or_else(|| job.default_name());
        let name = name.chars().take(MAX_NAME).collect::<String>().trim().to_owned();
        let new = NewSchedule { name, spec, job: NewJob { name: None, ..job } };
        let requester = super::super::ssr::job_requester()?;
        let saved = match form.repeat.schedule.as_str() {
            "" => console.create_schedule(new, requester).await,
            id => console.change_schedule(id, new, requester).await,
        };
        saved.map_err(|error| {
            let mut error = super::super::ssr::refuse(error);
            // The form's fields are those of the job.
            for fault in &mut error.0.errors {
                if let Some(member) = fault.field.strip_prefix("job.") {
                    fault.field = member.to_owned();
                }
            }
            error
        })
    }

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
        let preview = console.preview(form.preview_request()?, &actor).await.ok()?;
        let counted = TargetCount::from(&preview);
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
    async fn devices_of(console: &Console, job_id: &str) -> Result<Vec<DeviceId>, ApiError> {
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
