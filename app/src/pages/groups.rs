//! `/groups`: all groups of devices, how many devices each has, and what uses it.

use console_wire::group::Group;
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::groups::{GroupList, list_groups},
    data::read::{ReadOptions, Reading, use_read},
    format::{
        group::{used_by, week_change},
        number::{count_noun, devices, grouped, share},
    },
    forms::SearchForm,
    kit::{
        Column, ColumnHeads, ColumnWidths, Condition, DailyCounts, ErrorPanel, Icon, Menu, PollBadge,
        SortOrder, TimeFormat, TimeText, UnknownParams,
    },
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 15_000;

/// The page.
#[component]
pub(crate) fn GroupsPage() -> impl IntoView {
    let params = use_query_map();
    let search = Memo::new(move |_| Some(params.with(|params| params.get("q").unwrap_or_default())));
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["q"])));
    let read = use_read(search, ReadOptions::every(POLL), list_groups);
    // The time of the first read stays, so that nothing is rendered again while nothing but the time has changed.
    let list = Memo::new(move |before: Option<&Option<GroupList>>| {
        let newest = read.good().with(|good| good.as_ref().map(|good| good.value.clone()))?;
        let as_of = before.and_then(Option::as_ref).map_or(newest.as_of, |before| before.as_of);
        Some(GroupList { as_of, ..newest })
    });
    let failed = Memo::new(move |_| read.error().filter(|_| list.with(Option::is_none)));
    view! {
        <Title text="Groups" />
        <main class="page" id="main" tabindex="-1">
            <Header read list />
            <UnknownParams params=unknown />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    move || match failed.get() {
                        Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                        None => list.get().map(|list| view! { <List list search=search.get().unwrap_or_default() /> }).into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Header(read: Reading<String, GroupList>, list: Memo<Option<GroupList>>) -> impl IntoView {
    let count = move || {
        list.with(|list| list.as_ref().map(|list| count_noun(list.groups.len() as u64, "group", "groups")))
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Groups"</h1>
                </div>
                <p class="page__lead">
                    <Suspense>
                        {move || Suspend::new(async move {
                            read.ready().await;
                            view! { <span>{count}</span> }
                        })}
                    </Suspense>
                    <span>"A name for a query condition or a list of devices, counted every few minutes"</span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                <a class="button button--primary" href=paths::GROUP_NEW>
                    <Icon name="plus" />
                    "New group"
                </a>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn List(list: GroupList, search: String) -> impl IntoView {
    let GroupList { groups, as_of } = list;
    if groups.is_empty() && search.trim().is_empty() {
        return view! { <FirstGroup /> }.into_any();
    }
    let is_none = groups.is_empty();
    let typed = search.clone();
    let rows: Vec<AnyView> =
        groups.into_iter().map(|group| view! { <Row group as_of /> }.into_any()).collect();
    view! {
        <SearchForm to=paths::GROUPS>
            <div class="groups__search">
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search groups"
                    placeholder="a part of the name or condition"
                    maxlength="200"
                    value=typed
                />
                <button class="button" type="submit">
                    <Icon name="search" />
                    "Search"
                </button>
            </div>
        </SearchForm>
        {if is_none { view! { <NoMatch search /> }.into_any() } else { view! { <Table rows /> }.into_any() }}
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<AnyView>) -> impl IntoView {
    let columns = vec![
        Column {
            order: Signal::stored(Some(SortOrder::Ascending)),
            ..Column::new("Group", "groups-table__name")
        },
        Column::new("Devices of", ""),
        Column::new("Devices", "groups-table__count"),
        Column { drop: Some("2"), ..Column::new("30 days", "groups-table__days") },
        Column { drop: Some("3"), ..Column::new("Connected", "groups-table__share") },
        Column::new("Used by", "groups-table__used"),
        Column { drop: Some("4"), ..Column::new("By", "groups-table__by") },
        Column { has_hidden_name: true, ..Column::new("Tools", "groups-table__tools") },
    ];
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack data-table--fixed groups-table">
            <caption class="visually-hidden">"Groups, by name"</caption>
            <ColumnWidths columns=&columns />
            <ColumnHeads columns />
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(group: Group, as_of: Timestamp) -> impl IntoView {
    let change = week_change(&group);
    let (count, at) = match group.count {
        Some(count) => (grouped(count.devices), Some(count.as_of)),
        None => ("not counted".to_owned(), None),
    };
    let connected = group.count.map(|count| share(count.connected, count.devices));
    let target = match (&group.query_condition, group.listed_devices) {
        (Some(condition), _) => view! { <Condition text=condition.clone() /> }.into_any(),
        (None, listed) => format!("A list of {}", devices(listed.unwrap_or_default())).into_any(),
    };
    let uses = used_by(&group.used_by);
    let by = group.created_by.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    view! {
        <tr>
            <th scope="row" class="data-table__clip">
                <a class="data-table__main" href=paths::group(&group.group_id)>
                    {group.name.clone()}
                </a>
                <code class="data-table__sub">{group.group_id.clone()}</code>
            </th>
            <td class="data-table__clip on-line" title=group.query_condition.clone()>
                {target}
            </td>
            <td>
                <span class="data-table__main">
                    {count}
                    {change.map(|change| view! { " " <span class="groups__delta" title="in 7 days">{change}</span> })}
                </span>
                {at.map(|at| view! { <span class="data-table__sub">"counted " <TimeText at as_of style=TimeFormat::Relative /></span> })}
            </td>
            <td class="on-wide" data-drop="2">
                <DailyCounts history=group.history.clone() class="groups__spark" />
            </td>
            <td class="on-wide" data-drop="3">
                {connected}
            </td>
            <td class="data-table__clip">{uses}</td>
            <td class="data-table__clip on-wide" data-drop="4">
                {by}
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <Tools group />
                </div>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Tools(group: Group) -> impl IntoView {
    let devices = group.query_condition.as_deref().map(paths::devices_where);
    view! {
        <Menu
            label=format!("More about {}", group.name)
            button="button button--quiet button--icon button--small"
            summary=view! { <Icon name="ellipsis" is_large=true /> }.into_any()
        >
            <li>
                <a class="menu__item" href=paths::job_new_on_group(&group.group_id)>
                    "New job on this group"
                </a>
            </li>
            {devices
                .map(|href| {
                    view! {
                        <li>
                            <a class="menu__item" href=href>
                                "Show devices"
                            </a>
                        </li>
                    }
                })}
            <li>
                <a class="menu__item" href=paths::group_edit(&group.group_id)>
                    "Edit"
                </a>
            </li>
        </Menu>
    }
    .into_any()
}

/// What a group is, where there is none yet.
#[component]
fn FirstGroup() -> impl IntoView {
    view! {
        <section class="empty-state" aria-labelledby="empty-title">
            <h2 id="empty-title">"No groups yet."</h2>
            <p class="empty-state__text">
                "A group gives devices a name: those that match a condition, such as "
                <Condition text="tags.building = '43'" />
                ", or a list of ids from a file. Jobs can run on it, and its page shows how many devices it has and which jobs used it."
            </p>
            <div class="cluster">
                <a class="button button--primary" href=paths::GROUP_NEW>
                    <Icon name="plus" />
                    "Create the first group"
                </a>
                <a class="link" href=paths::DEVICES>
                    "Find devices first"
                </a>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn NoMatch(search: String) -> impl IntoView {
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{format!("No group matches {}.", search.trim())}</h2>
            <a class="button button--small" href=paths::GROUPS data-key="Escape">
                "Show every group"
            </a>
        </section>
    }
    .into_any()
}
