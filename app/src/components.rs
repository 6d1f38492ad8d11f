//! The parts that pages are made of. Each takes what it shows and fetches nothing.

mod badge;
mod cancel_dialog;
mod code;
mod copy;
mod error_panel;
mod icon;
mod json_editor;
mod live_badge;
mod progress_bar;
mod query_bar;
mod time_text;
mod toast;

pub(crate) use badge::{BadgeView, Connection};
pub(crate) use cancel_dialog::CancelDialog;
pub(crate) use code::{Condition, Json};
pub(crate) use copy::Copy;
pub(crate) use error_panel::{ErrorPanel, FieldProblem};
pub(crate) use icon::Icon;
pub(crate) use json_editor::JsonEditor;
pub(crate) use live_badge::{LiveBadge, StaleNotice};
pub(crate) use progress_bar::{Bar, Progress};
pub(crate) use query_bar::QueryProblem;
pub(crate) use time_text::{Moment, TimeText};
pub(crate) use toast::{ToastRegion, Toasts, use_toasts};
