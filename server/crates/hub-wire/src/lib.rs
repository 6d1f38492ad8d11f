//! Azure IoT Hub's JSON, and nothing else.
//!
//! Types that go over the hub's wire, in the hub's format (serde renames; Rust names are the snake case of
//! the same words). No async, no I/O, no clock: the crate builds for the browser, for the client and for the
//! embedded hub alike, so that the two ends of the wire cannot drift apart.
//!
//! The contract is the data plane's API version [`API_VERSION`] as published in Microsoft's Swagger file and
//! documentation, corrected by what live hubs answer.
//!
//! Reading order: [`id`] and [`time`] are the small words; [`device`], [`bulk`], [`twin`] and [`twin_rules`] are the
//! registry; [`direct_method`], [`job`] and [`device_job`] are the work; [`query`] and [`error`] frame the answers;
//! [`envelope`] reads requests as the hub does. With the feature `sas`, [`connection_string`] and [`sas`] hold keys and tokens; the browser never gets that feature.

pub mod bulk;
#[cfg(feature = "sas")]
pub mod connection_string;
pub mod device;
pub mod device_job;
pub mod direct_method;
pub mod envelope;
pub mod error;
pub mod id;
pub mod job;
pub mod keys;
pub mod query;
#[cfg(feature = "sas")]
pub mod sas;
pub mod time;
pub mod twin;
pub mod twin_rules;

pub use id::{DeviceId, InvalidId, JobId, ModuleId};
pub use time::Timestamp;

/// The `api-version` that today's SDKs send and this crate describes.
pub const API_VERSION: &str = "2021-04-12";
