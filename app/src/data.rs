//! How pages get their data and keep it current.

pub(crate) mod live;
pub(crate) mod read;
