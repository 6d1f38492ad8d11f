//! The gateway for devices, over MQTT 3.1.1. Not a broker: a device exchanges messages with the hub only.
//!
//! A connection's life, in reading order:
//!
//! 1. [`gateway`] accepts a socket (plain, TLS, or [`websocket`]), takes one of the [`connection_slots`], and starts a task.
//! 2. [`admission`] waits for CONNECT, applies the rules of [`connect`] and lets the [`Backend`] check the token.
//! 3. [`connections`] adds it, with one [`outbox`] per device or module; a newer connection replaces an older one. Now REST
//!    and the scheduler reach the device, by [`Connections::call`] and [`Connections::push_desired`].
//! 4. [`session`] is the loop: packets are read by [`socket`] and [`codec`], parsed by [`topic`], [`filter`] and
//!    [`property_bag`], and executed in order by [`request_queue`]. In between it sends what is in the outbox, and
//!    cloud-to-device messages ([`pending_c2d`]). [`fault`] is fault injection by the device.
//! 5. It ends with a reason of [`disconnect`], for the log and the device's history; [`connection_changes`] reports the new
//!    connection states to the backend in batches. [`shared`] is the state that all tasks use.
//!
//! Invariants: whatever a device sends can end only its own connection; the queue of a slow device is bounded by count
//! and by bytes; an idle connection has no buffers and one timer; a packet's `Debug` text, which would show a
//! password, is never logged.
//!
//! Source of the rules: `iot-mqtt-connect-to-iot-hub.md`, the SDKs' MQTT handlers, and observed traffic.

mod admission;
mod backend;
mod codec;
mod connect;
mod connection_changes;
mod connection_slots;
mod connections;
mod disconnect;
mod fault;
mod filter;
mod gateway;
mod limits;
mod outbox;
mod pending_c2d;
mod property_bag;
mod request_queue;
mod session;
mod shared;
mod socket;
mod subscriptions;
mod topic;
mod twin;
pub mod websocket;

pub use backend::{
    Backend, ConnectionCause, ConnectionChange, ConnectionEvent, ConnectionEventKind, DeviceboundMessage,
    Grant, Property, Refusal, TelemetryMessage,
};
pub use connections::Connections;
pub use disconnect::CloseReason;
pub use filter::FilterFault;
pub use gateway::{Gateway, GatewayHandle, Listener};
pub use limits::Limits;
pub use subscriptions::Subscriptions;
pub use topic::Subscription;

pub use crate::domain::MethodCall;
