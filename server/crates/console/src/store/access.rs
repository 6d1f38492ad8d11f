//! People, their sessions, their attempts to sign in, and one-time links.

mod attempts;
mod links;
mod sessions;
mod users;

pub(crate) use self::{
    attempts::AttemptsSoFar,
    sessions::NewSession,
    users::{Changed, NewUser},
};
