//! An embedded IoT hub: REST for services, MQTT for devices, SQLite for storage.
//!
//! It is wire-compatible: unmodified Azure SDKs use it over REST and MQTT. Differences from Azure IoT Hub are listed in
//! `docs/hub-differences.md`.
//!
//! # One job, from request to last device
//!
//! 1. `PUT /jobs/v2/{id}` passes the middleware ([`mod@rest`]): the token is checked ([`mod@auth`]), the body is parsed, the
//!    rules are applied ([`domain::job`]), and the job is stored before the caller gets `queued`.
//! 2. The [`mod@scheduler`] wakes by notification or by clock. When the job is due, it inserts the job's devices with one
//!    statement made from the job's condition (`hub_query`) and marks the job running.
//! 3. A twin job is written in chunks of devices ([`store`]); a method job calls many devices concurrently through the
//!    gateway ([`mqtt::Connections`]).
//! 4. The gateway sends each connected device its message and returns its answer. Every outcome is a row, and the job's
//!    counts are those of its rows.
//! 5. When the last row has ended, the job is completed, as `GET /jobs/v2/{id}` and queries of `devices.jobs` show.
//!
//! # Map, in reading order
//!
//! [`config`] and [`Hub`] start and stop it; [`domain`] holds the rules, without I/O or a clock; `hub_query` is the query
//! language, a crate of its own; [`store`] has all the SQL; [`mod@scheduler`] runs jobs; `auth` and `rest` are the
//! service API, [`mqtt`] and [`tls`] the devices' side; `backend` connects these parts; `c2d` expires messages to devices,
//! `telemetry` keeps the last ones from them, `connection_history` their connection events, `refused_lately` who was refused; `refusal_log` logs refusals;
//! [`clock`] and [`error`] are used by all of them.
//!
//! The contract is the data plane's API version 2021-04-12, from Microsoft's Swagger file and documentation, corrected
//! by what live hubs and the official SDKs are observed to do. Where a rule mimics the hub, its source is beside it.
//!
//! # A hub in a few lines
//!
//! ```
//! # rustls::crypto::ring::default_provider().install_default().ok();
//! # let runtime = tokio::runtime::Runtime::new().unwrap();
//! # runtime.block_on(async {
//! # let folder = tempfile::tempdir().unwrap();
//! use hub_embedded::{Hub, HubConfig};
//!
//! let hub = Hub::start(HubConfig::local(folder.path())).await?;
//! assert!(hub.rest_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(hub.connection_string().policy, "iothubowner");
//! hub.stop().await;
//! # Ok::<(), hub_embedded::StartError>(())
//! # }).unwrap();
//! ```

mod auth;
mod backend;
mod c2d;
pub mod clock;
pub mod config;
mod connection_history;
pub mod domain;
pub mod error;
mod hub;
pub mod mqtt;
mod recent;
mod refusal_log;
mod refused_lately;
mod rest;
pub mod scheduler;
pub mod store;
mod telemetry;
mod throttles;
pub mod tls;

pub use config::{HubConfig, Tier};
pub use error::HubError;
pub use hub::{Addresses, Hub, StartError, connection_string};
