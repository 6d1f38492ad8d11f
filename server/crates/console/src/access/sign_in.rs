//! Signing in with a user name and a password.

use console_wire::access::{Password, Person};
use hub_wire::Timestamp;
use tracing::info;

use super::{
    SignInFrom, SignedIn, secret,
    sessions::{self, Opening},
    throttle,
};
use crate::{ConsoleError, audit, core::Core};

/// Begins a session, always with a new token: one that the browser had before is worth nothing afterwards. The answer and
/// its time are the same for a wrong password, an unknown name and an account that is not active.
pub(crate) async fn sign_in(
    core: &Core,
    user_name: &str,
    password: Password,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    let Some(person) = check_password(core, user_name, password, from.address.as_deref(), now).await? else {
        return Err(ConsoleError::SignInRefused);
    };
    audit::begin_as(&person).await?;
    sessions::forget_ended(core, now).await?;
    let opening = Opening::new(from)?;
    let session_id = core.store.insert_session(opening.session(&person.user_id, now)).await?;
    audit::note_subject(&session_id.to_string(), None);
    Ok(opening.signed_in(session_id, person))
}

/// The person with this name and password, if the account is active. Each call is an attempt, and counts against name and
/// address.
pub(super) async fn check_password(
    core: &Core,
    user_name: &str,
    password: Password,
    address: Option<&str>,
    now: Timestamp,
) -> Result<Option<Person>, ConsoleError> {
    let user_name = user_name.trim();
    let account_hash = secret::hash(&user_name.to_lowercase());
    let address = address.unwrap_or("unknown");
    let begun =
        core.store.begin_attempt(&account_hash, address, now, |so_far| throttle::wait(so_far, now)).await?;
    let attempt_id = begun.map_err(|wait| ConsoleError::TooManyAttempts { wait })?;
    let account = core.store.account(user_name).await?;
    let (person, hash) = match account {
        Some(account) => (Some(account.person), account.password_hash),
        None => (None, None),
    };
    let is_right = core.passwords.verify(password, hash).await?;
    if let Some(person) = &person {
        audit::note_person(person);
    }
    let Some(person) = person.filter(|_| is_right) else {
        // The name is not logged: people type passwords there.
        info!(address, "sign-in refused");
        return Ok(None);
    };
    core.store.attempt_succeeded(attempt_id).await?;
    Ok(Some(person))
}
