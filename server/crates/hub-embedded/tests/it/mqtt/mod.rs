//! The gateway through its public API: real sockets, and a backend that is a few maps.
//!
//! `raw` clients send bytes of their own choice and see every packet; `rumqttc` shows that an ordinary client agrees.

mod c2d;
mod connect;
mod faults;
mod fleet;
mod gateway;
mod memory;
mod methods;
mod packets;
mod raw;
mod sessions;
mod tls;
mod twins;
mod websocket;
