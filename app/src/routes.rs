//! The routes: which address shows which page. Pages are rendered completely before they are sent, so that they work
//! without scripts and have the right status.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Redirect, Route, Router, Routes},
    path,
};

use crate::{
    kit::{clock::Clock, dom, first_title, use_tab},
    layout::{self, Notices, Overlays, StatusBar, TopBar},
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
    dom::guard_history();
    Clock::provide();
    layout::provide();
    let tab = use_tab();
    view! {
        <Title text=first_title() formatter=move |page: String| tab.title(&page) />
        <Router>
            <a class="skip-link" href="#main" rel="external">
                "Skip to content"
            </a>
            <TopBar />
            <Notices />
            <Routes fallback=NotFound>
                <Route path=path!("/") view=|| view! { <Redirect path=paths::JOBS /> } ssr=SsrMode::Async />
                <Route path=path!("/jobs") view=JobsPage ssr=SsrMode::Async />
                <Route path=path!("/jobs/new") view=JobNewPage ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
                <Route path=path!("/devices") view=DevicesPage ssr=SsrMode::Async />
                <Route path=path!("/devices/:id") view=DevicePage ssr=SsrMode::Async />
                <Route path=path!("/simulator") view=SimulatorPage ssr=SsrMode::Async />
            </Routes>
            <StatusBar />
            <Overlays />
        </Router>
    }
}
