//! What the console says: the JSON of `/api/v1`, of its event streams, and of the pages' server functions.
//!
//! One set of types for all three, so that list, page, API, stream and export cannot disagree about a job. They
//! build for the browser and hold no secret by construction.
//!
//! Reading order: [`job`] (a job and its counts), [`outcome`] (one device's share), [`cause`] (failures folded),
//! [`landing`] and [`latency`] (a job as a picture), [`rerun`], [`template`], [`target`] (who would be addressed),
//! [`device`], [`device_table`], [`hub`], [`simulator`], [`event`] (what a stream sends) and [`problem`] (what a refusal
//! looks like).

pub mod cause;
pub mod device;
pub mod device_table;
pub mod event;
pub mod hub;
pub mod job;
pub mod landing;
pub mod latency;
pub mod outcome;
pub mod page;
pub mod problem;
pub mod rerun;
pub mod simulator;
pub mod target;
pub mod template;
