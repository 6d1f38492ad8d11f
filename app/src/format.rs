//! Turns wire values into text, icons and shapes. Pure: no signals, no browser, no clock, so that tests need none.

pub(crate) mod activity;
pub(crate) mod audit;
pub(crate) mod cause;
pub(crate) mod code_samples;
pub(crate) mod compare;
pub(crate) mod condition;
pub(crate) mod curve;
pub(crate) mod device;
pub(crate) mod estimate;
pub(crate) mod group;
pub(crate) mod histogram;
pub(crate) mod history;
pub(crate) mod hub;
pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod landing;
pub(crate) mod markup;
pub(crate) mod message;
pub(crate) mod number;
pub(crate) mod origin;
pub(crate) mod outcome;
pub(crate) mod overview;
pub(crate) mod patch;
pub(crate) mod plot;
pub(crate) mod query;
pub(crate) mod registry;
pub(crate) mod rerun;
pub(crate) mod rollout;
pub(crate) mod rows;
pub(crate) mod schedule;
pub(crate) mod sentence;
pub(crate) mod series;
pub(crate) mod simulator;
pub(crate) mod stop;
pub(crate) mod sync;
pub(crate) mod team;
pub(crate) mod telemetry;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod twin;
pub(crate) mod wall;
pub(crate) mod webhook;

/// How a state looks: its label, its icon, and the value of `data-status` that selects its colour and hatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The text.
    pub(crate) label: &'static str,
    /// Name of an icon.
    pub(crate) icon: &'static str,
    /// Value of `data-status`.
    pub(crate) status: &'static str,
}

/// A piece of code with its style class, for syntax highlighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The text, unchanged.
    pub(crate) text: &'a str,
    /// `code__key`, `code__string`, `code__number`, `code__keyword`, `code__punctuation`, `code__comment`, or empty.
    pub(crate) class: &'static str,
}
