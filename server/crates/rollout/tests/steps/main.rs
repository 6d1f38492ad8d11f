//! Single rules of a rollout, step by step.

mod approvals;
mod devices;
mod run;
mod stops;
mod waves;
