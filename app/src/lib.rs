//! The console's pages: one program that the server renders and the browser takes over.
//!
//! A page is asked for; the server renders it whole from server functions (they run in place, without HTTP), and the
//! browser attaches to the same frame. From then on links swap pages without a reload, the same server functions are
//! called over HTTP, and one event stream keeps the page true. Every form also works before that, as a plain form.
//!
//! Reading order: [`routes`] is the contents page, [`paths`] builds every address, [`api`] is the one door to data,
//! [`live`] the one live-update hook, [`present`] turns wire values into words, [`pages`] and [`components`] show them.
//! [`browser`] is the only module that touches the browser; each of its functions says what it does on the server.

#![allow(clippy::needless_pass_by_value, reason = "components and server functions own what they are given")]
#![allow(
    clippy::redundant_closure,
    reason = "`{move || words()}` in a view is of a type that all share, `{words}` of its own"
)]
#![allow(unreachable_pub, reason = "the component and server macros write their items as plain pub")]

mod api;
mod browser;
mod clock;
mod components;
mod frame;
mod job_form;
mod jobs_query;
mod live;
mod pages;
mod paths;
mod poll;
mod present;
#[cfg(feature = "ssr")]
mod programs;
mod reactive;
mod routes;
mod selection;
#[cfg(feature = "ssr")]
mod shell;
mod simulator_form;

#[cfg(feature = "ssr")]
pub use api::simulator::ssr::{Changing, PoolDoor, SimulatedPool};
#[cfg(feature = "ssr")]
pub use programs::Programs;
pub use routes::App;

/// Takes over the document that the server has rendered; resolves once the page, whose program comes separately, is
/// alive.
///
/// All programs that the first frame needs are there before it begins, so it is taken over in one go. Taking over view by
/// view (`hydrate_from_async`) is never done, and the build leaves it out.
#[cfg(feature = "hydrate")]
pub async fn hydrate() {
    use leptos::{mount::hydrate_from, tachys::dom};

    routes::fetch_program(&browser::path()).await;
    pages::fetch_first_parts(&browser::address()).await;
    hydrate_from(dom::body(), App).forget();
    browser::come_alive();
}
#[cfg(feature = "ssr")]
pub use shell::shell;

/// The id under which the log knows the request being served. The server puts one in the context of every page and
/// server function, so that a refusal can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);
