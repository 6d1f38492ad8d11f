//! The console's pages, rendered on the server and hydrated in the browser.
//!
//! The server renders a requested page completely, with server functions that it calls directly, and the browser hydrates
//! it. From then on links change pages without a reload, server functions are called over HTTP, and an event stream keeps
//! the page up to date. Every form also works before that, as a plain form.
//!
//! Reading order: [`routes`] lists the pages, [`paths`] builds every address, [`account`] knows who uses the page,
//! [`layout`] surrounds every page, [`pages`] has one module for each. Pages read with [`data`] from the server functions
//! in [`api`], take their forms from [`forms`] and their components from [`kit`], and turn values into text with
//! [`format`](mod@format). `kit::dom` is the only module that accesses the browser; each of its functions documents what
//! it does on the server.

#![allow(clippy::needless_pass_by_value, reason = "components and server functions own what they are given")]
#![allow(unreachable_pub, reason = "the component and server macros write their items as plain pub")]

mod account;
mod api;
mod audit_query;
mod data;
mod error;
mod format;
mod forms;
mod jobs_query;
mod kit;
mod layout;
mod pages;
mod paths;
#[cfg(feature = "ssr")]
mod request_access;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod site_files;

#[cfg(feature = "ssr")]
pub use api::{
    PlainFormResults,
    simulator::ssr::{Changing, PoolAccess, SimulatedPool},
};
#[cfg(feature = "ssr")]
pub use request_access::{LinkCookie, RequestAccess, SessionCookie, WallCookie};
pub use routes::App;
#[cfg(feature = "ssr")]
pub use site_files::SiteFiles;

/// Hydrates the document that the server has rendered. When it returns the page is interactive.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    kit::dom::panic::report_panics();
    leptos::mount::hydrate_body(App);
    kit::dom::mark_hydrated();
}
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Addresses that the server itself leads to.
#[cfg(feature = "ssr")]
pub mod addresses {
    pub use crate::paths::{
        ACTIVATE, INVITATION, OVERVIEW, SETUP, SIGN_IN, next_of, next_page, setup, sign_in,
    };
}

/// The name of the form field that holds a [`FormToken`].
#[cfg(feature = "ssr")]
pub const FORM_TOKEN: &str = forms::FORM_TOKEN;

/// Makes the token that a plain form has to contain, for the path that it is posted to. The server puts one into the
/// extensions of each request for a page. A form that another site renders cannot know a token.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct FormToken(pub std::sync::Arc<dyn Fn(&str) -> String + Send + Sync>);

#[cfg(feature = "ssr")]
impl std::fmt::Debug for FormToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormToken")
    }
}

/// In the extensions of a server function's request that comes from a plain form: the response is a redirect to a page.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainForm;

/// Which build of the server this is. The server puts it in the context of every page and server function.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build(pub String);

/// The request's id in the log. The server puts one in the context of every page and server function, so that an error
/// can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);
