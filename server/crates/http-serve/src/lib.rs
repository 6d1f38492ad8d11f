//! Serves HTTP/1.1, and HTTP/2 where TLS negotiates it, with limits: the console's port and the embedded hub's REST ports alike.
//!
//! A connection costs a file and some memory for as long as it is open, so no client may keep one without using it.
//! [`Limits`] says how long a caller may take over a head, over a body, over reading an answer and between two requests,
//! and how many connections there may be, in all and of one address. [`Connections`] tracks every open connection and
//! its activity. When the limit is reached, the connection that has waited longest for its caller is closed; when all are
//! serving requests, the new caller gets 503 with `Retry-After`.
//!
//! [`serve`] accepts on one listener; several may share their [`Connections`]. An answer may take as long as it likes
//! (event streams), and an upgraded connection (a WebSocket) is no longer counted here.

mod body;
mod connections;
mod limits;
mod serve;
mod tracked_io;

pub use self::{
    connections::Connections,
    limits::{Limits, Refusal},
    serve::serve,
};
