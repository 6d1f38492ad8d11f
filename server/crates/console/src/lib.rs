//! What the console knows: jobs mirrored from the hub, their device results, previews, devices, and how the hub is.
//!
//! One job, end to end: [`Console::create_job`] checks the form (`validate`), asks the hub who would be addressed,
//! writes an intent, and puts the job to the hub (`create`). From then on one watcher (`watch`) reads the job and the
//! device results that changed, and the store writes both with the job's counters and a new sequence number in one
//! transaction. List, page, stream and export all read that row. When the hub says that the job has ended and every
//! result is here, the row ends too and the watcher goes.
//!
//! Jobs that others made on the same hub are found (`watch::discovery`) and mirrored the same way. A process that was
//! killed catches up when it starts again: the store holds where each watcher was.
//!
//! What it is not: it never talks to a device, reaches any hub only through [`hub_client`], and knows nothing of HTTP
//! beyond the [`Problem`](console_wire::problem::Problem) that an error becomes.
//!
//! A job on a list of devices, a rerun among them, may be too long for one query: then several jobs on the hub are its
//! parts. Its rows are put down first, `watch::send` puts the parts to the hub, and `store::part_mirror` makes one job
//! of them.
//!
//! Reading order: `console` (the facade), `create`, `rerun`, `watch`, `store`; then one subject a file: `jobs`,
//! `results`, `export`, `insight`, `preview`, `preview_list`, `estimate`, `templates`, `devices`, `device_table`,
//! `facets`, `hub_state`; the small rules: `validate`, `target`, `cause`, `normalise`, `latency`, `explain`, `cursor`,
//! `csv`, `job_id`, `throttle`.

mod cause;
mod console;
mod create;
mod csv;
mod cursor;
mod device_table;
mod devices;
pub mod error;
mod estimate;
mod explain;
mod export;
mod facets;
mod hub_state;
mod insight;
mod job_id;
mod jobs;
mod latency;
mod normalise;
mod preview;
mod preview_list;
mod rerun;
mod results;
mod store;
mod target;
mod templates;
mod throttle;
mod validate;
mod watch;

pub use console::{Console, ConsoleConfig, JobPace};
pub use error::{ConsoleError, StoreError};
