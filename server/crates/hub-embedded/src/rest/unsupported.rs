//! Parts of the real hub that this one does not have. They say so, with 501 and the page that lists the differences,
//! rather than an error of the caller.

use axum::{Json, extract::State, response::IntoResponse};
use hub_wire::error::ErrorCode;

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{Authorized, Jobs},
};

pub(super) async fn configurations() -> Refusal {
    Refusal::not_implemented("configurations")
}

pub(super) async fn digital_twins() -> Refusal {
    Refusal::not_implemented("digital twins")
}

/// Asked for by devices, with their own tokens.
pub(super) async fn file_upload() -> Refusal {
    Refusal::not_implemented("uploads of files")
}

pub(super) async fn messages() -> Refusal {
    Refusal::not_implemented("file upload notifications")
}

pub(super) async fn import_export() -> Refusal {
    Refusal::not_implemented("import and export jobs")
}

/// There are none, which is the truth.
pub(super) async fn no_import_export_jobs(_: Authorized<Jobs>, State(_): State<Rest>) -> Answer {
    Ok(Json(Vec::<()>::new()).into_response())
}

/// The command-line tool calls this when a v2 job is unknown, and expects 404.
pub(super) async fn no_import_export_job(_: Authorized<Jobs>, State(_): State<Rest>) -> Refusal {
    Refusal::new(ErrorCode::JobNotFound, "there is no import or export job of this id")
}
