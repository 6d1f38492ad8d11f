//! The pages, one a file. They read data; components show it.

pub(crate) mod account;
pub(crate) mod activate;
pub(crate) mod audit;
pub(crate) mod before_sign_in;
pub(crate) mod cancel_dialog;
pub(crate) mod device_compare;
pub(crate) mod device_detail;
pub(crate) mod device_messages;
pub(crate) mod devices;
pub(crate) mod group_detail;
pub(crate) mod group_form;
pub(crate) mod group_telemetry;
pub(crate) mod groups;
pub(crate) mod job_compare;
pub(crate) mod job_detail;
pub(crate) mod job_new;
pub(crate) mod job_twin_change;
pub(crate) mod jobs;
pub(crate) mod live_telemetry;
pub(crate) mod not_found;
pub(crate) mod simulator;
pub(crate) mod team;
pub(crate) mod tokens;
pub(crate) mod wall;
pub(crate) mod walls;
pub(crate) mod webhooks;
