//! Server functions, one resource a file: each checks its input, calls the console and maps the error. They are the pages'
//! private API and may change freely; `/api/v1` may not.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod compare;
pub(crate) mod connections;
pub(crate) mod device_list;
pub(crate) mod devices;
pub(crate) mod groups;
pub(crate) mod hub;
pub(crate) mod job_create;
pub(crate) mod job_insight;
pub(crate) mod job_list;
pub(crate) mod job_rerun;
pub(crate) mod job_results;
pub(crate) mod job_snapshot;
pub(crate) mod job_sync;
pub(crate) mod jobs;
pub(crate) mod messages;
pub(crate) mod modules;
pub(crate) mod overview;
#[cfg(feature = "ssr")]
mod plain_form;
pub(crate) mod registry;
pub(crate) mod rollout;
pub(crate) mod schedules;
pub(crate) mod search;
pub(crate) mod simulator;
pub(crate) mod targets;
pub(crate) mod team;
pub(crate) mod templates;
pub(crate) mod tokens;
pub(crate) mod wall;
pub(crate) mod webhooks;

#[cfg(feature = "ssr")]
pub use plain_form::PlainFormResults;

/// Shared by server functions, on the server.
#[cfg(feature = "ssr")]
mod ssr {
    use console::{CallRequester, Console, ConsoleError, JobRequester};
    use console_wire::{
        access::{Actor, Role},
        device_call::CallOrigin,
        job::Origin,
        problem::FieldError,
    };
    use leptos::prelude::use_context;

    use crate::{RequestAccess, RequestId, error::ApiError};

    /// Who asks, and how.
    pub(super) fn access() -> Result<RequestAccess, ApiError> {
        let parts = use_context::<http::request::Parts>();
        let access = parts.and_then(|parts| parts.extensions.get::<RequestAccess>().cloned());
        access.ok_or_else(|| ApiError::internal("it is not known who sends this request"))
    }

    /// Who asks.
    pub(super) fn actor() -> Result<Actor, ApiError> {
        access()?.actor.ok_or_else(|| ApiError::internal("it is not known who sends this request"))
    }

    /// Who asks for a job, on a page.
    pub(super) fn job_requester() -> Result<JobRequester, ApiError> {
        Ok(JobRequester { origin: Origin::Console, actor: actor()? })
    }

    /// Who asks for a call of one device, on a page.
    pub(super) fn call_requester() -> Result<CallRequester, ApiError> {
        Ok(CallRequester { origin: CallOrigin::Page, actor: actor()? })
    }

    /// A role by its word in a form.
    pub(super) fn role(word: &str) -> Result<Role, ApiError> {
        Role::from_wire(word).ok_or_else(|| {
            let roles = Role::ALL.map(Role::as_str).join(", ");
            let message = format!("is not a role; choose one of {roles}");
            with_status(ApiError::invalid(vec![FieldError::new("role", message)]))
        })
    }

    /// The console that the server put into the context.
    pub(super) fn console() -> Result<Console, ApiError> {
        use_context().ok_or_else(|| ApiError::internal("the console is not in the context of this request"))
    }

    /// Maps an error, and sets the status of the response.
    pub(super) fn refuse(error: ConsoleError) -> ApiError {
        with_status(to_api_error(error))
    }

    /// Maps an error that is part of a good response, such as that of a query that is still being typed.
    pub(super) fn to_api_error(error: ConsoleError) -> ApiError {
        let request_id = use_context::<RequestId>().map(|id| id.0).unwrap_or_default();
        ApiError(Box::new(error.problem(&request_id)))
    }

    /// Sets the status of the response, page or server function, to that of the error.
    pub(super) fn with_status(error: ApiError) -> ApiError {
        if let (Some(response), Ok(status)) =
            (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(error.0.status))
        {
            response.set_status(status);
        }
        error
    }

    /// Whether the caller is a plain form, which must be redirected to a page.
    pub(super) fn is_plain_form() -> bool {
        use_context::<http::request::Parts>()
            .is_some_and(|parts| parts.extensions.get::<crate::PlainForm>().is_some())
    }

    /// Redirects the browser to one of our pages, after a plain form as well as after a call by a script.
    ///
    /// `path` comes from [`crate::paths`]. Without it Leptos would redirect a form to the page that the `Referer` header
    /// names, which may be another site's.
    pub(super) fn redirect(path: &str) {
        let Some(response) = use_context::<leptos_axum::ResponseOptions>() else { return };
        let Ok(location) = http::HeaderValue::from_str(path) else { return };
        response.insert_header(http::header::LOCATION, location);
        if is_plain_form() {
            response.set_status(http::StatusCode::SEE_OTHER);
        } else {
            let name = http::HeaderName::from_static(leptos::server_fn::redirect::REDIRECT_HEADER);
            response.insert_header(name, http::HeaderValue::from_static(""));
        }
    }
}
