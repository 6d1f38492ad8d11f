//! A hub in this process, for people who have no Azure IoT Hub at hand: REST in, MQTT out, SQLite below.
//!
//! It is not a simulation for one program's tests: unmodified Azure SDKs talk to it, over REST and MQTT, and take it
//! for the real thing. What it does otherwise than the real one is listed in `docs/hub-differences.md`.
//!
//! # One job, from request to last device
//!
//! 1. `PUT /jobs/v2/{id}` passes the rim ([`mod@rest`]): the token is checked ([`mod@auth`]), the body is read, the
//!    rules are applied ([`domain::job`]), and the job is in the store when the caller reads `queued`.
//! 2. The [`mod@scheduler`] wakes, by notice or by clock. When the job is due it freezes its devices with one
//!    statement made from the job's condition (`hub_query`) and marks it running.
//! 3. A twin job is written over sets of devices ([`store`]); a method job calls one device after the other through
//!    the gateway ([`mqtt::Connections`]), many at once.
//! 4. The gateway sends each connected device its message and hands its answer back. Every outcome is a row, and the
//!    job's counts are those of its rows.
//! 5. When the last row has ended the job is completed; `GET /jobs/v2/{id}` and the query over `devices.jobs` say so.
//!
//! # Map, in reading order
//!
//! [`config`] and [`Hub`] start and stop it; [`domain`] holds the rules, without I/O or a clock; `hub_query` is the query
//! language, a crate of its own; [`store`] has all the SQL; [`mod@scheduler`] moves jobs; `auth` and `rest` are the
//! service's door, [`mqtt`] and [`tls`] the devices'; `backend` joins what does not know of each other; `c2d`
//! keeps time for messages to devices, `telemetry` keeps the last ones from them; [`clock`] and
//! [`error`] serve all of them.
//!
//! The contract is the data plane's API version 2021-04-12, from Microsoft's Swagger file and documentation, corrected
//! by what live hubs and the official SDKs were seen to do. Where a rule mimics the hub, its source is beside it.
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
pub mod domain;
pub mod error;
mod hub;
pub mod mqtt;
mod rest;
pub mod scheduler;
pub mod store;
mod telemetry;
mod throttles;
pub mod tls;

pub use config::{HubConfig, Tier};
pub use error::HubError;
pub use hub::{Addresses, Hub, StartError, connection_string};
