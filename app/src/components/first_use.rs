//! A part of the frame or of a page whose program comes when somebody first wants it, and so is no part of a first visit.

use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use leptos::{prelude::*, reactive::computed::ScopedFuture, task::spawn_local};

use crate::reactive::effect;

/// What a function marked `#[lazy]` answers, boxed: the part, once its program has come.
pub(crate) type Part = Pin<Box<dyn Future<Output = AnyView>>>;

/// Shows a part from the moment that it is first wanted and its program is there. Before, and on the server, it is not
/// in the document; afterwards it stays, and hides itself. So it suits what opens: dialogs, palettes, menus' contents.
#[component]
pub(crate) fn OnFirstUse(
    /// Turns true when the part is to be seen.
    #[prop(into)]
    wanted: Signal<bool>,
    /// Fetches the part's program, and makes it.
    part: Box<dyn FnOnce() -> Part>,
) -> impl IntoView {
    let owner = Owner::current();
    let is_here = RwSignal::new(false);
    let made = StoredValue::new(Mutex::new(None));
    let mut part = Some(part);
    effect(move || {
        if !wanted.get() {
            return;
        }
        let (Some(part), Some(owner)) = (part.take(), &owner) else { return };
        // Not under the effect's own owner, which ends when the effect runs again.
        let coming = owner.with(|| ScopedFuture::new_untracked(part()));
        spawn_local(async move {
            let part = coming.await;
            made.try_set_value(Mutex::new(Some(part)));
            is_here.try_set(true);
        });
    });
    view! { {move || is_here.get().then(|| made.try_with_value(take).flatten())} }.into_any()
}

/// On the server a page may end on another thread than the one it began on, so its parts have to stand that.
fn take(made: &Mutex<Option<AnyView>>) -> Option<AnyView> {
    made.lock().unwrap_or_else(PoisonError::into_inner).take()
}
