//! The console through its public interface: on a fake hub that does what a test says, and on a real embedded hub.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]
#![allow(unreachable_pub, reason = "the modules of a test program are its own")]

mod access;
mod audit;
mod connections;
mod creation;
mod device_calls;
mod device_login;
mod devices;
mod embedded_hub;
mod job_list;
mod multipart;
mod polling;
mod purge;
mod registry;
mod reruns;
mod results;
mod rollout_edit;
mod rollout_hub_jobs;
mod rollouts;
mod schedules;
mod scope;
mod support;
mod sync;
mod templates;
mod tokens;
