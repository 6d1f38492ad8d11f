//! The one door to data: server functions, one resource a file. Each checks its input, calls the console, and maps the
//! refusal; nothing else. They are the pages' private door and may change freely; `/api/v1` may not.

pub(crate) mod ask;
pub(crate) mod device_list;
pub(crate) mod devices;
pub(crate) mod error;
pub(crate) mod find;
pub(crate) mod hub;
pub(crate) mod job_create;
pub(crate) mod job_insight;
pub(crate) mod job_list;
pub(crate) mod job_rerun;
pub(crate) mod job_results;
pub(crate) mod jobs;
mod latest;
pub(crate) mod simulator;
pub(crate) mod targets;
pub(crate) mod templates;

pub(crate) use error::ApiError;
pub(crate) use latest::latest;

/// What server functions share on the server.
#[cfg(feature = "ssr")]
mod ssr {
    use console::{Console, ConsoleError};
    use leptos::prelude::use_context;

    use super::ApiError;
    use crate::RequestId;

    /// The console that the server put into the context.
    pub(super) fn console() -> Result<Console, ApiError> {
        use_context().ok_or_else(|| ApiError::internal("the console is not in the context of this request"))
    }

    /// Maps a refusal, and gives the answer its status.
    pub(super) fn refuse(error: ConsoleError) -> ApiError {
        with_status(told(error))
    }

    /// Maps a refusal that is part of a good answer, such as what is wrong with a query that one is still typing.
    pub(super) fn told(error: ConsoleError) -> ApiError {
        let request_id = use_context::<RequestId>().map(|id| id.0).unwrap_or_default();
        ApiError(Box::new(error.problem(&request_id)))
    }

    /// Gives the answer, page or server function, the status of its refusal.
    pub(super) fn with_status(error: ApiError) -> ApiError {
        if let (Some(response), Ok(status)) =
            (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(error.0.status))
        {
            response.set_status(status);
        }
        error
    }

    /// Whether a plain form asks, one that has to be answered with a page.
    pub(super) fn is_plain_form() -> bool {
        let Some(parts) = use_context::<http::request::Parts>() else { return false };
        let accept = parts.headers.get(http::header::ACCEPT).and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    }
}
