//! Notices on every page while they apply: the session has ended; of the console's store, lost data, a full disk.

use leptos::prelude::*;

use super::{hub::use_hub, session_dialog::SessionNotice};
use crate::kit::Icon;

/// The notices; empty when there are none.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let hub = use_hub();
    view! {
        <SessionNotice />
        <Suspense>
            {move || Suspend::new(async move {
                hub.ready().await;
                let notices = Memo::new(move |_| hub.info().map(|info| info.notices).unwrap_or_default());
                let shown = move || notices.get().into_iter().map(notice).collect::<Vec<_>>();
                view! { {shown} }.into_any()
            })}
        </Suspense>
    }
    .into_any()
}

fn notice(text: String) -> impl IntoView {
    view! {
        <div class="notice" data-tone="warning" role="status">
            <Icon name="triangle-alert" />
            <span>{text}</span>
        </div>
    }
}
