//! One-time links: for the first administrator, and for people to choose a password.

use std::time::Duration;

use console_wire::access::{Action, Actor, Invitation, Password, Person, Role, Subject, permit};
use hub_wire::Timestamp;
use tracing::info;

use super::{
    FirstAdministrator, SignInFrom, SignedIn,
    names::{name_fault, password_fault, user_name_fault},
    secret,
    sessions::{Opening, announce_end},
};
use crate::{ConsoleError, audit, core::Core};

/// The link for the first administrator works so long.
pub const SETUP_LIFE: Duration = Duration::from_mins(15);
/// A person has so long to choose a password.
const INVITATION_LIFE: Duration = Duration::from_hours(7 * 24);

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFor {
    /// Whose password it sets; `None` for the first administrator.
    pub person: Option<Person>,
    /// Until when it works.
    pub ends: Timestamp,
}

/// A new link for the first administrator; earlier ones stop working. `None` where there is an administrator.
pub(crate) async fn open_setup(core: &Core, now: Timestamp) -> Result<Option<String>, ConsoleError> {
    if core.store.has_administrator().await? {
        return Ok(None);
    }
    let token = secret::token()?;
    core.store.insert_link(&secret::hash(&token), None, now.plus(SETUP_LIFE)).await?;
    Ok(Some(token))
}

/// What a link is for, if it works.
pub(crate) async fn link(core: &Core, token: &str, now: Timestamp) -> Result<LinkFor, ConsoleError> {
    let row = core.store.link(&secret::hash(token), now).await?.ok_or(ConsoleError::LinkNotValid)?;
    let person = match row.user_id {
        Some(user_id) => Some(core.store.person(&user_id).await?.ok_or(ConsoleError::LinkNotValid)?),
        None => None,
    };
    Ok(LinkFor { person, ends: row.ends })
}

/// Creates the first administrator, who is signed in then.
pub(crate) async fn set_up(
    core: &Core,
    token: &str,
    administrator: FirstAdministrator,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    if link(core, token, now).await?.person.is_some() {
        return Err(ConsoleError::LinkNotValid);
    }
    let FirstAdministrator { name, user_name, password } = administrator;
    let faults: Vec<_> =
        [name_fault(&name), user_name_fault(&user_name), password_fault(&password, &user_name)]
            .into_iter()
            .flatten()
            .collect();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    let person = Person {
        user_id: secret::id()?,
        user_name: user_name.trim().to_owned(),
        name: name.trim().to_owned(),
        role: Role::Administrator,
        scope: None,
    };
    let password_hash = core.passwords.hash(password).await?;
    audit::begin_as(&person).await?;
    audit::note_subject(&person.user_id, Some(&person.name));
    let opening = Opening::new(from)?;
    let session = opening.session(&person.user_id, now);
    let used = core.store.use_setup_link(&secret::hash(token), &person, &password_hash, session).await?;
    let session_id = used.ok_or(ConsoleError::LinkNotValid)?;
    info!(user = person.user_name, "first administrator created");
    Ok(opening.signed_in(session_id, person))
}

/// Sets the password of the person whom a link is for, and signs the person in. Other sessions of the person end.
pub(crate) async fn accept_invitation(
    core: &Core,
    token: &str,
    password: Password,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    let person = link(core, token, now).await?.person.ok_or(ConsoleError::LinkNotValid)?;
    if let Some(fault) = password_fault(&password, &person.user_name) {
        return Err(fault.into());
    }
    let password_hash = core.passwords.hash(password).await?;
    audit::begin_as(&person).await?;
    audit::note_subject(&person.user_id, Some(&person.name));
    let opening = Opening::new(from)?;
    let session = opening.session(&person.user_id, now);
    let used = core.store.use_link(&secret::hash(token), &password_hash, session).await?;
    let session_id = used.ok_or(ConsoleError::LinkNotValid)?;
    announce_end(core);
    info!(user = person.user_name, "password set");
    Ok(opening.signed_in(session_id, person))
}

/// A new link by which a person chooses a password; the person's earlier ones stop working.
pub(crate) async fn new_link(
    core: &Core,
    actor: &Actor,
    user_id: &str,
    now: Timestamp,
) -> Result<Invitation, ConsoleError> {
    permit(actor, Action::UserWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    let unknown = || ConsoleError::NotFound { what: "person", id: user_id.chars().take(80).collect() };
    let person = core.store.person(user_id).await?.ok_or_else(unknown)?;
    audit::note_subject(user_id, Some(&person.name));
    if core.store.is_from_provider(user_id).await? {
        let detail = format!("{} signs in at the provider and has no password here.", person.name);
        return Err(ConsoleError::Conflict { detail });
    }
    let token = secret::token()?;
    let ends = now.plus(INVITATION_LIFE);
    core.store.insert_link(&secret::hash(&token), Some(user_id), ends).await?;
    info!(user = person.user_name, "one-time link made");
    Ok(Invitation { person, link: token.into(), ends })
}
