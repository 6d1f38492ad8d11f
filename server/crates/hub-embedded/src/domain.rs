//! The hub's rules: pure functions and values, no I/O, no async, no clock.
//!
//! [`target`] names what a call is about; [`etag`] says when a write is allowed; [`identity`] checks what the registry
//! is asked to store; [`twin`] plans a change of a twin; [`job`] and [`device_job`] are the two state machines;
//! [`method`] is a call of a direct method, and how it can fail; [`policy`] lists the built-in shared access policies;
//! [`tier`] has the published throttles and [`throttle`] the buckets that impose them; [`c2d`] is a message to a device.

pub mod c2d;
pub mod device_job;
pub mod etag;
pub mod identity;
pub mod job;
pub mod method;
pub mod policy;
pub mod target;
pub mod throttle;
pub mod tier;
pub mod twin;

pub use etag::IfMatch;
pub use method::{MethodCall, MethodError};
pub use target::Target;
