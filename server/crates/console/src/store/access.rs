//! People, their sessions, their attempts to sign in, and one-time links; API tokens, service accounts, and command lines
//! that ask to sign in.

mod attempts;
mod device_logins;
mod links;
mod provider;
mod service_accounts;
mod sessions;
mod tokens;
mod users;
mod walls;

pub(super) use self::users::write_scope;
pub(crate) use self::{
    attempts::AttemptsSoFar,
    device_logins::{DeviceLoginRow, NewDeviceLogin, PollChange, TokenToIssue},
    provider::{FromProvider, ProviderSignIn},
    sessions::NewSession,
    tokens::{NewTokenRow, TokenRow},
    users::{Changed, NewUser},
    walls::{Allowed, NewWall, NewWallCode},
};
