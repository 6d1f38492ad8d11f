//! A client of Azure IoT Hub's REST interface, the same for a real hub and for the embedded one.
//!
//! One call, end to end: a method of [`HubClient`] describes the request (verb, path, what may be repeated); `call`
//! adds a SAS token that `auth` keeps fresh, sends it, bounds the answer's size, and turns a refusal into a
//! [`HubError`] that knows the hub's code; what is safe to repeat is repeated after a wait that [`retry`] computes.
//!
//! What it never does: send a direct method twice when the first may have reached the device, follow a redirect with
//! a given token, or print a key, a token, or a connection string.
//!
//! Reading order: [`client`] and [`error`]; one resource a file: [`devices`], [`twins`], [`direct_methods`], [`modules`],
//! [`jobs`], [`query`], [`messages`], [`telemetry`]; then how it is done: `call`, [`retry`], `auth`, [`paging`], [`health`], [`tls`].
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use hub_client::{HubClient, HubClientOptions};
//!
//! let connection = std::fs::read_to_string("connection-string")?.parse()?;
//! let hub = HubClient::new(connection, HubClientOptions::default())?;
//! let twin = hub.twin(&"door-0042".parse()?).await?;
//! assert_eq!(twin.device_id.as_str(), "door-0042");
//! # Ok(())
//! # }
//! ```

mod auth;
mod call;
pub mod client;
pub mod devices;
pub mod direct_methods;
pub mod error;
pub mod health;
pub mod jobs;
pub mod messages;
pub mod metrics;
pub mod modules;
pub mod paging;
pub mod query;
pub mod retry;
pub mod telemetry;
pub mod tls;
pub mod twins;

pub use client::{HubClient, HubClientOptions};
pub use error::{ErrorKind, HubAnswer, HubError};
pub use health::{HubFailure, HubHealth, Throttled};
pub use jobs::JobFilter;
pub use paging::Page;
pub use retry::RetryPolicy;

/// What every call answers.
pub type Result<T> = std::result::Result<T, HubError>;
