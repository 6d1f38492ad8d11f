//! The console's wire types: the JSON of `/api/v1`, of its event streams, and of the pages' server functions.
//!
//! One set of types for all three, so that list, page, API, stream and export cannot disagree about a job. They
//! build for the browser and hold no secret by construction.
//!
//! Reading order: [`job`] (a job and its counts), [`job_actions`] (what may be done with it), [`outcome`] (one device's
//! share), [`cause`] (failures grouped), [`landing`], [`latency`] and [`curve`] (a job's results as charts), [`run_compare`] (two runs), [`rerun`], [`rollout`] (a job in waves),
//! [`template`], [`group`], [`reference`] (a group or a schedule named elsewhere), [`schedule`], [`target`] (previews), [`device`], [`device_call`] (calls and changes of one device), [`connection`] (why it
//! is connected or not), [`connect`] (how to connect it), [`module`], [`device_list`] (pasted ids), [`device_table`], [`message`] (to a
//! device), [`telemetry`] (from devices), [`compare`] (two twins), [`hub`], [`overview`], [`wall`],
//! [`registry`] (devices created, enabled, disabled, deleted), [`access`] (who may do what), [`audit`] (who did what), [`simulator`], [`event`] (what a stream sends) and [`problem`] (a refusal).

pub mod access;
pub mod audit;
pub mod cause;
pub mod compare;
pub mod connect;
pub mod connection;
pub mod curve;
pub mod desired_sync;
pub mod device;
pub mod device_call;
pub mod device_list;
pub mod device_table;
pub mod event;
pub mod group;
pub mod hub;
pub mod job;
pub mod job_actions;
pub mod landing;
pub mod latency;
pub mod message;
pub mod module;
pub mod number;
pub mod outcome;
pub mod overview;
pub mod page;
pub mod problem;
pub mod reference;
pub mod registry;
pub mod rerun;
pub mod rollout;
pub mod run_compare;
pub mod schedule;
pub mod simulator;
pub mod target;
pub mod telemetry;
pub mod template;
pub mod wall;
pub mod webhook;
