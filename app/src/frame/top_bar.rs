//! Mark, hub, pages, theme.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{browser, components::Icon, paths};

const THEMES: [&str; 3] = ["system", "light", "dark"];

/// The top bar. The hub's name is filled in by the status bar's data, see [`HubName`].
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let hub = super::status_bar::use_hub();
    view! {
        <header class="topbar">
            <a class="topbar__brand" href=paths::JOBS aria-label="Fleetcast, jobs">
                <svg class="topbar__mark" viewBox="0 0 18 18" aria-hidden="true">
                    <path d="M1 13h4v4H1zM1 7.5h4v4H1zM6.5 13h4v4h-4z"></path>
                    <path opacity=".62" d="M1 2h4v4H1zM6.5 7.5h4v4h-4zM12 13h4v4h-4z"></path>
                    <path opacity=".3" d="M6.5 2h4v4h-4zM12 7.5h4v4h-4zM12 2h4v4h-4z"></path>
                </svg>
                <span class="only-wide">"Fleetcast"</span>
            </a>
            <div class="topbar__hub">
                <span class="topbar__slash only-wide" aria-hidden="true">
                    "/"
                </span>
                <Suspense>{move || Suspend::new(async move { hub.name().await })}</Suspense>
            </div>
            <nav class="topbar__nav" aria-label="Main">
                <ul>
                    <PageLink href=paths::JOBS name="Jobs" />
                    <PageLink href=paths::DEVICES name="Devices" />
                </ul>
            </nav>
            <div class="topbar__end">
                <ThemeSwitch />
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

/// Goes through system, light and dark; the browser remembers. It needs scripts, so it is there once they run.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let theme = RwSignal::new("system");
    Effect::new(move |_| {
        let remembered = browser::remembered("theme");
        theme.set(THEMES.into_iter().find(|theme| remembered.as_deref() == Some(theme)).unwrap_or("system"));
    });
    let next = move |_| {
        let at = THEMES.iter().position(|known| *known == theme.get_untracked()).unwrap_or(0);
        let next = THEMES[(at + 1) % THEMES.len()];
        theme.set(next);
        browser::remember("theme", next);
        browser::apply_theme(next);
    };
    let label = move || format!("Colour theme: {}", theme.get());
    view! {
        <button
            class="button button--quiet button--icon button--small"
            type="button"
            aria-label=label
            title=label
            hidden=move || !is_interactive.get()
            on:click=next
        >
            <Icon name="sun-moon" />
        </button>
    }
    .into_any()
}
