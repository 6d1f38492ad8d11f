//! Rollouts: a job in waves that stops by itself when it goes wrong. Rules only: no clock, no threads, and no I/O
//! except that time-zone data is read.
//!
//! The console runs rollouts by this crate (`console/src/rollouts.rs`). It calls the devices itself ([`settings::Engine::DirectCalls`]).
//!
//! [`begin`] makes a [`State`] of [`Settings`]; [`step()`] takes it, an [`Event`] and the time, and gives the next state and
//! [`Effect`]s, which the caller carries out after it has stored the state. A rollout's way:
//!
//! 1. Where a policy asks for it, another person approves a hash of everything that decides ([`approval`]).
//! 2. The devices that match are read and divided into waves ([`mod@order`]).
//! 3. Devices of the current wave are called: those whose maintenance window is open ([`window`]), as many as the rate allows
//!    (`rate`).
//! 4. An answer ends the device, or it is called again after a wait or when it connects ([`retry`]).
//! 5. With every result the stop rules are checked ([`stop_rule`]). A rule that fires pauses or cancels the rollout, and no device
//!    is called after that.
//! 6. When the wave has ended, its gate decides about the next ([`gate`]).
//!
//! A device gets a method once, unless the settings say that it may get it twice: a call that may have reached its device ends as
//! interrupted.
//!
//! [`estimate`] says beforehand how long a rollout takes and what limits it. What the settings mean, with an example of each, is in
//! `docs/rollouts.md`.
//!
//! Reading order: [`settings`], [`event`], [`mod@state`], [`mod@step`], then the rules.

pub mod approval;
pub mod estimate;
pub mod event;
pub mod gate;
pub mod order;
mod rate;
pub mod refusal;
pub mod retry;
pub mod state;
pub mod step;
pub mod window;

pub use console_wire::rollout::{decimal, settings, stop_rule};

pub use self::{
    event::{Effect, Event},
    settings::Settings,
    state::State,
    step::{begin, step, step_in_place},
};
