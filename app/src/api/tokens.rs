//! One's own account, API tokens, service accounts, and command lines that ask to sign in.

use console_wire::access::{
    DeviceLogin, MadeToken, ServiceAccount, ServiceAccounts, SessionInfo, TokenInfo, Tokens,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// One's own account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountView {
    /// Where one is signed in, the newest first.
    pub(crate) sessions: Vec<SessionInfo>,
    /// One's own tokens.
    pub(crate) tokens: Tokens,
    /// The token that a plain form has just made, once.
    pub(crate) made: Option<MadeToken>,
    /// Why a plain form for a new password was refused.
    pub(crate) refused: Option<ApiError>,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// Service accounts, and everybody's tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProgramsView {
    /// Service accounts, by name.
    pub(crate) accounts: ServiceAccounts,
    /// Everybody's tokens.
    pub(crate) tokens: Tokens,
    /// The token that a plain form has just made, once.
    pub(crate) made: Option<MadeToken>,
}

/// One's own account. `made` is the key of a token that a plain form has just made, `refused` of a refused form.
#[server(prefix = "/fn", endpoint = "account", input = GetUrl)]
pub(crate) async fn read_account(made: String, refused: String) -> Result<AccountView, ApiError> {
    let (access, actor) = (super::ssr::access()?, super::ssr::actor()?);
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    let sessions = console.own_sessions(&actor, access.session_id, now).await.map_err(super::ssr::refuse)?;
    let tokens = console.tokens(&actor, console::TokensOf::Own, now).await.map_err(super::ssr::refuse)?;
    let kept = super::PlainFormResults::from_context()?;
    let refused = kept.refused(&refused).and_then(|form| form.error);
    Ok(AccountView { sessions, tokens, made: kept.take_token(&made), refused, as_of: now })
}

/// Service accounts and everybody's tokens. `made` as for [`read_account`].
#[server(prefix = "/fn", endpoint = "service-accounts", input = GetUrl)]
pub(crate) async fn read_programs(made: String) -> Result<ProgramsView, ApiError> {
    let actor = super::ssr::actor()?;
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    let accounts = console.service_accounts(&actor, now).await.map_err(super::ssr::refuse)?;
    let tokens = console.tokens(&actor, console::TokensOf::All, now).await.map_err(super::ssr::refuse)?;
    let made = super::PlainFormResults::from_context()?.take_token(&made);
    Ok(ProgramsView { accounts, tokens, made })
}

/// Makes a token: one's own, or that of a service account.
#[server(prefix = "/fn", endpoint = "create-token")]
pub(crate) async fn create_token(
    name: String,
    role: String,
    days: u16,
    #[server(default)] user_id: String,
) -> Result<MadeToken, ApiError> {
    let is_own = user_id.is_empty();
    let user_id = Some(user_id).filter(|user_id| !user_id.is_empty());
    let token = console_wire::access::NewToken { name, role: super::ssr::role(&role)?, days, user_id };
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.create_token(&super::ssr::actor()?, token, now).await;
    let made = made.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        let key = super::PlainFormResults::from_context()?.keep_token(made.clone());
        super::ssr::redirect(&crate::paths::with_token(is_own, &key));
    }
    Ok(made)
}

/// Revokes a token: one's own, or with the permission any person's.
#[server(prefix = "/fn", endpoint = "revoke-token")]
pub(crate) async fn revoke_token(
    token_id: u64,
    #[server(default)] back: String,
) -> Result<TokenInfo, ApiError> {
    let now = std::time::SystemTime::now().into();
    let revoked = super::ssr::console()?.revoke_token(&super::ssr::actor()?, token_id, now).await;
    let revoked = revoked.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::account_or_team(&back));
    }
    Ok(revoked)
}

/// Adds a service account.
#[server(prefix = "/fn", endpoint = "create-service-account")]
pub(crate) async fn create_service_account(
    name: String,
    user_name: String,
    role: String,
) -> Result<ServiceAccount, ApiError> {
    let role = super::ssr::role(&role)?;
    let account = console_wire::access::NewServiceAccount { name, user_name, role };
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.create_service_account(&super::ssr::actor()?, account, now).await;
    let made = made.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::TEAM);
    }
    Ok(made)
}

/// The command line that shows a code. A wrong code is part of a good page.
#[server(prefix = "/fn", endpoint = "device-login", input = GetUrl)]
pub(crate) async fn read_device_login(user_code: String) -> Result<DeviceLogin, ApiError> {
    let now = std::time::SystemTime::now().into();
    let found = super::ssr::console()?.device_login(&super::ssr::actor()?, &user_code, now).await;
    found.map_err(super::ssr::to_api_error)
}

/// Allows a command line to have a token with a role, or denies it; `decision` is `allow` or `deny`.
#[server(prefix = "/fn", endpoint = "decide-device-login")]
pub(crate) async fn decide_device_login(
    user_code: String,
    decision: String,
    #[server(default)] role: String,
) -> Result<(), ApiError> {
    let decision = ssr::decision(&decision, &role)?;
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    let decided = console.decide_device_login(&super::ssr::actor()?, &user_code, decision, now).await;
    decided.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::activate(&user_code));
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod ssr {
    use console_wire::{access::LoginDecision, problem::FieldError};

    use super::{super::ssr, ApiError};

    pub(super) fn decision(decision: &str, role: &str) -> Result<LoginDecision, ApiError> {
        match decision {
            "allow" => Ok(LoginDecision::Allow(ssr::role(role)?)),
            "deny" => Ok(LoginDecision::Deny),
            _ => {
                let fault = FieldError::new("decision", "is neither allow nor deny");
                Err(ssr::with_status(ApiError::invalid(vec![fault])))
            }
        }
    }
}
