//! A job again, on some of its devices.

use console_wire::{
    job::JobSummary,
    outcome::Outcome,
    problem::FieldError,
    rerun::{NewRerun, Subset},
};
use hub_wire::{
    JobId,
    job::{JobRequest, JobType},
    twin::TwinPatch,
};

use crate::{Console, ConsoleError, create::Target, job_id, store::List};

impl Console {
    /// Creates a job that does the same as another on exactly those of its devices that are in the states asked for at
    /// this instant, and links the two.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for states of devices that the other job may still send to; `Conflict` when no device is in
    /// them, or the id is taken; `Hub` when the hub did not take it.
    pub async fn rerun(
        &self,
        job_id: &str,
        rerun: impl Into<NewRerun> + Send,
    ) -> Result<JobSummary, ConsoleError> {
        let rerun: NewRerun = rerun.into();
        let parent = self.job(job_id).await?;
        let asked = rerun.subset();
        let outcomes = outcomes(&parent, &asked)?;
        let id_is_ours = rerun.job_id.is_none();
        let request = request(&parent, rerun.job_id)?;
        let list = List::Of { job_id: parent.job_id, asked, outcomes };
        self.create_checked(request, Target::List(list), id_is_ours).await
    }

    /// The jobs that run this one's devices again, newest first.
    pub async fn reruns(&self, job_id: &str) -> Result<Vec<JobSummary>, ConsoleError> {
        let mut jobs = self.core.store.reruns(job_id).await?;
        self.core.complete(&mut jobs).await?;
        Ok(jobs)
    }
}

/// The states that a subset comes to. Devices that the job may still send to are left alone: they would act twice.
fn outcomes(parent: &JobSummary, asked: &Subset) -> Result<Vec<Outcome>, FieldError> {
    let has_ended = parent.status.is_terminal();
    if asked.statuses.is_empty() {
        let wanted =
            |outcome: &Outcome| *outcome != Outcome::Succeeded && (has_ended || outcome.is_terminal());
        return Ok(Outcome::ALL.into_iter().filter(wanted).collect());
    }
    if let Some(moving) = asked.statuses.iter().find(|outcome| !has_ended && !outcome.is_terminal()) {
        let message = format!(
            "names {} while the job runs; those devices have not ended, so they cannot be run again yet",
            moving.as_str()
        );
        return Err(FieldError::new("statuses", message));
    }
    Ok(asked.statuses.clone())
}

fn request(parent: &JobSummary, id: Option<JobId>) -> Result<JobRequest, ConsoleError> {
    let is_complete = match parent.job_type {
        JobType::ScheduleDeviceMethod => parent.cloud_to_device_method.is_some(),
        JobType::ScheduleUpdateTwin => parent.update_twin.is_some(),
        JobType::Unknown => false,
    };
    if !is_complete {
        let detail =
            format!("The hub does not say what the job '{}' did, so it cannot be run again.", parent.job_id);
        return Err(ConsoleError::Conflict { detail });
    }
    let given = id.clone();
    let placeholder = || JobId::new("job").expect("three letters");
    let mut request = JobRequest {
        job_id: id.unwrap_or_else(placeholder),
        job_type: parent.job_type,
        cloud_to_device_method: parent.cloud_to_device_method.clone(),
        update_twin: parent
            .update_twin
            .clone()
            .map(|patch| TwinPatch { etag: Some("*".to_owned()), ..patch }),
        query_condition: String::new(),
        start_time: None,
        max_execution_time_in_seconds: parent.max_execution_time_in_seconds,
    };
    if given.is_none() {
        request.job_id = job_id::generate(&job_id::action(&request));
    }
    Ok(request)
}
