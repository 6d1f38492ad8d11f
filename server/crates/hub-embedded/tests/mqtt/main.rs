//! The gateway through its public doors: real sockets, and a hub behind it that is a few maps.
//!
//! `raw` clients send bytes of their own choice and see every packet; `rumqttc` shows that an ordinary client agrees.

#![allow(clippy::unwrap_used, reason = "a test says where it failed")]

mod c2d;
mod connect;
mod faults;
mod fleet;
mod memory;
mod methods;
mod packets;
mod raw;
mod rig;
mod sessions;
mod tls;
mod twins;
mod websocket;
