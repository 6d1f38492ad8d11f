//! API tokens: made, used, listed, revoked.
//!
//! A token has a role of its own. At every request it may do what both its role and the role that its owner has now permit,
//! so a token that was made before keeps no rights.

use std::{sync::Arc, time::Duration};

use console_wire::{
    access::{
        Action, Actor, MAX_TOKEN_DAYS, MadeToken, NewToken, Person, PersonRef, Role, Subject, TokenInfo,
        TokenState, TokenText, Tokens, permit,
    },
    problem::FieldError,
};
use hub_wire::Timestamp;
use serde_json::json;
use tracing::{info, warn};

use super::{names::name_fault, secret, sessions::announce_end};
use crate::{
    ConsoleError, audit,
    clock::{earlier, is_recent},
    core::Core,
    error::TokenRefusal,
    store::{NewTokenRow, TokenRow},
};

/// The use of a token is written down this often at most: there is one writer.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Most tokens of an account.
pub(super) const MAX_TOKENS: u64 = 100;
/// A token that has ended is listed for so long, so that people find out why a script is refused.
const LISTED: Duration = Duration::from_hours(30 * 24);

/// A request's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// What is known of it.
    pub info: TokenInfo,
    /// Its owner, with the role that counts for this request.
    pub person: Person,
}

impl TokenUse {
    /// Who its requests come from.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.person.clone())
    }
}

/// So many days.
pub(super) fn days(count: u16) -> Duration {
    Duration::from_hours(24) * u32::from(count)
}

/// Whose tokens to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokensOf {
    /// Those of the account that asks.
    Own,
    /// Everybody's.
    All,
}

/// Makes a token, for the person who asks or for a service account.
pub(crate) async fn create_token(
    core: &Core,
    actor: &Actor,
    new: NewToken,
    now: Timestamp,
) -> Result<MadeToken, ConsoleError> {
    let owner = owner(core, actor, new.user_id.as_deref()).await?;
    let name = new.name.trim();
    let days_fault = (!(1..=MAX_TOKEN_DAYS).contains(&new.days)).then(|| {
        FieldError::new("days", format!("is {}; a token ends after 1 to {MAX_TOKEN_DAYS} days", new.days))
    });
    let faults: Vec<_> =
        [name_fault(name), role_fault(new.role, owner.role), days_fault].into_iter().flatten().collect();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    let token = secret::api_token()?;
    let row = NewTokenRow {
        token_hash: &secret::hash(token.expose()),
        user_id: &owner.user_id,
        name,
        prefix: token.shown_prefix(),
        role: new.role,
        now,
        ends: now.plus(days(new.days)),
        max: MAX_TOKENS,
    };
    let token_id = core.store.insert_token(row).await?.ok_or_else(|| ConsoleError::Conflict {
        detail: format!("{} has {MAX_TOKENS} tokens already; revoke one that is not used.", owner.name),
    })?;
    audit::note_subject(&token_id.to_string(), Some(name));
    audit::note_change(None, Some(json!({"owner": owner.user_name, "role": new.role, "days": new.days})));
    let made = core.store.token_by_id(token_id).await?.ok_or_else(|| not_found(token_id))?;
    info!(user = owner.user_name, token_id, role = new.role.as_str(), "API token made");
    Ok(MadeToken { info: token_info(core, made, now), token })
}

/// For whom a token is made.
async fn owner(core: &Core, actor: &Actor, service: Option<&str>) -> Result<Person, ConsoleError> {
    let own = match actor {
        Actor::Person(person) => Some(person),
        Actor::LocalOperator | Actor::Wall(_) => None,
    };
    match (own, service.filter(|id| Some(*id) != own.map(|own| own.user_id.as_str()))) {
        (Some(own), None) => {
            permit(actor, Action::TokenCreate, Subject::OwnedBy(&own.user_id))
                .map_err(ConsoleError::Missing)?;
            Ok(own.clone())
        }
        (_, other) => {
            permit(actor, Action::TokenCreate, Subject::Any).map_err(ConsoleError::Missing)?;
            // Not for another person: a token acts in its owner's name.
            let user_id = other.unwrap_or_default();
            let account = core.store.service_account(user_id).await?;
            account.map(|account| account.account).ok_or_else(|| ConsoleError::NotFound {
                what: "service account",
                id: user_id.chars().take(80).collect(),
            })
        }
    }
}

/// What is wrong with the role of a token.
pub(super) fn role_fault(role: Role, of_owner: Role) -> Option<FieldError> {
    let message = format!("is more than its owner may do, who has the role {of_owner}");
    (!of_owner.covers(role)).then(|| FieldError::new("role", message))
}

