//! `/approvals`: jobs that wait for another person's decision and those that were decided, and one request with what is asked.

mod list;
mod request;

use console_wire::rollout::{ApprovalRequest, Approvals};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{list::RequestList, request::Request};
use crate::{
    account::use_account,
    api::rollout::{ApprovalList, DecideApproval, read_approvals},
    data::read::{ReadOptions, use_read},
    format::number::grouped,
    kit::{ErrorPanel, PollBadge, UnknownParams},
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5_000;

/// Which requests are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    /// Those that wait.
    #[default]
    Waiting,
    /// Those that were decided.
    Decided,
    /// The person's own.
    Mine,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Waiting, "waiting", "Waiting"),
        (Self::Decided, "decided", "Decided"),
        (Self::Mine, "mine", "Asked by you"),
    ];

    fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known, _)| *known == word).map(|(tab, ..)| tab).unwrap_or_default()
    }

    /// The requests of the tab.
    fn of(self, approvals: &Approvals, me: Option<&str>) -> Vec<ApprovalRequest> {
        match self {
            Self::Waiting => approvals.waiting.clone(),
            Self::Decided => approvals.decided.clone(),
            Self::Mine => approvals
                .waiting
                .iter()
                .chain(&approvals.decided)
                .filter(|request| is_own(request, me))
                .cloned()
                .collect(),
        }
    }
}

/// Whether a person asked for it.
fn is_own(request: &ApprovalRequest, me: Option<&str>) -> bool {
    me.is_some() && request.approval.asked_by.as_ref().map(|person| person.user_id.as_str()) == me
}

/// The page.
#[component]
pub(crate) fn ApprovalsPage() -> impl IntoView {
    let query = use_query_map();
    let tab = Memo::new(move |_| Tab::from_word(&query.with(|query| query.get("tab").unwrap_or_default())));
    let named = Memo::new(move |_| query.with(|query| query.get("request").unwrap_or_default()));
    let unknown = Memo::new(move |_| query.with(|query| paths::unknown_names(query, &["tab", "request"])));
    let decide = ServerAction::<DecideApproval>::new();
    let read = use_read(Signal::stored(Some(())), ReadOptions::every(POLL), |()| read_approvals());
    read.refetch_when(move || decide.version().get());
    let list = Memo::new(move |before: Option<&Option<ApprovalList>>| {
        let newest = read.good().with(|good| good.as_ref().map(|good| good.value.clone()))?;
        let as_of = before.and_then(Option::as_ref).map_or(newest.as_of, |before| before.as_of);
        Some(ApprovalList { as_of, ..newest })
    });
    let failed = Memo::new(move |_| read.error().filter(|_| list.with(Option::is_none)));
    let is_there = Memo::new(move |_| list.with(Option::is_some));
    view! {
        <Title text="Approvals" />
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <h1>"Approvals"</h1>
                    </div>
                    <p class="page__lead">
                        <span>"Jobs that another person has to agree to before they start"</span>
                    </p>
                </div>
                <div class="page__actions">
                    <PollBadge stale_since=read.stale_since() />
                </div>
            </div>
            <UnknownParams params=unknown />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    move || match failed.get() {
                        Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                        None => is_there.get().then(|| view! { <Loaded list tab named decide /> }).into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Loaded(
    list: Memo<Option<ApprovalList>>,
    tab: Memo<Tab>,
    named: Memo<String>,
    decide: ServerAction<DecideApproval>,
) -> impl IntoView {
    let me = StoredValue::new(use_account().person().map(|person| person.user_id));
    let of_tab = move |tab: Tab| {
        let me = me.get_value();
        list.with(|list| list.as_ref().map(|list| tab.of(&list.approvals, me.as_deref())).unwrap_or_default())
    };
    let shown = Memo::new(move |_| of_tab(tab.get()));
    let as_of = list.with_untracked(|list| list.as_ref().map_or(Timestamp::NEVER, |list| list.as_of));
    let tabs = Tab::ALL.map(|(of, word, label)| {
        let href =
            paths::with_query(paths::APPROVALS, &[("tab", if of == Tab::Waiting { "" } else { word })]);
        let count = move || grouped(of_tab(of).len() as u64);
        view! {
            <a class="tabs__item" href=href aria-current=move || (tab.get() == of).then_some("page")>
                {label}
                " "
                <span class="tabs__count">{count}</span>
            </a>
        }
    });
    // The named one, wherever it is; else the first of the list.
    let chosen = Memo::new(move |_| {
        let named = named.get();
        let is_named = |request: &&ApprovalRequest| request.job.job_id == named;
        let found = list.with(|list| {
            let approvals = &list.as_ref()?.approvals;
            approvals.waiting.iter().chain(&approvals.decided).find(is_named).cloned()
        });
        found.or_else(|| if named.is_empty() { shown.with(|shown| shown.first().cloned()) } else { None })
    });
    let chosen_id = Memo::new(move |_| chosen.with(|chosen| chosen.as_ref().map(|it| it.job.job_id.clone())));
    let one = move || match chosen_id.get() {
        Some(_) => view! { <Request chosen as_of decide /> }.into_any(),
        None if !named.with(String::is_empty) => view! {
            <p class="approvals__none">"There is no such request, or its job is outside of your scope."</p>
        }
        .into_any(),
        None => ().into_any(),
    };
    view! {
        <nav class="tabs tabs--bleed" aria-label="Approvals">
            {Vec::from(tabs)}
        </nav>
        <div class="approvals" class:approvals--one=move || !named.with(String::is_empty)>
            <div class="approvals__list">
                <RequestList shown as_of chosen_id tab_is_waiting=Signal::derive(move || tab.get() == Tab::Waiting) />
            </div>
            {one}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_by_their_word() {
        for (word, tab) in
            [("", Tab::Waiting), ("decided", Tab::Decided), ("mine", Tab::Mine), ("odd", Tab::Waiting)]
        {
            assert_eq!(Tab::from_word(word), tab, "{word}");
        }
    }
}
