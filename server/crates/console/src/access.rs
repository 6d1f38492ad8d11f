//! People and sessions: who is signed in, how they sign in, and who may change accounts.
//!
//! Every function that depends on the time is given it, so that tests move the clock. What a role permits is in
//! [`console_wire::access`]; functions that change accounts ask it themselves, besides the server's check of the route.
//!
//! Reading order: `sign_in` and `throttle`, `provider` (OpenID Connect), `sessions`, `links` (the first administrator,
//! invitations), `team`; `names` (what names and passwords may be), `secret` (random tokens and their hashes); `own_account`;
//! `tokens`, `service_accounts`, `device_login` for programs; `walls` for screens.

mod device_login;
mod links;
mod names;
mod own_account;
mod provider;
mod secret;
mod service_accounts;
mod sessions;
mod sign_in;
mod team;
mod throttle;
mod tokens;
mod walls;

use console_wire::access::{Actor, Person};
use secrecy::{ExposeSecret as _, SecretString};

pub use self::{
    device_login::{DeviceLoginCodes, GrantedLogin, PollRefusal},
    links::{LinkFor, SETUP_LIFE},
    provider::{PROVIDER_SIGN_IN_LIFE, PendingSignIn, ProviderIdentity, ReturnedSignIn, RoleClaim},
    tokens::{TokenUse, TokensOf},
    walls::WallSecret,
};
pub(crate) use self::{
    device_login::{begin_device_login, decide_device_login, device_login, poll_device_login},
    links::{accept_invitation, link, new_link, open_setup, set_up},
    own_account::{change_password, own_sessions},
    provider::{begin as begin_at_provider, sign_in as sign_in_from_provider, take as take_from_provider},
    service_accounts::{create_service_account, service_accounts},
    sessions::{goes_on, sign_out, use_session},
    sign_in::sign_in,
    team::{announce_change, change_role, invite, revoke_session, set_active, set_scope, team},
    tokens::{create_token, revoke_token, token_goes_on, tokens, use_token},
    walls::{
        allow_wall, asking_wall, begin_wall, connect_wall, revoke_wall, use_wall, wall_code, wall_goes_on,
        walls,
    },
};

/// Where a person signs in.
#[derive(Debug, Clone, Default)]
pub struct SignInFrom {
    /// The client's address.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// The session that the browser has, which ends.
    pub session_id: Option<u64>,
}

/// A sign-in that succeeded.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser is recognised by, to be put into its cookie and nowhere else.
    pub token: SecretString,
    /// The session's number.
    pub session_id: u64,
    /// Who it is.
    pub person: Person,
}

impl SignedIn {
    /// The token's text, for the cookie.
    pub fn expose_token(&self) -> &str {
        self.token.expose_secret()
    }
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub session_id: u64,
    /// Whose it is, as the account is now.
    pub person: Person,
}

impl Session {
    /// Who its requests come from.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.person.clone())
    }
}

/// The first administrator.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// What others call the person.
    pub name: String,
    /// What the person will type to sign in.
    pub user_name: String,
    /// The password.
    pub password: console_wire::access::Password,
}
