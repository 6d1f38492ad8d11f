//! Sessions: found by their token, used, ended.

use std::{sync::Arc, time::Duration};

use console_wire::access::{Person, UNUSED_LIFE, WHOLE_LIFE};
use hub_wire::Timestamp;
use secrecy::SecretString;
use tracing::{info, warn};

use super::{Session, SignInFrom, SignedIn, secret};
use crate::{
    ConsoleError, audit,
    clock::{earlier, is_recent},
    core::Core,
    store::NewSession,
};

/// The use of a session is written down this often at most: there is one writer.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Most characters of a browser's name that are kept.
const MAX_USER_AGENT: usize = 200;

/// A token, its hash, and how the session is written down.
pub(super) struct Opening {
    pub(super) token: String,
    hash: [u8; 32],
    user_agent: Option<String>,
    from: SignInFrom,
}

impl Opening {
    pub(super) fn new(from: &SignInFrom) -> Result<Self, ConsoleError> {
        let token = secret::token()?;
        let user_agent = from.user_agent.as_ref().map(|agent| agent.chars().take(MAX_USER_AGENT).collect());
        Ok(Self { hash: secret::hash(&token), token, user_agent, from: from.clone() })
    }

    /// How the store writes it down.
    pub(super) fn session<'a>(&'a self, user_id: &'a str, now: Timestamp) -> NewSession<'a> {
        NewSession {
            token_hash: &self.hash,
            user_id,
            address: self.from.address.as_deref(),
            user_agent: self.user_agent.as_deref(),
            now,
            replaces: self.from.session_id,
        }
    }

    /// The session has begun.
    pub(super) fn signed_in(self, session_id: u64, person: Person) -> SignedIn {
        info!(user = person.user_name, session_id, "signed in");
        SignedIn { token: SecretString::from(self.token), session_id, person }
    }
}

/// The session with this token. Its use is written down, unless the request was sent by the page by itself.
pub(crate) async fn use_session(
    core: &Arc<Core>,
    token: &str,
    is_by_person: bool,
    now: Timestamp,
) -> Result<Option<Session>, ConsoleError> {
    let Some(row) = core.store.session(&secret::hash(token)).await? else { return Ok(None) };
    if !is_live(row.created, row.last_used, now) {
        return Ok(None);
    }
    if is_by_person && !is_recent(row.last_used, now, TOUCH_EVERY) {
        let (shared, session_id) = (Arc::clone(core), row.session_id);
        // The request does not wait for the writer.
        core.spawn(async move {
            if let Err(error) = shared.store.touch_session(session_id, now).await {
                warn!(error = &error as &dyn std::error::Error, "the use of a session was not written down");
            }
        });
    }
    Ok(Some(Session { session_id: row.session_id, person: row.person }))
}

/// Whether a session goes on, for what was begun in it.
pub(crate) async fn goes_on(core: &Core, session_id: u64, now: Timestamp) -> Result<bool, ConsoleError> {
    let times = core.store.session_times(session_id).await?;
    Ok(times.is_some_and(|(created, last_used)| is_live(created, last_used, now)))
}

fn is_live(created: Timestamp, last_used: Timestamp, now: Timestamp) -> bool {
    now.since(created) < WHOLE_LIFE && now.since(last_used) < UNUSED_LIFE
}

/// Ends the session of the person who asks.
pub(crate) async fn sign_out(core: &Core, session_id: u64) -> Result<(), ConsoleError> {
    audit::note_subject(&session_id.to_string(), None);
    end_session(core, session_id).await.map(drop)
}

/// Ends a session. False when it had ended before.
pub(crate) async fn end_session(core: &Core, session_id: u64) -> Result<bool, ConsoleError> {
    let is_ended = core.store.end_session(session_id).await?;
    announce_end(core);
    if is_ended {
        info!(session_id, "session ended");
    }
    Ok(is_ended)
}

/// Has everything that follows a session look whether it has ended.
pub(super) fn announce_end(core: &Core) {
    core.ended_sessions.send_modify(|count| *count += 1);
}

/// Forgets what has ended by itself.
pub(super) async fn forget_ended(core: &Core, now: Timestamp) -> Result<(), ConsoleError> {
    Ok(core.store.forget_sessions(earlier(now, WHOLE_LIFE), earlier(now, UNUSED_LIFE)).await?)
}
