//! `/audit`: who did what, when, from where, and what became of it. Filters, page and open row are in the address; everything
//! on it works without scripts too.

mod chain;
mod details;
mod filters;
mod table;

use console_wire::access::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotFound;
use crate::{
    account::use_account,
    api::audit::{AuditView, CheckAudit, read_audit},
    audit_query::AuditQuery,
    data::read::{ReadOptions, Reading, use_read},
    kit::{ErrorPanel, Icon, Menu, UnknownParams},
};
use chain::Chain;
use filters::Filters;
use table::Entries;

/// The page.
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let params = use_query_map();
    let read_params = Memo::new(move |_| params.with(AuditQuery::from_params));
    let query = Memo::new(move |_| read_params.with(|(query, _)| query.clone()));
    let unknown = Memo::new(move |_| read_params.with(|(_, unknown)| unknown.clone()));
    let open_row = Memo::new(move |_| params.with(AuditQuery::open_row));
    let read = use_read(Signal::derive(move || Some(query.get())), ReadOptions::once(), read_audit);
    let check = ServerAction::<CheckAudit>::new();
    let failed =
        Memo::new(move |_| read.answer().with(|answer| answer.as_ref()?.result.as_ref().err().cloned()));
    view! {
        <Title text="Audit" />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => view! { <NotFound /> }.into_any(),
                    error => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <Header query />
                                <UnknownParams params=unknown />
                                <Chain read check />
                                <Filters query />
                                {match error {
                                    Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                                    None => view! { <Page read query open_row /> }.into_any(),
                                }}
                            </main>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// Title, what is listed, and the export.
#[component]
fn Header(query: Memo<AuditQuery>) -> impl IntoView {
    let whose = if use_account().may(Action::AuditRead) {
        "every write, sign-in and refusal"
    } else {
        "what you did; approvers and administrators see everybody"
    };
    let file = move |name: &'static str, ending: &'static str| {
        view! {
            <li>
                <a class="menu__item" href=move || query.with(|query| query.file(ending)) rel="external" download="">
                    {name}
                </a>
            </li>
        }
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Audit"</h1>
                </div>
                <p class="page__lead">
                    <span>{whose}</span>
                    <span>"rows are added, never changed"</span>
                </p>
            </div>
            <div class="page__actions">
                <Menu summary=view! { <Icon name="download" /> "Export" }.into_any() class="menu menu--end">
                    <li class="menu__note">"All that match, newest first"</li>
                    {file("CSV", "csv")}
                    {file("JSON", "json")}
                </Menu>
            </div>
        </div>
    }
    .into_any()
}

/// The entries with links to the first and the next page; without entries, why there are none.
#[component]
fn Page(
    read: Reading<AuditQuery, AuditView>,
    query: Memo<AuditQuery>,
    open_row: Memo<Option<u64>>,
) -> impl IntoView {
    let good = Memo::new(move |_| {
        read.good().with(|good| good.as_ref().map(|good| (good.key.clone(), good.value.clone())))
    });
    move || {
        let (shown, view) = good.get()?;
        let next = view.entries.next_cursor.as_ref().map(|cursor| shown.after(cursor).address());
        let first = (!shown.after.is_empty()).then(|| shown.after("").address());
        let list = if view.entries.items.is_empty() {
            view! { <Empty is_filtered=shown.is_filtered() /> }.into_any()
        } else {
            let (entries, as_of) = (view.entries.items, view.as_of);
            view! { <Entries entries as_of query open_row /> }.into_any()
        };
        Some(
            view! {
                {list}
                <nav class="data-table__foot" aria-label="Pages of the audit log">
                    {first
                        .map(|href| {
                            view! {
                                <a class="button button--small" href=href>
                                    "First page"
                                </a>
                            }
                        })}
                    {next
                        .map(|href| {
                            view! {
                                <a class="button button--small" href=href rel="next">
                                    "Older entries"
                                </a>
                            }
                        })}
                </nav>
            }
            .into_any(),
        )
    }
}

/// Nothing is listed.
#[component]
fn Empty(is_filtered: bool) -> impl IntoView {
    let text = if is_filtered { "Nothing matches these filters." } else { "Nothing was done yet." };
    view! {
        <p class="audit__empty" role="status">
            {text}
            " "
            {is_filtered
                .then(|| {
                    view! {
                        <a class="link" href=crate::paths::AUDIT>
                            "Remove the filters"
                        </a>
                    }
                })}
        </p>
    }
}
