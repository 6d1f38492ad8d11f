//! Integration tests through the public API, in one program: linking is what they cost most.
//!
//! `refusals` stays apart, since it reads the log of its whole process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud_to_device;
mod connection_causes;
mod devices;
mod edge;
mod job_calls;
mod job_faults;
mod jobs;
mod lenient;
mod lifecycle;
mod live;
mod methods;
mod mqtt;
mod numbers;
mod other_clients;
mod rest_errors;
mod rest_fuzz;
mod store;
mod support;
mod telemetry;
mod throttles;
mod twins;
mod websocket;
