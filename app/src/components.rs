//! The parts that pages are made of. Each takes what it shows and fetches nothing.

mod badge;
mod cancel_dialog;
mod code;
mod copy;
mod error_panel;
mod figure;
mod histogram;
mod icon;
mod json_editor;
mod knob;
mod live_badge;
mod menu;
mod plot;
mod poll_badge;
mod progress_bar;
mod query_bar;
mod time_text;
mod toast;

pub(crate) use badge::{BadgeView, Connection};
pub(crate) use cancel_dialog::CancelDialog;
pub(crate) use code::{Condition, Json};
pub(crate) use copy::Copy;
pub(crate) use error_panel::{ErrorPanel, FieldProblem};
pub(crate) use figure::{Figure, Quantity};
pub(crate) use histogram::Histogram;
pub(crate) use icon::Icon;
pub(crate) use json_editor::JsonEditor;
pub(crate) use knob::KnobField;
pub(crate) use live_badge::{LiveBadge, StaleNotice};
pub(crate) use menu::Menu;
pub(crate) use plot::Plot;
pub(crate) use poll_badge::PollBadge;
pub(crate) use progress_bar::{Bar, Progress};
pub(crate) use query_bar::{QueryBar, QueryProblem};
pub(crate) use time_text::{Moment, TimeText};
pub(crate) use toast::{ToastRegion, Toasts, Undo, use_toasts};
