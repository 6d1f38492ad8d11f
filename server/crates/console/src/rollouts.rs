//! Jobs in waves. The rules are in the crate [`rollout`]: a state, events, and what is to be done. Here the state is stored, devices
//! are called, and their answers become events.
//!
//! Each rollout that has not ended has one task (`driver`). It takes the events that have come, makes their steps, and writes the
//! new state with all rows that changed in one transaction. Only after that are devices called (`call`) and targets read
//! (`targets`). After a restart the state is read again, and calls of before end as interrupted: no device is called
//! twice by itself.
//!
//! Reading order: `check`, `create`, `driver`, `steps` (what steps change, pure), `progress` (what is shown, pure), `parts` (what
//! a job on the hub calls, pure), `call`, `hub_jobs`, `targets`, `ask_webhook` with `webhook_answer` (pure), `pace`, `commands`, `edit`, `estimate`.

mod ask_webhook;
mod call;
mod check;
mod commands;
mod create;
mod driver;
mod edit;
mod estimate;
mod hub_jobs;
mod pace;
mod parts;
mod progress;
mod steps;
mod targets;
mod webhook_answer;

pub(crate) use self::{
    commands::{Command, approvals, cancel, command, current_use, decide, rollout, waiting_approvals},
    create::{check_now, create},
    driver::resume,
    edit::edit,
    estimate::estimate,
};
