//! What the console knows: jobs mirrored from the hub, their device results, previews, devices, and the hub's state.
//!
//! One job, end to end: [`Console::create_job`] checks the form (`validate`), asks the hub how many devices would be
//! addressed, writes an intent, and puts the job to the hub (`create`). From then on one watcher (`watch`) polls the job
//! and the device results that changed (`poll`). The store writes both with the job's counters and a new sequence number
//! in one transaction. List, page, stream and export all read that row. When the hub reports that the job has ended and
//! every result is here, the row is settled and the watcher ends.
//!
//! Jobs that other clients created on the same hub are found (`discovery`) and mirrored the same way. A process that was
//! killed catches up when it starts again: the store holds how far each watcher had read.
//!
//! A job on a list of devices, a rerun among them, may be too long for one query: then several jobs on the hub are its
//! parts (`multipart`).
//!
//! What it is not: it never talks to a device, reaches any hub only through [`hub_client`], and knows nothing of HTTP
//! beyond the [`Problem`](console_wire::problem::Problem) that an error becomes.
//!
//! Who imports whom: `console`, the facade, imports the use cases; these import `core`, which holds the shared state;
//! that imports `store`. Nothing imports the other way round.
//!
//! Reading order: `console`; `create`, `cancel`, `rerun`, `multipart`, `rollouts`, `watch`, `poll`, `discovery`; `core`, `store`;
//! then one use case a file: `jobs`, `jobs_export`, `results`, `results_summary`, `snapshot`, `curve`, `compare`, `desired_sync`, `export`,
//! `preview`, `preview_list`, `estimate`, `reach`, `templates`, `groups`, `schedules` (jobs that run again and again), `devices`, `device_calls`, `messages`, `telemetry`, `twins_before`, `device_search`, `device_export`,
//! `device_table`, `registry`, `facets`, `hub_info`, `overview`, `purge`; people and sessions: `access`; which devices they act on: `scope`, and until
//! when: `rights`; the audit log: `audit`, `audit_log`; messages to other systems: `webhooks`, `webhook_event`; the rules:
//! `validate`, `names`, `hub_job`, `target`,
//! `target_query`, `query_error`, `cause`, `normalise`, `latency`, `cursor`, `csv`, `job_id`, `rate_limiter`, `clock`, `team_zone`, `metrics`.
//! Which jobs may be cancelled or run again is in [`console_wire::job_actions`], who may do what in
//! [`console_wire::access`].

mod access;
mod audit;
mod audit_log;
mod cancel;
mod cause;
mod clock;
mod compare;
mod config;
mod connect;
mod connections;
mod console;
mod core;
mod create;
mod csv;
mod cursor;
mod curve;
mod desired_sync;
mod device_calls;
mod device_export;
mod device_search;
mod device_table;
mod devices;
mod discovery;
pub mod error;
mod estimate;
mod export;
mod facets;
mod groups;
mod hub_info;
mod hub_job;
mod job_id;
mod jobs;
mod jobs_export;
mod latency;
mod messages;
pub mod metrics;
mod modules;
mod multipart;
mod names;
mod normalise;
mod overview;
mod poll;
mod preview;
mod preview_list;
mod purge;
mod query_error;
mod rate_limiter;
mod reach;
mod registry;
mod rerun;
mod results;
mod results_summary;
mod rights;
mod rollouts;
mod schedules;
mod scope;
mod snapshot;
mod store;
mod target;
mod target_query;
mod team_zone;
mod telemetry;
mod templates;
mod twins_before;
mod validate;
mod watch;
mod webhook_event;
mod webhooks;

pub use access::{
    DeviceLoginCodes, FirstAdministrator, GrantedLogin, LinkFor, PROVIDER_SIGN_IN_LIFE, PendingSignIn,
    PollRefusal, ProviderIdentity, ReturnedSignIn, RoleClaim, SETUP_LIFE, Session, SignInFrom, SignedIn,
    TokenUse, TokensOf, WallSecret,
};
pub use audit::{AuditAct, Recording, Verified, VerifyError, note_change, verify as verify_audit};
pub use clock::{Clock, SystemClock};
pub use config::{ConsoleConfig, DeviceEndpoint, JobPace};
pub use console::{Console, Operation};
pub use create::JobRequester;
pub use device_calls::{CallRequester, SentCall};
pub use device_export::DeviceFormat;
pub use error::{ConsoleError, StoreError, TokenRefusal};
pub use purge::Purged;
pub use snapshot::{JobSnapshot, ResultRows, RowsWanted};
pub use telemetry::{TelemetrySource, TelemetryStream};
pub use webhook::AddressRule;
