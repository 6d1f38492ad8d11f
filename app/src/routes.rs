//! The routes: which address shows which page. Pages are rendered completely before they are sent, so that they work
//! without scripts and have the right status.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    hooks::use_location,
    path,
};

use crate::{
    account,
    kit::{clock::Clock, dom, first_title, use_tab},
    layout::{self, Notices, Overlays, StatusBar, TopBar},
    pages::{
        account::AccountPage,
        activate::ActivatePage,
        approvals::ApprovalsPage,
        audit::AuditPage,
        before_sign_in::{LinkPage, SignInPage},
        device_compare::ComparePage,
        device_detail::{DevicePage, ModulePage},
        device_messages::DeviceMessagesPage,
        device_new::DeviceNewPage,
        devices::DevicesPage,
        group_detail::GroupPage,
        group_form::{GroupEditPage, GroupNewPage},
        group_telemetry::GroupTelemetryPage,
        groups::GroupsPage,
        job_compare::JobComparePage,
        job_detail::JobPage,
        job_new::JobNewPage,
        job_twin_change::TwinChangePage,
        jobs::JobsPage,
        not_found::NotFound,
        overview::OverviewPage,
        registry_change::RegistryChangePage,
        registry_change_new::RegistryChangeNewPage,
        registry_changes::RegistryChangesPage,
        schedule_detail::SchedulePage,
        schedules::SchedulesPage,
        simulator::SimulatorPage,
        team::TeamPage,
        wall::WallPage,
        walls::WallsPage,
        webhooks::WebhooksPage,
    },
    paths,
};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    dom::guard_history();
    account::provide();
    Clock::provide();
    layout::provide();
    let tab = use_tab();
    view! {
        <Title text=first_title() formatter=move |page: String| tab.title(&page) />
        <Router>
            <a class="skip-link" href="#main" rel="external">
                "Skip to content"
            </a>
            <OfSignedIn part=|| view! { <TopBar /> }.into_any() />
            <OfSignedIn part=|| view! { <Notices /> }.into_any() />
            <Routes fallback=NotFound>
                <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/jobs") view=JobsPage ssr=SsrMode::Async />
                <Route path=path!("/jobs/new") view=JobNewPage ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id/devices/:device/twin") view=TwinChangePage ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id/compare") view=JobComparePage ssr=SsrMode::Async />
                <Route path=path!("/devices") view=DevicesPage ssr=SsrMode::Async />
                <Route path=path!("/devices/compare") view=ComparePage ssr=SsrMode::Async />
                <Route path=path!("/devices/new") view=DeviceNewPage ssr=SsrMode::Async />
                <Route path=path!("/registry-changes") view=RegistryChangesPage ssr=SsrMode::Async />
                <Route path=path!("/registry-changes/new") view=RegistryChangeNewPage ssr=SsrMode::Async />
                <Route path=path!("/registry-changes/:id") view=RegistryChangePage ssr=SsrMode::Async />
                <Route path=path!("/devices/:id") view=DevicePage ssr=SsrMode::Async />
                <Route path=path!("/devices/:id/modules/:module") view=ModulePage ssr=SsrMode::Async />
                <Route path=path!("/devices/:id/messages") view=DeviceMessagesPage ssr=SsrMode::Async />
                <Route path=path!("/simulator") view=SimulatorPage ssr=SsrMode::Async />
                <Route path=path!("/team") view=TeamPage ssr=SsrMode::Async />
                <Route path=path!("/groups") view=GroupsPage ssr=SsrMode::Async />
                <Route path=path!("/groups/new") view=GroupNewPage ssr=SsrMode::Async />
                <Route path=path!("/groups/:id") view=GroupPage ssr=SsrMode::Async />
                <Route path=path!("/groups/:id/telemetry") view=GroupTelemetryPage ssr=SsrMode::Async />
                <Route path=path!("/groups/:id/edit") view=GroupEditPage ssr=SsrMode::Async />
                <Route path=path!("/approvals") view=ApprovalsPage ssr=SsrMode::Async />
                <Route path=path!("/schedules") view=SchedulesPage ssr=SsrMode::Async />
                <Route path=path!("/schedules/:id") view=SchedulePage ssr=SsrMode::Async />
                <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/wall") view=WallPage ssr=SsrMode::Async />
                <Route path=path!("/walls") view=WallsPage ssr=SsrMode::Async />
                <Route path=path!("/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/activate") view=ActivatePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=LinkPage ssr=SsrMode::Async />
                <Route path=path!("/invitation") view=LinkPage ssr=SsrMode::Async />
            </Routes>
            <OfSignedIn part=|| view! { <StatusBar /> }.into_any() />
            <OfSignedIn part=|| view! { <Overlays /> }.into_any() />
        </Router>
    }
}

/// A part of the layout, which the pages before sign-in do not have. Every way from those to another page loads a
/// document, so the address that was loaded decides.
#[component]
fn OfSignedIn(part: fn() -> AnyView) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    (!paths::is_before_sign_in(&path)).then(part)
}
