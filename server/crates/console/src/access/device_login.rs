//! A command line signs in: device authorisation, RFC 8628.
//!
//! It asks for two codes and shows one of them. A person who is signed in types it on the page `/activate`, and allows or
//! denies. The command line polls with the other code, and gets a token once it was allowed.

mod poll;

use std::time::Duration;

use console_wire::{
    access::{
        Action, Actor, DEVICE_LOGIN_LIFE, DEVICE_TOKEN_DAYS, DeviceLogin, LoginDecision, POLL_INTERVAL,
        Person, Subject, TokenText, UserCode, permit,
    },
    problem::FieldError,
};
use hub_wire::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use tracing::info;

pub use self::poll::PollRefusal;
use super::{
    secret,
    tokens::{MAX_TOKENS, days, role_fault},
};
use crate::{
    ConsoleError, audit,
    core::Core,
    store::{DeviceLoginRow, NewDeviceLogin, TokenToIssue},
};

/// Most command lines that ask at a time.
const MAX_LOGINS: u64 = 1_000;
/// Most that begin to ask from one address within a minute.
const MAX_OF_ADDRESS: u64 = 10;
/// Longest name of a machine, in characters.
const MAX_MACHINE: usize = 64;

/// The codes of a command line that asks.
#[derive(Debug)]
pub struct DeviceLoginCodes {
    /// What it polls with.
    pub device_code: SecretString,
    /// What it shows to the person.
    pub user_code: UserCode,
}

/// The token of a command line.
#[derive(Debug)]
pub struct GrantedLogin {
    /// Its text.
    pub token: TokenText,
    /// How long it lives.
    pub life: Duration,
}

/// Begins: makes both codes. `None` when too many command lines ask, of this address or in all.
pub(crate) async fn begin_device_login(
    core: &Core,
    machine: &str,
    address: Option<&str>,
    now: Timestamp,
) -> Result<Option<DeviceLoginCodes>, ConsoleError> {
    let machine: String = machine.trim().chars().filter(|c| !c.is_control()).take(MAX_MACHINE).collect();
    let machine = if machine.is_empty() { "an unnamed machine" } else { machine.as_str() };
    let device_code = secret::token()?;
    let user_code = secret::user_code()?;
    let login = NewDeviceLogin {
        device_code_hash: &secret::hash(&device_code),
        user_code: &user_code,
        machine,
        address,
        now,
        ends: now.plus(DEVICE_LOGIN_LIFE),
        interval: POLL_INTERVAL,
        max: MAX_LOGINS,
        max_of_address: MAX_OF_ADDRESS,
    };
    let is_begun = core.store.insert_device_login(login).await?;
    Ok(is_begun.then(|| DeviceLoginCodes { device_code: device_code.into(), user_code }))
}

/// The command line that shows a code. A person who types wrong codes again and again has to wait.
pub(crate) async fn device_login(
    core: &Core,
    actor: &Actor,
    typed: &str,
    now: Timestamp,
) -> Result<DeviceLogin, ConsoleError> {
    let person = may_decide(actor)?;
    let row = find(core, person, typed, now).await?;
    Ok(DeviceLogin {
        user_code: row.user_code,
        machine: row.machine,
        address: row.address,
        ends: row.ends,
        decision: row.decision,
        as_of: now,
    })
}

/// Allows or denies a command line that asks.
pub(crate) async fn decide_device_login(
    core: &Core,
    actor: &Actor,
    typed: &str,
    decision: LoginDecision,
    now: Timestamp,
) -> Result<(), ConsoleError> {
    let person = may_decide(actor)?;
    if let LoginDecision::Allow(role) = decision
        && let Some(fault) = role_fault(role, person.role)
    {
        return Err(fault.into());
    }
    let row = find(core, person, typed, now).await?;
    audit::note_subject(row.user_code.as_str(), Some(&row.machine));
    let answer = match decision {
        LoginDecision::Allow(role) => json!({"isAllowed": true, "role": role}),
        LoginDecision::Deny => json!({"isAllowed": false}),
    };
    audit::note_change(None, Some(answer));
    if !core.store.decide_device_login(&row.user_code, &person.user_id, decision, now).await? {
        let detail = "This code was answered already. Start `fleetcast login` again for a new one.".into();
        return Err(ConsoleError::Conflict { detail });
    }
    info!(user = person.user_name, machine = row.machine, ?decision, "command line answered");
    Ok(())
}

/// Answers a poll.
pub(crate) async fn poll_device_login(
    core: &Core,
    device_code: &str,
    now: Timestamp,
) -> Result<Result<GrantedLogin, PollRefusal>, ConsoleError> {
    let token = secret::api_token()?;
    let life = days(DEVICE_TOKEN_DAYS);
    let to_issue = TokenToIssue {
        token_hash: &secret::hash(token.expose()),
        prefix: token.shown_prefix(),
        now,
        ends: now.plus(life),
        max: MAX_TOKENS,
    };
    let answer = |row: Option<&DeviceLoginRow>| poll::answer(row, now);
    let answered = core.store.poll_device_login(&secret::hash(device_code), answer, to_issue).await?;
    Ok(match answered {
        Some(answered) => answered.map(|()| {
            info!("command line signed in");
            GrantedLogin { token, life }
        }),
        None => Err(PollRefusal::TooManyTokens),
    })
}

fn may_decide(actor: &Actor) -> Result<&Person, ConsoleError> {
    let own = match actor {
        Actor::Person(person) => Some(person),
        Actor::LocalOperator | Actor::Wall(_) => None,
    };
    let subject = own.map_or(Subject::Any, |own| Subject::OwnedBy(&own.user_id));
    permit(actor, Action::TokenCreate, subject).map_err(ConsoleError::Missing)?;
    own.ok_or(ConsoleError::SignInRefused)
}

/// The command line that shows a code, unless another person has answered it.
async fn find(
    core: &Core,
    person: &Person,
    typed: &str,
    now: Timestamp,
) -> Result<DeviceLoginRow, ConsoleError> {
    if let Some(wait) = core.wrong_user_codes.wait(&person.user_id, now) {
        return Err(ConsoleError::TooManyAttempts { wait });
    }
    let user_code = UserCode::parse(typed).map_err(|fault| FieldError::new("userCode", fault.to_string()))?;
    let row = core.store.device_login(&user_code, now).await?;
    let row = row.filter(|row| row.user_id.as_ref().is_none_or(|by| *by == person.user_id));
    row.ok_or_else(|| {
        core.wrong_user_codes.record(&person.user_id, now);
        let message = "is not a code that a command line shows now; a code works for 10 minutes";
        FieldError::new("userCode", message).into()
    })
}
