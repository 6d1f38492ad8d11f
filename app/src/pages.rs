//! The pages, one a file: they fetch, components show.

pub(crate) mod device_detail;
pub(crate) mod devices;
pub(crate) mod job_detail;
pub(crate) mod job_new;
pub(crate) mod jobs;
pub(crate) mod not_found;
pub(crate) mod simulator;

#[cfg(feature = "hydrate")]
use crate::components;

/// Fetches the parts that the first frame at an address shows although they otherwise come later: what the server has
/// drawn is taken over at once or not at all.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_first_parts(address: &str) {
    if job_detail::shows_device(address) {
        job_detail::fetch_device_part().await;
    }
    if jobs::empty::is_in_document() {
        jobs::empty::fetch_part().await;
    }
    if components::asks_to_cancel(address) {
        components::fetch_cancel_part().await;
    }
}
