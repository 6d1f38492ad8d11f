//! How pages get their data and keep it current.

pub(crate) mod attribute_names;
#[cfg(feature = "hydrate")]
mod event_source;
pub(crate) mod live;
pub(crate) mod page_data;
pub(crate) mod read;
pub(crate) mod telemetry;
pub(crate) mod wall_stream;
