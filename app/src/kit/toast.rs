//! Toasts: short messages about what the user has just done, with an undo button where possible. Not for events that the
//! user did not cause.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::Icon;
use crate::kit::dom;

/// Seconds that a toast is shown. Time stops while the pointer or the focus is on it.
const SECONDS: u32 = 8;
/// Seconds that a toast with a button is shown.
const SECONDS_WITH_ACTION: u32 = 15;
/// Most toasts at once; the oldest is removed first.
const MAX_TOASTS: usize = 3;

/// Undoes an action. Unlike a `Callback` it outlives the page that made it, as toasts do. Signals of that page may be
/// disposed when it runs, so it has to use `try_set`.
#[derive(Clone)]
pub(crate) struct Undo(Arc<dyn Fn() + Send + Sync>);

impl Undo {
    /// Wraps the function that undoes the action.
    pub(crate) fn new(undo: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(undo))
    }
}

impl std::fmt::Debug for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Undo")
    }
}

/// The action of a toast.
#[derive(Debug, Clone)]
enum ToastAction {
    /// A button that undoes what was done.
    Undo(Undo),
    /// A link to what was made.
    Link { label: String, href: String },
}

#[derive(Debug, Clone)]
struct Toast {
    id: u32,
    text: String,
    action: Option<ToastAction>,
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
    /// Provides the list to all components.
    pub(crate) fn provide() {
        provide_context(Self { shown: RwSignal::default(), next_id: StoredValue::new(0) });
    }

    /// Shows what was done, with an undo button where possible.
    pub(crate) fn show(self, text: impl Into<String>, undo: Option<Undo>) {
        self.push(text.into(), undo.map(ToastAction::Undo));
    }

    /// Shows what was done, with a link to what was made.
    pub(crate) fn show_link(
        self,
        text: impl Into<String>,
        label: impl Into<String>,
        href: impl Into<String>,
    ) {
        self.push(text.into(), Some(ToastAction::Link { label: label.into(), href: href.into() }));
    }

    fn push(self, text: String, action: Option<ToastAction>) {
        let id = self.next_id.try_update_value(|id| {
            *id += 1;
            *id
        });
        let seconds_left = if action.is_some() { SECONDS_WITH_ACTION } else { SECONDS };
        let toast = Toast { id: id.unwrap_or_default(), text, action, seconds_left };
        // Later, since a page that also navigates away would update the list while it is disposed.
        spawn_local(async move {
            self.shown.try_update(|shown| {
                shown.push(toast);
                let surplus = shown.len().saturating_sub(MAX_TOASTS);
                shown.drain(..surplus);
            });
        });
    }

    fn remove(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }

    /// Called each second.
    fn tick(self) {
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

/// Where toasts appear. It is rendered before the first toast, so that screen readers announce it.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    let is_paused = StoredValue::new(false);
    dom::on_interval(1000, move || {
        if !is_paused.get_value() {
            toasts.tick();
        }
    });
    view! {
        <div
            class="toasts"
            role="status"
            on:pointerenter=move |_| is_paused.set_value(true)
            on:pointerleave=dom::deferred(move |_| is_paused.set_value(false))
            on:focusin=dom::deferred(move |_| is_paused.set_value(true))
            on:focusout=dom::deferred(move |_| is_paused.set_value(false))
        >
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <ToastView toast toasts is_paused />
            </For>
        </div>
    }
    .into_any()
}

#[component]
fn ToastView(toast: Toast, toasts: Toasts, is_paused: StoredValue<bool>) -> impl IntoView {
    let id = toast.id;
    let close = move || {
        // An element that is removed sends no event when the pointer or the focus leaves it.
        is_paused.set_value(false);
        toasts.remove(id);
    };
    let action = toast.action.map(|action| match action {
        ToastAction::Undo(undo) => {
            let on_undo = move |_| {
                close();
                (undo.0)();
            };
            view! {
                <button class="button button--small button--quiet" type="button" on:click=on_undo>
                    "Undo"
                </button>
            }
            .into_any()
        }
        ToastAction::Link { label, href } => view! {
            <a class="button button--small button--quiet" href=href on:click=move |_| close()>
                {label}
            </a>
        }
        .into_any(),
    });
    view! {
        <div class="toast">
            <Icon name="circle-check" />
            <span>{toast.text}</span>
            <span class="notice__tools">
                {action}
                <button class="copy" type="button" aria-label="Dismiss" on:click=move |_| close()>
                    <Icon name="x" />
                </button>
            </span>
        </div>
    }
    .into_any()
}
