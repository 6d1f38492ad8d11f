//! The frame of the wall: name of the hub and time in large type, no controls, a picture that moves a little, and a mark
//! over the whole width when the numbers are old. It loads itself anew when the server is of another build.

use console_wire::wall::WallView;
use leptos::prelude::*;

use super::regions::Regions;
use crate::{
    api::wall::WallPage,
    data::read::Reading,
    format::{time, wall},
    kit::{Icon, Logo, clock::use_clock, dom},
};

/// The wall.
#[component]
pub(super) fn Frame(read: Reading<(), WallPage>) -> impl IntoView {
    let clock = use_clock();
    let good = read.good();
    let newest = Memo::new(move |before: Option<&Option<WallView>>| {
        let newest = good.with(|good| match good.as_ref().map(|good| &good.value) {
            Some(WallPage::Shown(view)) => Some(WallView::clone(view)),
            _ => None,
        });
        newest.or_else(|| before.cloned().flatten())
    });
    let as_of = move || newest.with(|view| view.as_ref().map(|view| view.as_of));
    let now = move || as_of().map(|as_of| clock.now_or(as_of));
    let place = Memo::new(move |_| now().map_or(0, wall::place));
    let is_old = Memo::new(move |_| as_of().zip(now()).is_some_and(|(read, now)| wall::is_old(read, now)));
    reload_for_another_build(read, newest);
    let host = Memo::new(move |_| {
        newest.with(|view| view.as_ref().map(|view| view.hub.host_name.clone()).unwrap_or_default())
    });
    let clock_text = move || now().map(|now| time::clock(now, 0)).unwrap_or_default();
    let date = move || {
        let absolute = now().map(|now| time::absolute(now, 0)).unwrap_or_default();
        absolute.split(',').next().unwrap_or_default().to_owned()
    };
    view! {
        <main class="wall" id="main" tabindex="-1" data-place=move || place.get().to_string()>
            <header class="wall__bar" data-tone=move || is_old.get().then_some("warning")>
                <Logo />
                <h1>{move || host.get()}</h1>
                <span class="wall__state" role="status">
                    <Freshness read newest is_old />
                </span>
                <span class="wall__time">
                    <span>{date}</span>
                    <span>
                        <strong>{clock_text}</strong>
                        " UTC"
                    </span>
                </span>
            </header>
            <Regions newest />
        </main>
    }
    .into_any()
}

/// Whether the numbers are those of now; if not, since when.
#[component]
fn Freshness(
    read: Reading<(), WallPage>,
    newest: Memo<Option<WallView>>,
    is_old: Memo<bool>,
) -> impl IntoView {
    let stale_since = read.stale_since();
    let failure = Memo::new(move |_| {
        newest.with(|view| {
            view.as_ref().and_then(|view| view.hub.failure.as_ref().map(|failure| failure.since))
        })
    });
    let words = Memo::new(move |_| {
        let since = |words: &str, since| format!("{words} since {}", time::clock(since, 0));
        match (stale_since.get(), is_old.get(), failure.get()) {
            (Some(at), ..) => since("No connection", at),
            (None, true, _) => "Old numbers".to_owned(),
            (None, false, Some(at)) => since("Hub not reachable", at),
            (None, false, None) => "Live".to_owned(),
        }
    });
    let is_good = Memo::new(move |_| words.with(|words| words == "Live"));
    view! {
        <span class="with-icon">
            <Icon name=Signal::derive(move || if is_good.get() { "radio-tower" } else { "triangle-alert" }) />
            {move || words.get()}
        </span>
    }
    .into_any()
}

/// Loads the page anew when another build of the server answers. Only after an answer: a page that is loaded while the
/// server is away would be the browser's error page, which never comes back by itself.
fn reload_for_another_build(read: Reading<(), WallPage>, newest: Memo<Option<WallView>>) {
    let clock = use_clock();
    let first = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        let Some(build) = newest.with(|view| view.as_ref().map(|view| view.build.clone())) else { return };
        // The server answered, and this page cannot read the answer.
        let unreadable = read
            .stale_since()
            .get()
            .filter(|_| read.error().is_some_and(|error| error.is_unreadable_answer()));
        let Some(now) = clock.now() else { return };
        let first_build = first.get_value().unwrap_or_else(|| build.clone());
        first.set_value(Some(first_build.clone()));
        if wall::must_reload((&first_build, &build), unreadable, now) {
            dom::reload();
        }
    });
}
