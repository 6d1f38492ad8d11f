//! The link to the approvals with the number of requests that wait; only where people sign in.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    account::use_account,
    api::rollout::count_waiting,
    data::read::{ReadOptions, use_read},
    format::number::{count_noun, grouped},
    kit::Icon,
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5_000;

/// The link.
#[component]
pub(super) fn ApprovalsLink() -> impl IntoView {
    use_account().person().map(|_| view! { <Link /> })
}

#[component]
fn Link() -> impl IntoView {
    let read = use_read(Signal::stored(Some(())), ReadOptions::every(POLL), |()| count_waiting());
    let path = use_location().pathname;
    let current = move || path.with(|path| path == paths::APPROVALS).then_some("page");
    let count = move || read.good().with(|good| good.as_ref().map_or(0, |good| good.value));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                let count = Memo::new(move |_| count());
                view! {
                    <a
                        class="button button--small button--quiet topbar__approvals"
                        href=paths::APPROVALS
                        aria-current=current
                        aria-label=move || match count.get() {
                            0 => "Approvals".to_owned(),
                            waiting => format!("Approvals, {} waiting", count_noun(waiting, "request", "requests")),
                        }
                    >
                        <Icon name="user-check" />
                        <span class="only-roomy">"Approvals"</span>
                        <span class="count" hidden=move || count.get() == 0>
                            {move || grouped(count.get())}
                        </span>
                    </a>
                }
            })}
        </Suspense>
    }
    .into_any()
}
