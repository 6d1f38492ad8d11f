//! `/team`: the people, what they may do, and where they are signed in; programs and their tokens. Everything on it works without scripts too.

mod invite;
mod people;
mod programs;
mod scope;
mod sessions;

use console_wire::access::{Action, Invitation, TeamMember};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotFound;
use crate::{
    account::use_account,
    api::{
        team::{ChangeRole, Invite, NewLink, RevokeSession, SetActive, TeamView, read_team},
        tokens::{ProgramsView, read_programs},
    },
    data::read::{ReadOptions, Reading, use_read},
    error::ApiError,
    format::number::count_noun,
    kit::{ErrorPanel, UnknownParams, dom},
    paths,
};
use invite::{InviteForm, LinkNotice};
use people::People;
use programs::Programs;
use sessions::Sessions;

/// What the page's forms call.
#[derive(Clone, Copy)]
struct Changes {
    invite: ServerAction<Invite>,
    new_link: ServerAction<NewLink>,
    change_role: ServerAction<ChangeRole>,
    set_active: ServerAction<SetActive>,
    revoke_session: ServerAction<RevokeSession>,
    /// Moves with every scope that was changed: each person's form has an action of its own.
    scopes: RwSignal<usize>,
    /// Why the newest change was refused, of those that have no place of their own for it.
    refused: RwSignal<Option<ApiError>>,
}

impl Changes {
    fn new() -> Self {
        let changes = Self {
            invite: ServerAction::new(),
            new_link: ServerAction::new(),
            change_role: ServerAction::new(),
            set_active: ServerAction::new(),
            revoke_session: ServerAction::new(),
            scopes: RwSignal::new(0),
            refused: RwSignal::new(None),
        };
        let refused = changes.refused;
        keep_refusal(move || changes.new_link.value().get().map(Result::err), refused);
        keep_refusal(move || changes.change_role.value().get().map(Result::err), refused);
        keep_refusal(move || changes.set_active.value().get().map(Result::err), refused);
        keep_refusal(move || changes.revoke_session.value().get().map(Result::err), refused);
        changes
    }

    /// Moves with every change that was answered.
    fn version(self) -> usize {
        self.invite.version().get()
            + self.new_link.version().get()
            + self.change_role.version().get()
            + self.set_active.version().get()
            + self.revoke_session.version().get()
            + self.scopes.get()
    }

    /// The link that was made last.
    fn made(self) -> Option<Invitation> {
        let invited = self.invite.value().get().and_then(Result::ok);
        let renewed = self.new_link.value().get().and_then(Result::ok);
        // The one that ends later was made later.
        [invited, renewed].into_iter().flatten().max_by_key(|made| made.ends)
    }
}

/// Keeps what a change was answered with, whenever it was answered.
fn keep_refusal(
    answered: impl Fn() -> Option<Option<ApiError>> + 'static,
    refused: RwSignal<Option<ApiError>>,
) {
    Effect::new(move |_| {
        if let Some(refusal) = answered() {
            refused.set(refusal);
        }
    });
}

/// The page.
#[component]
pub(crate) fn TeamPage() -> impl IntoView {
    let params = use_query_map();
    let made = params.get_untracked().get("made").unwrap_or_default();
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["made", "token"])));
    let read = use_read(Signal::stored(Some(made)), ReadOptions::once(), read_team);
    let token = params.get_untracked().get("token").unwrap_or_default();
    let programs = use_read(Signal::stored(Some(token)), ReadOptions::once(), read_programs);
    let changes = Changes::new();
    read.refetch_when(move || changes.version());
    // In place of the page; once there is data the page stays, whatever fails later.
    let failed = Memo::new(move |_| {
        read.error().filter(|error| error.is_not_found() || read.good().with(Option::is_none))
    });
    view! {
        <Title text="Team" />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                programs.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => view! { <NotFound /> }.into_any(),
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>"Team"</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => view! { <Loaded read programs changes unknown /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: Reading<String, TeamView>,
    programs: Reading<String, ProgramsView>,
    changes: Changes,
    unknown: Memo<Vec<String>>,
) -> impl IntoView {
    let view = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let members = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.team.members.clone())).unwrap_or_default()
    });
    let as_of = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.team.as_of)));
    let groups = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.groups.clone())).unwrap_or_default()
    });
    let of_form = view.with_untracked(|view| view.as_ref().and_then(|view| view.made.clone()));
    let made = move || changes.made().or_else(|| of_form.clone());
    let count = move || {
        members.with(|members: &Vec<TeamMember>| count_noun(members.len() as u64, "person", "people"))
    };
    let how = move || {
        if members.with(|members| members.iter().any(|member| member.provider.is_some())) {
            "sign in with user name and password, or at the provider"
        } else {
            "sign in with user name and password"
        }
    };
    let is_allowed = use_account().may(Action::UserWrite);
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <h1>"Team"</h1>
                    </div>
                    <p class="page__lead">
                        <span>{count}</span>
                        <span>{how}</span>
                    </p>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            {move || changes.refused.get().map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })}
            {move || made().map(|made| view! { <LinkNotice made /> })}
            <div class="team">
                <InviteForm invite=changes.invite is_allowed />
                <People members as_of groups changes is_allowed />
                <Programs read=programs changes is_allowed />
                <Sessions members as_of changes />
            </div>
        </main>
    }
    .into_any()
}

/// The absolute address of an invitation, for a person to send.
fn invitation_address(made: &Invitation) -> String {
    dom::absolute_url(&paths::invitation(made.link.expose()))
}
