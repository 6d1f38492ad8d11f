//! The pages, one a file: they fetch, components show.

pub(crate) mod device_detail;
pub(crate) mod devices;
pub(crate) mod job_detail;
pub(crate) mod job_new;
pub(crate) mod jobs;
pub(crate) mod not_found;
pub(crate) mod simulator;
