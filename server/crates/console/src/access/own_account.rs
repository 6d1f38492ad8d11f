//! A person's own account: sessions and password.

use console_wire::{
    access::{Actor, Password, Person, SessionInfo},
    problem::FieldError,
};
use hub_wire::Timestamp;
use tracing::info;

use super::{
    SignInFrom, SignedIn,
    names::password_fault,
    sessions::{Opening, announce_end, forget_ended},
    sign_in::check_password,
};
use crate::{ConsoleError, audit, core::Core};

/// Where the person who asks is signed in, the newest first. `current_session` is the one that asks.
pub(crate) async fn own_sessions(
    core: &Core,
    actor: &Actor,
    current_session: Option<u64>,
    now: Timestamp,
) -> Result<Vec<SessionInfo>, ConsoleError> {
    let person = person(actor)?;
    forget_ended(core, now).await?;
    let mut sessions = core.store.sessions_by_user(Some(&person.user_id)).await?;
    let mut sessions = sessions.remove(&person.user_id).unwrap_or_default();
    for session in &mut sessions {
        session.is_current = Some(session.session_id) == current_session;
    }
    Ok(sessions)
}

/// Replaces the password of the person who asks. All of the person's sessions end, and one begins for this browser. A wrong
/// current password counts as an attempt to sign in.
pub(crate) async fn change_password(
    core: &Core,
    actor: &Actor,
    current: Password,
    new: Password,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    let person = person(actor)?;
    if let Some(fault) = password_fault(&new, &person.user_name) {
        return Err(fault.into());
    }
    audit::note_subject(&person.user_id, Some(&person.name));
    if check_password(core, &person.user_name, current, from.address.as_deref(), now).await?.is_none() {
        return Err(FieldError::new("currentPassword", "is not your password; enter it again").into());
    }
    let password_hash = core.passwords.hash(new).await?;
    let opening = Opening::new(from)?;
    let session = opening.session(&person.user_id, now);
    let session_id = core.store.change_password(&password_hash, session).await?;
    let session_id = session_id.ok_or(ConsoleError::SignInRefused)?;
    announce_end(core);
    info!(user = person.user_name, "password changed");
    Ok(opening.signed_in(session_id, person.clone()))
}

fn person(actor: &Actor) -> Result<&Person, ConsoleError> {
    match actor {
        Actor::Person(person) => Ok(person),
        Actor::LocalOperator | Actor::Wall(_) => Err(ConsoleError::NotHere {
            detail: "This console has no sign-in, so there is no account. Start the server with --sign-in."
                .into(),
        }),
    }
}
