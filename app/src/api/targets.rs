//! The devices that a job would address.

use console_wire::target::{Preview, PreviewRequest};
use leptos::{prelude::*, server_fn::codec::Json};

use crate::error::ApiError;

/// Counts and samples the devices of a condition or a list now, and estimates how long a job over them would take. An
/// error is a good response too, since the user is still typing. For a single id that no device has, the nearest ids are
/// similar devices too. As JSON, since a list can be long.
#[server(prefix = "/fn", endpoint = "preview", input = Json)]
pub(crate) async fn preview_target(request: PreviewRequest) -> Result<Result<Preview, ApiError>, ApiError> {
    use console_wire::target::SimilarDevice;

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let typed = request.device_ids.as_deref().and_then(|ids| ids.first().filter(|_| ids.len() == 1)).cloned();
    let mut preview = console.preview(request, &actor).await.map_err(super::ssr::to_api_error);
    if let Ok(preview) = &mut preview
        && let Some(written) = typed.filter(|_| preview.unknown_count == 1 && preview.similar.is_empty())
    {
        let nearest = super::devices::nearest::nearest(&console, &written, &actor).await;
        let similar = |device_id| SimilarDevice { written: written.clone(), device_id };
        preview.similar = nearest.into_iter().map(similar).collect();
    }
    Ok(preview)
}
