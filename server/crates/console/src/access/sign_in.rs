//! Signing in with a user name and a password.

use console_wire::access::Password;
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
    let user_name = user_name.trim();
    let account_hash = secret::hash(&user_name.to_lowercase());
    let address = from.address.as_deref().unwrap_or("unknown");
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
        return Err(ConsoleError::SignInRefused);
    };
    audit::begin_as(&person).await?;
    core.store.attempt_succeeded(attempt_id).await?;
    sessions::forget_ended(core, now).await?;
    let opening = Opening::new(from)?;
    let session_id = core.store.insert_session(opening.session(&person.user_id, now)).await?;
    audit::note_subject(&session_id.to_string(), None);
    Ok(opening.signed_in(session_id, person))
}
