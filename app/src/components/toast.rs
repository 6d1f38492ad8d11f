//! Toasts: what an action has done, for some seconds, with a way back where there is one. Never for news.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::Icon;
use crate::browser;

/// Seconds that a toast stays. The pointer or the focus on it holds it.
const STAYS: u32 = 8;
/// Seconds that one stays that can be acted on.
const STAYS_LONGER: u32 = 15;
/// Most at once; the oldest goes first.
const MOST: usize = 3;

/// Takes an action back. Unlike a `Callback` it outlives the page that made it, as toasts do; signals of that page may be
/// gone when it runs, so it has to `try_set` them.
#[derive(Clone)]
pub(crate) struct Undo(Arc<dyn Fn() + Send + Sync>);

impl Undo {
    /// What takes the action back.
    pub(crate) fn new(take_back: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(take_back))
    }
}

impl std::fmt::Debug for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Undo")
    }
}

/// What can be done about it.
#[derive(Debug, Clone)]
enum Offer {
    /// Takes the action back.
    Undo(Undo),
    /// Leads to what the action has made.
    Link { word: String, href: String },
}

#[derive(Debug, Clone)]
struct Toast {
    id: u32,
    text: String,
    offer: Option<Offer>,
    seconds_left: u32,
}

/// The page's toasts, one list for all components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u32>,
}

/// The page's toasts.
pub(crate) fn use_toasts() -> Toasts {
    expect_context()
}

impl Toasts {
    /// Makes room for the page's toasts.
    pub(crate) fn provide() {
        provide_context(Self { shown: RwSignal::default(), next_id: StoredValue::new(0) });
    }

    /// Says what was done, with a button that takes it back where that is possible.
    pub(crate) fn show(self, text: impl Into<String>, undo: Option<Undo>) {
        self.push(text.into(), undo.map(Offer::Undo));
    }

    /// Says what was done, with a link to what came of it.
    #[allow(dead_code, reason = "for the pages whose actions make something")]
    pub(crate) fn show_link(self, text: impl Into<String>, word: impl Into<String>, href: impl Into<String>) {
        self.push(text.into(), Some(Offer::Link { word: word.into(), href: href.into() }));
    }

    fn push(self, text: String, offer: Option<Offer>) {
        let id = self.next_id.try_update_value(|id| {
            *id += 1;
            *id
        });
        let seconds_left = if offer.is_some() { STAYS_LONGER } else { STAYS };
        let toast = Toast { id: id.unwrap_or_default(), text, offer, seconds_left };
        // A page that navigates away as it says this would update while it is being taken down.
        spawn_local(async move {
            self.shown.try_update(|shown| {
                shown.push(toast);
                let surplus = shown.len().saturating_sub(MOST);
                shown.drain(..surplus);
            });
        });
    }

    fn take(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }

    fn second(self) {
        if self.shown.with_untracked(Vec::is_empty) {
            return;
        }
        self.shown.update(|shown| {
            for toast in &mut *shown {
                toast.seconds_left = toast.seconds_left.saturating_sub(1);
            }
            shown.retain(|toast| toast.seconds_left > 0);
        });
    }
}

/// Where toasts appear, once in the frame: the region is there before its first toast, so that it is read out.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    let is_held = StoredValue::new(false);
    browser::every(1000, move || {
        if !is_held.get_value() {
            toasts.second();
        }
    });
    view! {
        <div
            class="toasts"
            role="status"
            on:pointerenter=move |_| is_held.set_value(true)
            on:pointerleave=move |_| is_held.set_value(false)
            on:focusin=move |_| is_held.set_value(true)
            on:focusout=move |_| is_held.set_value(false)
        >
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <ToastView toast toasts is_held />
            </For>
        </div>
    }
    .into_any()
}

#[component]
fn ToastView(toast: Toast, toasts: Toasts, is_held: StoredValue<bool>) -> impl IntoView {
    let id = toast.id;
    let done = move || {
        // What held it goes with it, and says no word of leaving.
        is_held.set_value(false);
        toasts.take(id);
    };
    let offer = toast.offer.map(|offer| match offer {
        Offer::Undo(undo) => {
            let take_back = move |_| {
                done();
                (undo.0)();
            };
            view! {
                <button class="button button--small button--quiet" type="button" on:click=take_back>
                    "Undo"
                </button>
            }
            .into_any()
        }
        Offer::Link { word, href } => view! {
            <a class="button button--small button--quiet" href=href on:click=move |_| done()>
                {word}
            </a>
        }
        .into_any(),
    });
    view! {
        <div class="toast">
            <Icon name="circle-check" />
            <span>{toast.text}</span>
            <span class="notice__tools">
                {offer}
                <button class="copy" type="button" aria-label="Dismiss" on:click=move |_| done()>
                    <Icon name="x" />
                </button>
            </span>
        </div>
    }
    .into_any()
}
