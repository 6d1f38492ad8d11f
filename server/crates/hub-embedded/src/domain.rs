//! The hub's rules: pure functions and values, no I/O, no async, no clock.
//!
//! [`target`] is a call's device or module; [`etag`] says when a write is allowed; [`identity`] checks identities for
//! the registry; [`twin`] plans a change of a twin; [`job`] and [`device_job`] are the two state machines;
//! [`method`] is a call of a direct method, and how it can fail; [`policy`] lists the built-in shared access policies;
//! [`connection_cause`] names why a connection was refused or ended; [`scope`] relates edge devices and their children; [`tier`] has the published throttles and [`throttle`] the buckets
//! that impose them; [`c2d`] is a message to a device; [`quote`] makes clients' text safe to print; [`log_limit`]
//! bounds how often the same is logged; [`error`] says why a request breaks a rule.

pub mod c2d;
pub mod connection_cause;
pub mod device_job;
pub mod error;
pub mod etag;
pub mod identity;
pub mod job;
pub mod log_limit;
pub mod method;
pub mod policy;
pub mod quote;
pub mod scope;
pub mod target;
pub mod throttle;
pub mod tier;
pub mod twin;

pub use error::RequestError;
pub use etag::IfMatch;
pub use method::{AnswerFault, MethodCall, MethodError};
pub use target::Target;
