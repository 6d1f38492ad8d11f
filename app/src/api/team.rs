//! The team: who has an account, and what administrators change about it.

use console_wire::{
    access::{Invitation, Team},
    group::GroupRef,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The people, and the link that a plain form has just made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TeamView {
    /// The people with their sessions.
    pub(crate) team: Team,
    /// The link, while it is kept.
    pub(crate) made: Option<Invitation>,
    /// Groups on a condition, which a scope can be.
    pub(crate) groups: Vec<GroupRef>,
}

/// Everybody with an account. `made` is the key of a link that a plain form has just made.
#[server(prefix = "/fn", endpoint = "team", input = GetUrl)]
pub(crate) async fn read_team(made: String) -> Result<TeamView, ApiError> {
    let access = super::ssr::access()?;
    let now = std::time::SystemTime::now().into();
    let team = super::ssr::console()?.team(&super::ssr::actor()?, access.session_id, now).await;
    let made = super::PlainFormResults::from_context()?.invitation(&made);
    let groups = super::ssr::console()?.groups().await.map_err(super::ssr::refuse)?.items.into_iter();
    let groups = groups.filter(|group| group.query_condition.is_some());
    let groups = groups.map(|group| GroupRef { group_id: group.group_id, name: group.name }).collect();
    Ok(TeamView { team: team.map_err(super::ssr::refuse)?, made, groups })
}

/// Adds a person, who chooses a password by the link of the answer.
#[server(prefix = "/fn", endpoint = "invite")]
pub(crate) async fn invite(name: String, user_name: String, role: String) -> Result<Invitation, ApiError> {
    let person = console_wire::access::NewPerson { name, user_name, role: super::ssr::role(&role)? };
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.invite(&super::ssr::actor()?, person, now).await;
    ssr::show_link(made.map_err(super::ssr::refuse)?)
}

/// A new link for a person to choose a password; earlier ones stop working.
#[server(prefix = "/fn", endpoint = "new-link")]
pub(crate) async fn new_link(user_id: String) -> Result<Invitation, ApiError> {
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.new_link(&super::ssr::actor()?, &user_id, now).await;
    ssr::show_link(made.map_err(super::ssr::refuse)?)
}

/// Gives a person another role; the person has to sign in anew.
#[server(prefix = "/fn", endpoint = "change-role")]
pub(crate) async fn change_role(user_id: String, role: String) -> Result<(), ApiError> {
    let role = super::ssr::role(&role)?;
    let changed = super::ssr::console()?.change_role(&super::ssr::actor()?, &user_id, role).await;
    ssr::done(changed)
}

/// Limits a viewer or an operator to the devices of a condition or a group; an empty condition means every device. The person has
/// to sign in anew.
#[server(prefix = "/fn", endpoint = "set-scope")]
pub(crate) async fn set_scope(
    user_id: String,
    scope: String,
    #[server(default)] group_id: String,
) -> Result<(), ApiError> {
    let group_id = Some(group_id.as_str()).filter(|group_id| !group_id.is_empty());
    let changed = super::ssr::console()?.set_scope(&super::ssr::actor()?, &user_id, &scope, group_id).await;
    ssr::done(changed)
}

/// Lets a person sign in, or not any more.
#[server(prefix = "/fn", endpoint = "set-active")]
pub(crate) async fn set_active(user_id: String, active: bool) -> Result<(), ApiError> {
    let changed = super::ssr::console()?.set_active(&super::ssr::actor()?, &user_id, active).await;
    ssr::done(changed)
}

/// Ends a session: one's own, or with the permission any person's.
#[server(prefix = "/fn", endpoint = "revoke-session")]
pub(crate) async fn revoke_session(session_id: u64, #[server(default)] back: String) -> Result<(), ApiError> {
    let ended = super::ssr::console()?.revoke_session(&super::ssr::actor()?, session_id).await;
    ended.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::account_or_team(&back));
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::ConsoleError;
    use console_wire::access::Invitation;

    use super::{super::PlainFormResults, ApiError};
    use crate::paths;

    /// A plain form is redirected to the page that shows the link.
    pub(super) fn show_link(made: Invitation) -> Result<Invitation, ApiError> {
        if super::super::ssr::is_plain_form() {
            let key = PlainFormResults::from_context()?.keep_invitation(made.clone());
            super::super::ssr::redirect(&paths::team_with_link(&key));
        }
        Ok(made)
    }

    pub(super) fn done(changed: Result<(), ConsoleError>) -> Result<(), ApiError> {
        changed.map_err(super::super::ssr::refuse)?;
        if super::super::ssr::is_plain_form() {
            super::super::ssr::redirect(paths::TEAM);
        }
        Ok(())
    }
}
