//! `/groups/{id}`: one group: how many devices it has, which, and what uses it.

mod delete_dialog;
mod members;
mod stats;
mod uses;

use console_wire::{access::Action, group::Group};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::{delete_dialog::DeleteDialog, members::Members, stats::Stats, uses::Uses};
use super::not_found::NotThere;
use crate::{
    account::use_account,
    api::groups::{CountGroup, DeleteGroup, GroupView, read_group},
    data::read::{ReadOptions, Reading, use_read},
    format::{group::new_job, number::devices},
    kit::{
        Condition, CopyButton, ErrorPanel, Icon, PollBadge, TimeFormat, TimeText, UnknownParams, title_of,
    },
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 15_000;

/// What is read: a group, and from where on its list.
type GroupReading = Reading<(String, usize), GroupView>;

/// The page.
#[component]
pub(crate) fn GroupPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let group_id =
        Memo::new(move |_| params.with(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned()));
    let after =
        Memo::new(move |_| query.with(|query| query.get("after")?.parse::<usize>().ok()).unwrap_or(0));
    let unknown = Memo::new(move |_| {
        query.with(|query| {
            let wrong = paths::unknown(query, "after", |value| value.parse::<usize>().is_ok());
            wrong.into_iter().chain(paths::unknown_names(query, &["after", "delete"])).collect::<Vec<_>>()
        })
    });
    let key = Signal::derive(move || Some((group_id.get(), after.get())));
    let read: GroupReading =
        use_read(key, ReadOptions::every(POLL), |(group_id, after)| read_group(group_id, after));
    let count = ServerAction::<CountGroup>::new();
    read.refetch_when(move || count.version().get());
    // The time of the first read stays, so that nothing is rendered again while nothing but the time has changed.
    let view = Memo::new(move |before: Option<&Option<GroupView>>| {
        let group_id = group_id.get();
        let newest = read.good().with(|good| {
            good.as_ref().filter(|good| good.key.0 == group_id).map(|good| good.value.clone())
        })?;
        let as_of = before.and_then(Option::as_ref).map_or(newest.as_of, |before| before.as_of);
        Some(GroupView { as_of, ..newest })
    });
    let failed =
        Memo::new(move |_| read.error().filter(|error| error.is_not_found() || view.with(Option::is_none)));
    let title = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.group.name.clone())).unwrap_or_else(|| group_id.get())
    });
    let is_loaded = Memo::new(move |_| view.with(Option::is_some));
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => {
                        let title = format!("There is no group {}", group_id.get());
                        view! { <NotThere title text="It may be misspelt, or it was deleted." /> }.into_any()
                    }
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>{group_id.get()}</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => is_loaded.get().then(|| view! { <Loaded read view count unknown /> }).into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: GroupReading,
    view: Memo<Option<GroupView>>,
    count: ServerAction<CountGroup>,
    unknown: Memo<Vec<String>>,
) -> impl IntoView {
    let delete = ServerAction::<DeleteGroup>::new();
    let asks = use_query_map().with_untracked(|query| query.get("delete").is_some());
    let is_deleting = RwSignal::new(asks && use_account().may(Action::GroupWrite));
    let group = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.group.clone())));
    let as_of = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.as_of)));
    let header =
        move || Some(view! { <Header group=group.get()? as_of=as_of.get_untracked()? read is_deleting /> });
    let stats = move || Some(view! { <Stats group=group.get()? as_of=as_of.get_untracked()? count /> });
    view! {
        <main class="page" id="main" tabindex="-1">
            {header}
            <UnknownParams params=unknown noun="parameter" />
            {move || {
                count
                    .value()
                    .get()
                    .and_then(Result::err)
                    .map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
            }}
            {stats}
            <div class="group__columns">
                <div>{move || view.get().map(|view| view! { <Members view /> })}</div>
                <div>{move || view.get().map(|view| view! { <Uses view /> })}</div>
            </div>
            <DeleteDialog group is_open=is_deleting action=delete />
        </main>
    }
    .into_any()
}

#[component]
fn Header(group: Group, as_of: Timestamp, read: GroupReading, is_deleting: RwSignal<bool>) -> impl IntoView {
    let group_id = group.group_id.clone();
    let target = match (&group.query_condition, group.listed_devices) {
        (Some(condition), _) => view! {
            "devices where "
            <Condition text=condition.clone() />
        }
        .into_any(),
        (None, listed) => format!("a list of {}", devices(listed.unwrap_or_default())).into_any(),
    };
    let by = group.created_by.as_ref().map(|person| format!("by {}, ", person.name));
    let words = new_job(&group);
    let is_allowed = use_account().may(Action::GroupWrite);
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        is_deleting.set(true);
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::GROUPS
                        aria-label="Back to groups"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{group.name.clone()}</h1>
                    <span class="run__id">
                        <code>{group_id.clone()}</code>
                        <CopyButton text=group_id.clone() what=group_id.clone() />
                    </span>
                </div>
                <p class="page__lead">
                    <span>{target}</span>
                    <span>{by} "changed " <TimeText at=group.changed_time as_of style=TimeFormat::Relative /></span>
                    {group.description.clone().map(|text| view! { <span>{text}</span> })}
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                {is_allowed
                    .then(|| {
                        view! {
                            <a class="button" href=paths::group_delete(&group_id) on:click=ask>
                                "Delete…"
                            </a>
                        }
                    })}
                <a class="button" href=paths::group_telemetry(&group_id)>
                    "Telemetry"
                </a>
                <a class="button" href=paths::group_edit(&group_id)>
                    "Edit"
                </a>
                <a class="button button--primary" href=paths::job_new_on_group(&group_id)>
                    <Icon name="zap" />
                    {words}
                </a>
            </div>
        </div>
    }
    .into_any()
}
