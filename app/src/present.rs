//! Wire values in words and tones. Pure: no signals, no browser, no clock, so that tables can test every word.

pub(crate) mod calls;
pub(crate) mod cause;
pub(crate) mod condition;
pub(crate) mod device;
pub(crate) mod histogram;
pub(crate) mod history;
pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod landing;
pub(crate) mod number;
pub(crate) mod order;
pub(crate) mod outcome;
pub(crate) mod patch;
pub(crate) mod plot;
pub(crate) mod query;
pub(crate) mod rerun;
pub(crate) mod series;
pub(crate) mod simulator;
pub(crate) mod time;
pub(crate) mod twin;

/// How a state looks: its word, its icon, and the value of `data-status` that carries its colour and hatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The word a person reads.
    pub(crate) word: &'static str,
    /// Name of an icon.
    pub(crate) icon: &'static str,
    /// Value of `data-status`.
    pub(crate) status: &'static str,
}

/// A run of text with a role, for colouring code. The role is a style class, or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    /// The text, unchanged.
    pub(crate) text: &'a str,
    /// `code__key`, `code__string`, `code__number`, `code__keyword`, `code__punctuation`, or nothing.
    pub(crate) class: &'static str,
}
