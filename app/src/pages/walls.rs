//! `/walls`: the screens that show the wall: an administrator allows one by its code, and revokes it. Works without scripts
//! too.

use console_wire::access::{Action, AskingWall, MAX_WALL_NAME, WallInfo};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotFound;
use crate::{
    account::use_account,
    api::wall::{AllowWall, RevokeWall, WallList, read_walls},
    data::read::{ReadOptions, use_read},
    error::ApiError,
    format::{number::count_noun, team},
    forms::{PostForm, SearchForm},
    kit::{ErrorPanel, Field, PermissionNote, TimeFormat, TimeText, ToolTable, UnknownParams},
    paths,
};

/// Time between two reads, in milliseconds: a screen connects by itself.
const POLL: u64 = 5_000;

/// The page.
#[component]
pub(crate) fn WallsPage() -> impl IntoView {
    let params = use_query_map();
    let part = move |name: &'static str| params.with(|params| params.get(name).unwrap_or_default());
    let key = Memo::new(move |_| Some((part("code"), part("refused"))));
    let unknown =
        Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["code", "refused"])));
    // A wrong code is not tried again by itself.
    let options = ReadOptions::every(POLL).only_while(|list: &WallList| list.asking.is_none());
    let read = use_read(key, options, |(code, refused)| read_walls(code, refused));
    let (allow, revoke) = (ServerAction::<AllowWall>::new(), ServerAction::<RevokeWall>::new());
    read.refetch_when(move || (allow.version().get(), revoke.version().get()));
    let list = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let failed =
        Memo::new(move |_| read.error().filter(|error| error.is_not_found() || list.with(Option::is_none)));
    view! {
        <Title text="Wall screens" />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => view! { <NotFound /> }.into_any(),
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>"Wall screens"</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => view! { <Loaded list unknown allow revoke /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Loaded(
    list: Memo<Option<WallList>>,
    unknown: Memo<Vec<String>>,
    allow: ServerAction<AllowWall>,
    revoke: ServerAction<RevokeWall>,
) -> impl IntoView {
    let walls = Memo::new(move |_| {
        list.with(|list| list.as_ref().map(|list| list.walls.clone())).unwrap_or_default()
    });
    let as_of = Memo::new(move |before: Option<&Option<Timestamp>>| {
        before.copied().flatten().or_else(|| list.with(|list| list.as_ref().map(|list| list.as_of)))
    });
    let asking = Memo::new(move |_| list.with(|list| list.as_ref().and_then(|list| list.asking.clone())));
    let kept = Memo::new(move |_| list.with(|list| list.as_ref().and_then(|list| list.refused.clone())));
    let refused = Signal::derive(move || allow.value().get().and_then(Result::err).or_else(|| kept.get()));
    let not_revoked =
        move || revoke.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> });
    let count = move || count_noun(walls.with(|walls| walls.len() as u64), "screen", "screens");
    let rows = move || {
        let as_of = as_of.get()?;
        Some(walls.get().into_iter().map(|wall| view! { <Row wall as_of revoke /> }).collect_view())
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <h1>"Wall screens"</h1>
                    </div>
                    <p class="page__lead">
                        <span>{count}</span>
                        <span>
                            "each shows " <a class="link" href=paths::WALL rel="external">
                                {paths::WALL}
                            </a> " and nothing else"
                        </span>
                    </p>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            {not_revoked}
            <div class="team">
                <section class="panel" aria-labelledby="wall-add">
                    <div class="panel__header">
                        <h2 class="panel__title" id="wall-add">
                            "Connect a screen"
                        </h2>
                    </div>
                    {move || match asking.get() {
                        Some(Ok(asking)) => {
                            as_of.get().map(|as_of| view! { <Question asking allow refused as_of /> }).into_any()
                        }
                        Some(Err(error)) => view! { <CodeForm refused=Some(error) /> }.into_any(),
                        None => view! { <CodeForm refused=None /> }.into_any(),
                    }}
                </section>
                <section class="panel" aria-labelledby="wall-list">
                    <div class="panel__header">
                        <h2 class="panel__title" id="wall-list">
                            "Connected"
                        </h2>
                    </div>
                    <p class="field__hint" hidden=move || !walls.with(Vec::is_empty)>
                        "No screen is connected."
                    </p>
                    <div hidden=move || walls.with(Vec::is_empty)>
                        <ToolTable labelled_by="wall-list" heads=vec!["Screen", "Allowed", "Last seen"]>
                            {rows}
                        </ToolTable>
                    </div>
                </section>
            </div>
        </main>
    }
    .into_any()
}

