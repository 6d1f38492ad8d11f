//! The people of the team: inviting them, changing what they may do, ending their sessions.

use console_wire::access::{Action, Actor, Invitation, NewPerson, Person, Role, Subject, Team, permit};
use hub_wire::Timestamp;
use serde_json::json;
use tracing::info;

use super::{
    links::new_link,
    names::{name_fault, user_name_fault},
    secret,
    sessions::{announce_end, end_session, forget_ended},
};
use crate::{
    ConsoleError, audit,
    core::Core,
    scope,
    store::{Changed, NewUser},
};

/// Everybody, with sessions and links. `current_session` is the one that asks.
pub(crate) async fn team(
    core: &Core,
    actor: &Actor,
    current_session: Option<u64>,
    now: Timestamp,
) -> Result<Team, ConsoleError> {
    permit(actor, Action::UserRead, Subject::Any).map_err(ConsoleError::Missing)?;
    forget_ended(core, now).await?;
    let mut members = core.store.members().await?;
    let mut sessions = core.store.sessions_by_user(None).await?;
    let links = core.store.links_by_user(now).await?;
    for member in &mut members {
        member.sessions = sessions.remove(&member.person.user_id).unwrap_or_default();
        for session in &mut member.sessions {
            session.is_current = Some(session.session_id) == current_session;
        }
        member.link_ends = links.get(&member.person.user_id).copied();
    }
    Ok(Team { members, as_of: now })
}

/// Adds a person, who chooses a password by the link that this returns.
pub(crate) async fn invite(
    core: &Core,
    actor: &Actor,
    new: NewPerson,
    now: Timestamp,
) -> Result<Invitation, ConsoleError> {
    permit(actor, Action::UserWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    let faults: Vec<_> =
        [name_fault(&new.name), user_name_fault(&new.user_name)].into_iter().flatten().collect();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    let person = Person {
        user_id: secret::id()?,
        user_name: new.user_name.trim().to_owned(),
        name: new.name.trim().to_owned(),
        role: new.role,
        scope: None,
    };
    if !core.store.insert_user(NewUser { person: &person, password_hash: None, now }).await? {
        let detail = format!("There is a person with the user name '{}' already.", person.user_name);
        return Err(ConsoleError::Conflict { detail });
    }
    info!(user = person.user_name, role = person.role.as_str(), "person invited");
    let after = json!({"name": person.name, "userName": person.user_name, "role": person.role});
    audit::note_change(None, Some(after));
    new_link(core, actor, &person.user_id, now).await
}

/// Gives a person another role. The person's sessions end, so that none goes on with rights that are no longer there.
pub(crate) async fn change_role(
    core: &Core,
    actor: &Actor,
    user_id: &str,
    role: Role,
) -> Result<(), ConsoleError> {
    may_change(actor, user_id)?;
    if let Some(person) = core.store.person(user_id).await? {
        audit::note_subject(user_id, Some(&person.name));
        audit::note_change(Some(json!({"role": person.role})), Some(json!({"role": role})));
    }
    if core.store.is_from_provider(user_id).await? {
        let detail =
            "The role of this person comes from the provider at every sign-in; change it there.".into();
        return Err(ConsoleError::Conflict { detail });
    }
    done(core.store.set_role(user_id, role).await?, user_id)?;
    announce_change(core);
    info!(user_id, role = role.as_str(), "role changed");
    Ok(())
}

/// Limits a viewer or an operator to the devices of a condition, or of a group on a condition; an empty condition means every
/// device. The person's sessions end.
pub(crate) async fn set_scope(
    core: &Core,
    actor: &Actor,
    user_id: &str,
    text: &str,
    group_id: Option<&str>,
) -> Result<(), ConsoleError> {
    may_change(actor, user_id)?;
    let Some(person) = core.store.person(user_id).await? else { return done(Changed::NotFound, user_id) };
    if !person.role.is_limited_by_scope() {
        let detail = format!("{} is {}; only viewers and operators have a scope.", person.name, person.role);
        return Err(ConsoleError::Conflict { detail });
    }
    let scope = match group_id {
        Some(group_id) => scope::of_group(core, group_id, text).await?,
        None => scope::check(text)?,
    };
    if let Some(scope) = &scope {
        // What this program reads, the hub may still refuse.
        scope::count(core, scope).await?;
    }
    audit::note_subject(user_id, Some(&person.name));
    audit::note_change(
        Some(json!({"scope": person.scope})),
        Some(json!({"scope": scope, "group": group_id})),
    );
    done(core.store.set_scope(user_id, scope.as_deref(), group_id).await?, user_id)?;
    announce_change(core);
    info!(user_id, scope, group_id, "scope changed");
    Ok(())
}

/// Lets a person sign in, or not any more.
pub(crate) async fn set_active(
    core: &Core,
    actor: &Actor,
    user_id: &str,
    is_active: bool,
) -> Result<(), ConsoleError> {
    may_change(actor, user_id)?;
    if let Some(person) = core.store.person(user_id).await? {
        audit::note_subject(user_id, Some(&person.name));
        audit::note_change(None, Some(json!({"isActive": is_active})));
    }
    done(core.store.set_active(user_id, is_active).await?, user_id)?;
    announce_change(core);
    info!(user_id, is_active, "account changed");
    Ok(())
}

/// Ends a session: one's own, or with the permission any person's.
pub(crate) async fn revoke_session(core: &Core, actor: &Actor, session_id: u64) -> Result<(), ConsoleError> {
    let unknown = || ConsoleError::NotFound { what: "session", id: session_id.to_string() };
    let owner = core.store.session_owner(session_id).await?;
    if let Some(owner) = &owner {
        let person = core.store.person(owner).await?;
        let name = person.map(|person| format!("Session of {}", person.name));
        audit::note_subject(&session_id.to_string(), name.as_deref());
    }
    let subject = owner.as_deref().map_or(Subject::Any, Subject::OwnedBy);
    permit(actor, Action::SessionRevoke, subject).map_err(ConsoleError::Missing)?;
    if owner.is_none() || !end_session(core, session_id).await? {
        return Err(unknown());
    }
    Ok(())
}

/// Has sessions end, and what waits in the name of the person be checked again.
pub(crate) fn announce_change(core: &Core) {
    announce_end(core);
    core.changed_rights.send_modify(|count| *count += 1);
}

/// Whether a person may change an account. People cannot take rights from themselves by mistake.
fn may_change(actor: &Actor, user_id: &str) -> Result<(), ConsoleError> {
    permit(actor, Action::UserWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    match actor {
        Actor::Person(person) if person.user_id == user_id => Err(ConsoleError::Conflict {
            detail: "You cannot change your own role or deactivate yourself; another administrator can."
                .into(),
        }),
        _ => Ok(()),
    }
}

fn done(changed: Changed, user_id: &str) -> Result<(), ConsoleError> {
    match changed {
        Changed::Done => Ok(()),
        Changed::NotFound => {
            Err(ConsoleError::NotFound { what: "person", id: user_id.chars().take(80).collect() })
        }
        Changed::LastAdministrator => Err(ConsoleError::Conflict {
            detail:
                "This is the last administrator who can sign in; make another person administrator first."
                    .into(),
        }),
    }
}
