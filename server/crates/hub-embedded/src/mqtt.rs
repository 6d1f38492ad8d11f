//! The gateway: devices in, over MQTT 3.1.1. Not a broker; a device speaks to the hub alone.
//!
//! A connection's life, in reading order:
//!
//! 1. [`gateway`] accepts a socket (plain, TLS, or [`websocket`]) and gives it a task of its own.
//! 2. [`admission`] waits for CONNECT, applies the rules of [`connect`] and asks the [`Backend`] about the token.
//! 3. [`connections`] takes it in: one [`link`] per device or module, the newer wins. From here on REST and the
//!    scheduler reach the device, by [`Connections::call`] and [`Connections::push_desired`].
//! 4. [`session`] is the loop: packets in by [`codec`] and [`socket`], named by [`topic`] and [`property_bag`], done
//!    in order by [`work`]; what others left in the link's outbox goes out between them, and so do messages from the
//!    cloud ([`deliveries`]). [`fault`] is what a device may ask to go wrong.
//! 5. It ends as [`ending`] says, and [`presence`] tells the backend, many at a time.
//!
//! Invariants: whatever a device sends ends at worst its own connection; what waits for a slow device is bounded, by
//! count and by bytes; an idle connection has no buffers and one timer; a packet's `Debug` text, which would show a
//! password, is never logged.
//!
//! Source of the rules: `iot-mqtt-connect-to-iot-hub.md`, the SDKs' MQTT handlers, and what they were seen to send.

mod admission;
mod backend;
mod codec;
mod connect;
mod connections;
mod deliveries;
mod ending;
mod fault;
mod gateway;
mod limits;
mod link;
mod presence;
mod property_bag;
mod session;
mod socket;
mod subscriptions;
mod topic;
mod twin;
pub mod websocket;
mod work;

pub use backend::{
    Backend, ConnectionChange, DeviceboundMessage, Grant, Property, Refusal, TelemetryMessage,
};
pub use connections::Connections;
pub use ending::CloseReason;
pub use gateway::{Door, Gateway, Listener};
pub use limits::Limits;
pub use subscriptions::{Subscription, Subscriptions};

pub use crate::domain::MethodCall;