/// Takes the code.
#[component]
fn CodeForm(refused: Option<ApiError>) -> impl IntoView {
    let fault = refused.as_ref().and_then(|error| error.field("userCode").cloned());
    let other = refused.filter(|error| error.field("userCode").is_none());
    view! {
        <p class="field__hint">
            "Open " <code>{paths::WALL}</code> " on the screen, choose Show a code, and type the code here."
        </p>
        <SearchForm to=Signal::stored(paths::WALLS.to_owned())>
            <div class="stack activate">
                <Field
                    id="wall-code"
                    label="Code that the screen shows"
                    error=Signal::stored(fault)
                    hint=Signal::stored("Eight letters, such as WDJB-MJHT.".to_owned())
                >
                    <input
                        class="input"
                        type="text"
                        id="wall-code"
                        name="code"
                        required
                        maxlength="20"
                        autocomplete="off"
                        autocapitalize="characters"
                        spellcheck="false"
                        aria-describedby="wall-code-problem wall-code-hint"
                    />
                </Field>
                {other.map(|error| view! { <ErrorPanel error /> })}
                <div>
                    <button class="button button--primary" type="submit">
                        "Continue"
                    </button>
                </div>
            </div>
        </SearchForm>
    }
    .into_any()
}

/// Asks whether to allow the screen, and under which name.
#[component]
fn Question(
    asking: AskingWall,
    allow: ServerAction<AllowWall>,
    refused: Signal<Option<ApiError>>,
    as_of: Timestamp,
) -> impl IntoView {
    let AskingWall { user_code, address, user_agent, ends } = asking;
    let browser = user_agent.as_deref().map_or("an unknown browser", team::browser);
    let from = address.map(|address| format!(" at {address}"));
    let fault = Memo::new(move |_| {
        refused.with(|error| error.as_ref().and_then(|error| error.field("name").cloned()))
    });
    let other = move || {
        let error = refused.get().filter(|error| error.field("name").is_none());
        error.map(|error| view! { <ErrorPanel error /> })
    };
    let is_allowed = use_account().may(Action::WallWrite);
    let pending = allow.pending();
    view! {
        <div class="stack activate">
            <p>
                "A screen" {from} " (" {browser} ") asks to show the wall until it is revoked. The code ends "
                <TimeText at=ends as_of style=TimeFormat::Relative /> "."
            </p>
            <p class="activate__code">
                <code>{user_code.to_string()}</code>
            </p>
            <p>"Allow it only if you see this code on your own screen."</p>
            {other}
            <PostForm action=allow>
                <input type="hidden" name="user_code" value=user_code.to_string() />
                <div class="stack">
                    <Field id="wall-name" label="Name of the screen" error=fault hint=Signal::stored("Such as Lobby.".to_owned())>
                        <input
                            class="input"
                            type="text"
                            id="wall-name"
                            name="name"
                            required
                            maxlength=MAX_WALL_NAME.to_string()
                            autocomplete="off"
                            aria-describedby="wall-name-problem wall-name-hint"
                        />
                    </Field>
                    <div class="cluster">
                        <button
                            class="button button--primary"
                            type="submit"
                            disabled=move || !is_allowed || pending.get()
                        >
                            "Allow"
                        </button>
                        <a class="button" href=paths::WALLS>
                            "Do not allow"
                        </a>
                        <PermissionNote action=Action::WallWrite />
                    </div>
                </div>
            </PostForm>
        </div>
    }
    .into_any()
}

#[component]
fn Row(wall: WallInfo, as_of: Timestamp, revoke: ServerAction<RevokeWall>) -> impl IntoView {
    let WallInfo { screen, created_by, created_time, last_used, address, user_agent } = wall;
    let browser = user_agent.as_deref().map(team::browser);
    let from = address.into_iter().chain(browser.map(str::to_owned)).collect::<Vec<_>>().join(", ");
    let label = format!("Revoke {}", screen.name);
    let seen = match last_used {
        Some(at) => view! { <TimeText at as_of style=TimeFormat::Relative /> }.into_any(),
        None => "not connected yet".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{screen.name}</span>
                <span class="data-table__sub" title=user_agent>
                    {from}
                </span>
            </th>
            <td>
                <TimeText at=created_time as_of style=TimeFormat::Relative />
                {format!(" by {}", created_by.name)}
            </td>
            <td>{seen}</td>
            <td class="to-end">
                <div class="data-table__tools">
                    <PostForm action=revoke>
                        <input type="hidden" name="wall_id" value=screen.wall_id.to_string() />
                        <button class="button button--small button--quiet" type="submit" aria-label=label>
                            "Revoke"
                        </button>
                    </PostForm>
                </div>
            </td>
        </tr>
    }
    .into_any()
}
