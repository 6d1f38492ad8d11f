//! How pages get their data and keep it current.

pub(crate) mod attribute_names;
pub(crate) mod live;
pub(crate) mod read;
pub(crate) mod telemetry;
