//! Templates, and the other sources of a form.

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::job::JobForm};

/// Recent jobs that the form offers to start from.
#[cfg(feature = "ssr")]
const RECENT: usize = 5;
/// Recent jobs that are searched for method names.
#[cfg(feature = "ssr")]
const SEARCHED: u32 = 100;

/// A template's name, and when it was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// Its name.
    pub(crate) name: String,
    /// When it was last saved.
    pub(crate) updated: Timestamp,
}

/// A group that a job can address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupChoice {
    /// Its id.
    pub(crate) group_id: String,
    /// Its name.
    pub(crate) name: String,
    /// How many devices it had when it was counted last.
    pub(crate) devices: Option<u64>,
}

/// What the form can be filled from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Sources {
    /// The newest jobs; of equal ones only the newest.
    pub(crate) recent: Vec<JobSummary>,
    /// Templates, by name.
    pub(crate) saved: Vec<Saved>,
    /// Groups, by name.
    pub(crate) groups: Vec<GroupChoice>,
    /// Methods called lately, the last one first.
    pub(crate) methods: Vec<String>,
    /// When this was read.
    pub(crate) as_of: Option<Timestamp>,
}

/// Reads what the form can be filled from.
#[server(prefix = "/fn", endpoint = "form-sources", input = GetUrl)]
pub(crate) async fn form_sources() -> Result<Sources, ApiError> {
    use console_wire::job::JobFilter;

    let console = super::ssr::console()?;
    let filter = JobFilter { limit: Some(SEARCHED), ..JobFilter::default() };
    let jobs = console.jobs(&filter).await.map_err(super::ssr::to_api_error)?.items;
    let templates = console.templates().await.map_err(super::ssr::to_api_error)?.items;
    let groups = console.groups().await.map_err(super::ssr::to_api_error)?.items;
    let mut sources = Sources { as_of: Some(std::time::SystemTime::now().into()), ..Sources::default() };
    for job in jobs {
        if let Some(method) = &job.cloud_to_device_method
            && !sources.methods.contains(&method.method_name)
        {
            sources.methods.push(method.method_name.clone());
        }
        let does_the_same = |known: &JobSummary| {
            known.cloud_to_device_method == job.cloud_to_device_method
                && known.update_twin == job.update_twin
                && known.query_condition == job.query_condition
        };
        if sources.recent.len() < RECENT && !sources.recent.iter().any(does_the_same) {
            sources.recent.push(job);
        }
    }
    sources.saved =
        templates.into_iter().map(|known| Saved { name: known.name, updated: known.updated }).collect();
    sources.groups = groups
        .into_iter()
        .map(|group| GroupChoice {
            devices: group.count.map(|count| count.devices),
            group_id: group.group_id,
            name: group.name,
        })
        .collect();
    Ok(sources)
}

/// Saves the form as a template; one of the same name is replaced.
#[server(prefix = "/fn", endpoint = "save-template")]
pub(crate) async fn save_template(name: String, form: JobForm) -> Result<String, ApiError> {
    // A template runs when a user starts it, not at the time in the form.
    let form = JobForm { when: "now".into(), ..form };
    let job = form.to_new_job().map_err(|errors| super::ssr::with_status(ApiError::invalid(errors)))?;
    let saved = super::ssr::console()?.save_template(&name, job).await.map_err(super::ssr::refuse)?;
    Ok(saved.name)
}

/// A template that was deleted, as the form that would save it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deleted {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) form: JobForm,
}

/// Deletes a template; returns its content, so that this can be undone.
#[server(prefix = "/fn", endpoint = "delete-template")]
pub(crate) async fn delete_template(name: String) -> Result<Deleted, ApiError> {
    let deleted = super::ssr::console()?.delete_template(&name).await.map_err(super::ssr::refuse)?;
    Ok(Deleted { name: deleted.name, form: JobForm::from_job(&deleted.job) })
}
