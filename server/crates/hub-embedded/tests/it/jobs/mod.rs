//! Jobs from request to last device: the scheduler over a real store, with devices and a clock that the test moves.

mod following;
mod methods;
mod starts;
mod support;
mod time;
mod twins;
