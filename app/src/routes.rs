//! The contents page: which address shows which page. Pages are rendered whole before they are sent, so they work
//! without scripts and answer with the right status. Each page is a program of its own in the browser, fetched when it
//! is first shown; the frame around it and what pages share is there from the start.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    Lazy, LazyRoute, SsrMode,
    components::{Redirect, Route, Router, Routes},
    lazy_route, path,
};

use crate::{
    clock::Clock,
    frame::{self, Overlays, StatusBar, TopBar, first_title, use_tab},
    pages::{
        device_detail::DevicePage, devices::DevicesPage, job_detail::JobPage, job_new::JobNewPage,
        jobs::JobsPage, not_found::NotFound, simulator::SimulatorPage,
    },
    paths,
};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Clock::provide();
    frame::provide();
    let tab = use_tab();
    view! {
        <Title text=first_title() formatter=move |page: String| tab.title(&page) />
        <Router>
            <a class="skip-link" href="#main" rel="external">
                "Skip to content"
            </a>
            <TopBar />
            <Routes fallback=NotFound>
                <Route path=path!("/") view=|| view! { <Redirect path=paths::JOBS /> } ssr=SsrMode::Async />
                <Route path=path!("/jobs") view={Lazy::<JobsRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/jobs/new") view={Lazy::<JobNewRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id") view={Lazy::<JobRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/devices") view={Lazy::<DevicesRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/devices/:id") view={Lazy::<DeviceRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/simulator") view={Lazy::<SimulatorRoute>::new()} ssr=SsrMode::Async />
            </Routes>
            <StatusBar />
            <Overlays />
        </Router>
    }
}

/// A page that the browser loads on its own. The build names its program after the route's type: `JobNewRoute` is
/// `job_new` in `pages.json`.
macro_rules! page {
    ($route:ident, $page:ident) => {
        #[derive(Debug)]
        struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                view! { <$page /> }.into_any()
            }
        }
    };
}
page!(JobsRoute, JobsPage);
page!(JobNewRoute, JobNewPage);
page!(JobRoute, JobPage);
page!(DevicesRoute, DevicesPage);
page!(DeviceRoute, DevicePage);
page!(SimulatorRoute, SimulatorPage);

/// Fetches the program of the page at `path`, if it has one.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_program(path: &str) {
    match program(path) {
        Some("jobs") => JobsRoute::preload().await,
        Some("job_new") => JobNewRoute::preload().await,
        Some("job") => JobRoute::preload().await,
        Some("devices") => DevicesRoute::preload().await,
        Some("device") => DeviceRoute::preload().await,
        Some("simulator") => SimulatorRoute::preload().await,
        _ => {}
    }
}

/// The name of the program of the page at `path`, if it has one.
pub(crate) fn program(path: &str) -> Option<&'static str> {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    Some(match *segments {
        ["jobs"] => "jobs",
        ["jobs", "new"] => "job_new",
        ["jobs", _] => "job",
        ["devices"] => "devices",
        ["devices", _] => "device",
        ["simulator"] => "simulator",
        _ => return None,
    })
}
