//! What every page stands in: the top bar and the status bar, and the hub's state that both show.

mod status_bar;
mod top_bar;

pub(crate) use status_bar::StatusBar;
pub(crate) use top_bar::TopBar;