/// Finds the token of a request. Its use is written down.
pub(crate) async fn use_token(
    core: &Arc<Core>,
    text: &str,
    address: Option<&str>,
    now: Timestamp,
) -> Result<TokenUse, ConsoleError> {
    let address = address.unwrap_or("unknown");
    if let Some(wait) = core.wrong_tokens.wait(address, now) {
        return Err(ConsoleError::TooManyWrongTokens { wait });
    }
    let wrong = |refusal| {
        core.wrong_tokens.record(address, now);
        ConsoleError::TokenRefused(refusal)
    };
    let token = TokenText::parse(text).map_err(|fault| wrong(TokenRefusal::NotAToken(fault)))?;
    let row = core.store.token(&secret::hash(token.expose())).await?;
    let row = row.ok_or_else(|| wrong(TokenRefusal::Unknown))?;
    match state(&row, now, core.unused_token_life) {
        TokenState::Active => {}
        TokenState::Expired => return Err(ConsoleError::TokenRefused(TokenRefusal::Expired)),
        TokenState::Unused => return Err(ConsoleError::TokenRefused(TokenRefusal::Unused)),
        TokenState::OwnerInactive => return Err(ConsoleError::TokenRefused(TokenRefusal::OwnerInactive)),
    }
    if !row.last_used.is_some_and(|used| is_recent(used, now, TOUCH_EVERY)) {
        let (shared, token_id) = (Arc::clone(core), row.token_id);
        // The request does not wait for the writer.
        core.spawn(async move {
            if let Err(error) = shared.store.touch_token(token_id, now).await {
                warn!(error = &error as &dyn std::error::Error, "the use of a token was not written down");
            }
        });
    }
    let person = Person { role: row.role.lower_of(row.owner.role), ..row.owner.clone() };
    Ok(TokenUse { info: token_info(core, row, now), person })
}

/// Whether a token can still be used, for a stream that was begun with it.
pub(crate) async fn token_goes_on(core: &Core, token_id: u64, now: Timestamp) -> Result<bool, ConsoleError> {
    let row = core.store.token_by_id(token_id).await?;
    Ok(row.is_some_and(|row| state(&row, now, core.unused_token_life) == TokenState::Active))
}

/// Tokens that can be used, and those that ended a while ago.
pub(crate) async fn tokens(
    core: &Core,
    actor: &Actor,
    of: TokensOf,
    now: Timestamp,
) -> Result<Tokens, ConsoleError> {
    let own = match actor {
        Actor::Person(person) if of == TokensOf::Own => Some(person.user_id.as_str()),
        _ => None,
    };
    permit(actor, Action::TokenRead, own.map_or(Subject::Any, Subject::OwnedBy))
        .map_err(ConsoleError::Missing)?;
    core.store
        .forget_tokens(earlier(now, LISTED), earlier(now, core.unused_token_life.saturating_add(LISTED)))
        .await?;
    let rows = core.store.tokens(own).await?;
    Ok(Tokens { items: rows.into_iter().map(|row| token_info(core, row, now)).collect(), as_of: now })
}

/// Revokes a token: one's own, or with the permission any person's. Returns it as it was.
pub(crate) async fn revoke_token(
    core: &Core,
    actor: &Actor,
    token_id: u64,
    now: Timestamp,
) -> Result<TokenInfo, ConsoleError> {
    let row = core.store.token_by_id(token_id).await?.ok_or_else(|| not_found(token_id))?;
    audit::note_subject(&token_id.to_string(), Some(&row.name));
    // What one may not see is not there.
    let is_permitted = permit(actor, Action::TokenRevoke, Subject::OwnedBy(&row.owner.user_id)).is_ok();
    if !is_permitted || !core.store.delete_token(token_id).await? {
        return Err(not_found(token_id));
    }
    announce_end(core);
    info!(token_id, "API token revoked");
    Ok(token_info(core, row, now))
}

fn not_found(token_id: u64) -> ConsoleError {
    ConsoleError::NotFound { what: "token", id: token_id.to_string() }
}

fn token_info(core: &Core, row: TokenRow, now: Timestamp) -> TokenInfo {
    TokenInfo {
        state: state(&row, now, core.unused_token_life),
        effective_role: row.role.lower_of(row.owner.role),
        ends_unused: used(&row).plus(core.unused_token_life),
        token_id: row.token_id,
        name: row.name,
        prefix: row.prefix,
        owner: PersonRef { user_id: row.owner.user_id, name: row.owner.name },
        role: row.role,
        created_time: row.created,
        ends: row.ends,
        last_used: row.last_used,
    }
}

/// When it was last used, or made.
fn used(row: &TokenRow) -> Timestamp {
    row.last_used.unwrap_or(row.created)
}

fn state(row: &TokenRow, now: Timestamp, unused_life: Duration) -> TokenState {
    if now >= row.ends {
        TokenState::Expired
    } else if now.since(used(row)) >= unused_life {
        TokenState::Unused
    } else if row.is_owner_active {
        TokenState::Active
    } else {
        TokenState::OwnerInactive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_token_can_be_used() {
        let day = |number: u32| Timestamp::from_ticks(0).plus(days(1) * number);
        for (what, now, last_used, is_owner_active, expected) in [
            ("new", 0, None, true, TokenState::Active),
            ("never used", 89, None, true, TokenState::Active),
            ("never used for 90 days", 90, None, true, TokenState::Unused),
            ("used", 99, Some(10), true, TokenState::Active),
            ("not used for 90 days", 100, Some(10), true, TokenState::Unused),
            ("at its end", 200, Some(199), true, TokenState::Expired),
            ("of somebody who was deactivated", 1, None, false, TokenState::OwnerInactive),
            ("ended, of somebody who was deactivated", 200, Some(199), false, TokenState::Expired),
            ("by a clock that was set back", 5, Some(40), true, TokenState::Active),
        ] {
            let row = TokenRow {
                token_id: 1,
                name: "ci".into(),
                prefix: "fct_0123".into(),
                role: Role::Operator,
                created: day(0),
                ends: day(200),
                last_used: last_used.map(day),
                owner: Person {
                    user_id: "u".into(),
                    user_name: "mara".into(),
                    name: "Mara".into(),
                    role: Role::Operator,
                    scope: None,
                },
                is_owner_active,
            };
            assert_eq!(state(&row, day(now), days(90)), expected, "{what}");
        }
    }
}
