//! Jobs on a list of devices: one job here, and as many jobs on the hub, its parts, as queries are needed to name the
//! devices. A list that fits into one query has one part.
//!
//! 1. [`create`] writes the job with a row for every device and puts the first part to the hub.
//! 2. [`watch`] sends the other parts as the hub has room for them, and polls those that the hub has, until the job is
//!    settled.
//! 3. [`cancel`] cancels the parts that have not begun.
//!
//! `store::multipart` keeps the parts and makes one job of them: its status, times and counters.

mod cancel;
mod create;
mod follow;
mod send;

pub(crate) use self::{
    cancel::cancel,
    create::create,
    send::{SendResult, max_open_parts, rename_part, send_part, waits},
};
use crate::core::{Core, Watcher};

/// Sends and follows the parts of a job until it is settled.
pub(crate) async fn watch(core: &Core, job_id: &str, watcher: &Watcher) {
    tokio::join!(send::send_all(core, job_id, watcher), follow::follow(core, job_id, watcher));
}
