//! Screens that show the wall. A screen shows a code of 8 letters; an administrator types it and names the screen. From
//! then on the screen's browser holds a token that reads the wall and nothing else, until the screen is revoked.

use std::{sync::Arc, time::Duration};

use console_wire::{
    access::{
        Action, Actor, AskingWall, MAX_WALL_NAME, MAX_WALLS, PersonRef, Subject, UserCode, WALL_CODE_LIFE,
        WallCode, WallInfo, WallScreen, permit,
    },
    problem::FieldError,
};
use hub_wire::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tracing::{info, warn};

use super::{SignInFrom, secret, sessions::announce_end};
use crate::{
    ConsoleError, audit,
    clock::is_recent,
    core::Core,
    names,
    store::{Allowed, NewWall, NewWallCode},
};

/// Most screens that ask at a time.
const MAX_CODES: u64 = 1_000;
/// Most that begin to ask from one address within a minute.
const MAX_OF_ADDRESS: u64 = 10;
/// The use of a screen is written down this often at most: there is one writer.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Most characters of a browser's name that are kept.
const MAX_USER_AGENT: usize = 200;

/// What a screen's browser holds, to be put into its cookie and nowhere else.
#[derive(Debug)]
pub struct WallSecret(SecretString);

impl WallSecret {
    /// The text, for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Begins: makes the code that the screen shows, and what its browser holds meanwhile. `None` when too many screens ask,
/// from this address or in all.
pub(crate) async fn begin_wall(
    core: &Core,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<Option<WallSecret>, ConsoleError> {
    let code = secret::token()?;
    let user_agent: Option<String> =
        from.user_agent.as_ref().map(|agent| agent.chars().take(MAX_USER_AGENT).collect());
    let new = NewWallCode {
        code_hash: &secret::hash(&code),
        user_code: &secret::user_code()?,
        address: from.address.as_deref(),
        user_agent: user_agent.as_deref(),
        now,
        ends: now.plus(WALL_CODE_LIFE),
        max: MAX_CODES,
        max_of_address: MAX_OF_ADDRESS,
    };
    let is_begun = core.store.insert_wall_code(new).await?;
    Ok(is_begun.then(|| WallSecret(code.into())))
}

/// The code of a screen, by what its browser holds; `None` once that has ended.
pub(crate) async fn wall_code(
    core: &Core,
    code: &str,
    now: Timestamp,
) -> Result<Option<WallCode>, ConsoleError> {
    Ok(core.store.wall_code(&secret::hash(code), now).await?)
}

/// Gives a screen that was allowed its token, once.
pub(crate) async fn connect_wall(
    core: &Core,
    code: &str,
    now: Timestamp,
) -> Result<Option<WallSecret>, ConsoleError> {
    let token = secret::token()?;
    let screen = core.store.connect_wall(&secret::hash(code), &secret::hash(&token), now).await?;
    Ok(screen.map(|screen| {
        info!(wall = screen.name, wall_id = screen.wall_id, "wall connected");
        WallSecret(token.into())
    }))
}

/// The screen with this token; `None` when it was revoked.
pub(crate) async fn use_wall(
    core: &Arc<Core>,
    token: &str,
    now: Timestamp,
) -> Result<Option<WallScreen>, ConsoleError> {
    let Some((screen, used)) = core.store.wall(&secret::hash(token)).await? else { return Ok(None) };
    if !used.is_some_and(|used| is_recent(used, now, TOUCH_EVERY)) {
        let (shared, wall_id) = (Arc::clone(core), screen.wall_id);
        // The request does not wait for the writer.
        core.spawn(async move {
            if let Err(error) = shared.store.touch_wall(wall_id, now).await {
                warn!(error = &error as &dyn std::error::Error, "the use of a wall was not written down");
            }
        });
    }
    Ok(Some(screen))
}

/// Whether a screen was not revoked, for what was begun by it.
pub(crate) async fn wall_goes_on(core: &Core, wall_id: u64) -> Result<bool, ConsoleError> {
    Ok(core.store.has_wall(wall_id).await?)
}

/// Every screen, by name.
pub(crate) async fn walls(core: &Core, actor: &Actor) -> Result<Vec<WallInfo>, ConsoleError> {
    permit(actor, Action::UserRead, Subject::Any).map_err(ConsoleError::Missing)?;
    Ok(core.store.walls().await?)
}

/// The screen that shows a code. A person who types wrong codes again and again has to wait.
pub(crate) async fn asking_wall(
    core: &Core,
    actor: &Actor,
    typed: &str,
    now: Timestamp,
) -> Result<AskingWall, ConsoleError> {
    find(core, &administrator(actor)?, typed, now).await
}

/// Allows the screen that shows a code, under a name.
pub(crate) async fn allow_wall(
    core: &Core,
    actor: &Actor,
    typed: &str,
    name: &str,
    now: Timestamp,
) -> Result<WallScreen, ConsoleError> {
    let by = administrator(actor)?;
    if let Some(fault) = names::name_fault(name, MAX_WALL_NAME) {
        return Err(fault.into());
    }
    let asking = find(core, &by, typed, now).await?;
    let name = name.trim();
    let wall = NewWall { user_code: &asking.user_code, name, by: &by, now, max: MAX_WALLS };
    match core.store.allow_wall(wall).await? {
        Allowed::Wall(wall_id) => {
            audit::note_subject(&wall_id.to_string(), Some(name));
            audit::note_change(None, Some(json!({"name": name, "address": asking.address})));
            info!(user = by.name, wall = name, wall_id, "wall allowed");
            Ok(WallScreen { wall_id, name: name.to_owned() })
        }
        Allowed::NoSuchCode => Err(no_such_code()),
        Allowed::NameTaken => {
            Err(FieldError::new("name", "is the name of another screen; choose another one").into())
        }
        Allowed::TooMany => {
            let detail =
                format!("There are {MAX_WALLS} screens, which is as many as there may be. Revoke one first.");
            Err(ConsoleError::Conflict { detail })
        }
    }
}

/// Revokes a screen: its next request is refused.
pub(crate) async fn revoke_wall(core: &Core, actor: &Actor, wall_id: u64) -> Result<(), ConsoleError> {
    permit(actor, Action::WallWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    let name = core.store.delete_wall(wall_id).await?;
    let name = name.ok_or_else(|| ConsoleError::NotFound { what: "wall screen", id: wall_id.to_string() })?;
    audit::note_subject(&wall_id.to_string(), Some(&name));
    audit::note_change(Some(json!({"name": name})), None);
    announce_end(core);
    info!(wall = name, wall_id, "wall revoked");
    Ok(())
}

fn administrator(actor: &Actor) -> Result<PersonRef, ConsoleError> {
    permit(actor, Action::WallWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    actor.person().ok_or(ConsoleError::SignInRefused)
}

async fn find(
    core: &Core,
    person: &PersonRef,
    typed: &str,
    now: Timestamp,
) -> Result<AskingWall, ConsoleError> {
    if let Some(wait) = core.wrong_user_codes.wait(&person.user_id, now) {
        return Err(ConsoleError::TooManyAttempts { wait });
    }
    let code = UserCode::parse(typed).map_err(|fault| FieldError::new("userCode", fault.to_string()))?;
    let asking = core.store.asking_wall(&code, now).await?;
    asking.ok_or_else(|| {
        core.wrong_user_codes.record(&person.user_id, now);
        no_such_code()
    })
}

fn no_such_code() -> ConsoleError {
    FieldError::new("userCode", "is not a code that a screen shows now; a code works for 10 minutes").into()
}
