//! The top bar: logo, hub, links to pages, palette, theme, account.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    account_menu::AccountMenu, approvals_link::ApprovalsLink, hub::use_hub, state::use_layout,
    theme_switch::ThemeSwitch,
};
use crate::{
    kit::{Icon, Logo},
    paths,
};

/// The top bar. The hub's name comes with the status bar's data.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let hub = use_hub();
    view! {
        <header class="topbar">
            <a class="topbar__brand" href=paths::OVERVIEW aria-label="Fleetcast, overview">
                <Logo />
                <span class="only-wide">"Fleetcast"</span>
            </a>
            <div class="topbar__hub">
                <span class="topbar__slash only-wide" aria-hidden="true">
                    "/"
                </span>
                <Suspense>{move || Suspend::new(async move { hub.name().await.into_any() })}</Suspense>
            </div>
            <nav class="topbar__nav" aria-label="Main">
                <ul>
                    <PageLink href=paths::OVERVIEW name="Overview" />
                    <PageLink href=paths::JOBS name="Jobs" />
                    <PageLink href=paths::SCHEDULES name="Schedules" />
                    <PageLink href=paths::DEVICES name="Devices" />
                    <PageLink href=paths::GROUPS name="Groups" />
                    // Only where the pool runs in this process.
                    <Suspense>
                        {move || Suspend::new(async move {
                            let link = || view! { <PageLink href=paths::SIMULATOR name="Simulator" /> }.into_any();
                            hub.has_simulator().await.then(link).into_any()
                        })}
                    </Suspense>
                </ul>
            </nav>
            <div class="topbar__end">
                <ApprovalsLink />
                <GoTo />
                <ThemeSwitch />
                <AccountMenu />
            </div>
        </header>
    }
    .into_any()
}

/// A page of the main navigation. Pages below it count as it.
#[component]
fn PageLink(href: &'static str, name: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let current = move || {
        path.with(|path| {
            if path == href {
                Some("page")
            } else {
                path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')).then_some("true")
            }
        })
    };
    view! {
        <li>
            <a class="topbar__link" href=href aria-current=current>
                {name}
            </a>
        </li>
    }
    .into_any()
}

/// Opens the palette.
#[component]
fn GoTo() -> impl IntoView {
    let layout = use_layout();
    view! {
        <button
            class="button button--small button--quiet needs-scripts"
            type="button"
            aria-label="Go to job or device"
            aria-keyshortcuts="/ Control+K"
            title="Go to job or device (/ or Ctrl K)"
            on:click=move |_| layout.palette.set(true)
        >
            <Icon name="search" />
            <span class="only-roomy">"Go to job or device"</span>
            <kbd class="key" aria-hidden="true">
                "/"
            </kbd>
        </button>
    }
    .into_any()
}
