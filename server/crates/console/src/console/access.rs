//! Accounts and sessions. What depends on the time is given it.

use console_wire::access::{Actor, Invitation, NewPerson, Password, Role, Team};
use hub_wire::Timestamp;
use tokio::sync::watch;

use super::Console;
use crate::{
    ConsoleError,
    access::{
        self, FirstAdministrator, LinkFor, PendingSignIn, ProviderIdentity, ReturnedSignIn, RoleClaim,
        Session, SignInFrom, SignedIn,
    },
};

/// Signing in.
impl Console {
    /// A new one-time link for the first administrator; earlier ones stop working. `None` where there is an
    /// administrator.
    pub async fn open_setup(&self, now: Timestamp) -> Result<Option<String>, ConsoleError> {
        access::open_setup(&self.core, now).await
    }

    /// What a one-time link is for.
    ///
    /// # Errors
    /// `LinkNotValid` when it was used, replaced, or is too old.
    pub async fn link(&self, token: &str, now: Timestamp) -> Result<LinkFor, ConsoleError> {
        access::link(&self.core, token, now).await
    }

    /// Creates the first administrator and signs the person in.
    ///
    /// # Errors
    /// `LinkNotValid`; `Invalid` with every field at fault, and then the link still works.
    pub async fn set_up(
        &self,
        token: &str,
        administrator: FirstAdministrator,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<SignedIn, ConsoleError> {
        access::set_up(&self.core, token, administrator, from, now).await
    }

    /// Sets the password of the person whom a link is for, and signs the person in.
    ///
    /// # Errors
    /// `LinkNotValid`; `Invalid` for a password that is too weak, and then the link still works.
    pub async fn accept_invitation(
        &self,
        token: &str,
        password: Password,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<SignedIn, ConsoleError> {
        access::accept_invitation(&self.core, token, password, from, now).await
    }

    /// Begins a session with a token of its own.
    ///
    /// # Errors
    /// `SignInRefused`, which does not say why; `TooManyAttempts` with the wait until the next one.
    pub async fn sign_in(
        &self,
        user_name: &str,
        password: Password,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<SignedIn, ConsoleError> {
        access::sign_in(&self.core, user_name, password, from, now).await
    }

    /// Begins a sign-in at the provider, for one browser and ten minutes. `next` is the page to go on with.
    pub async fn begin_at_provider(&self, next: &str, now: Timestamp) -> Result<PendingSignIn, ConsoleError> {
        access::begin_at_provider(&self.core, next, now).await
    }

    /// Takes a sign-in that has come back from the provider; it cannot be taken again.
    ///
    /// # Errors
    /// `SignInExpired` when it is not there, is too old, or belongs to another browser.
    pub async fn take_from_provider(
        &self,
        state: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<ReturnedSignIn, ConsoleError> {
        access::take_from_provider(&self.core, state, browser, now).await
    }

    /// Begins the session of a person whom the provider has signed in. The account is made at the first time; the role is
    /// the provider's at every time.
    ///
    /// # Errors
    /// `NoRole`; `AccountDeactivated`.
    pub async fn sign_in_from_provider(
        &self,
        identity: ProviderIdentity,
        roles: &RoleClaim,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<SignedIn, ConsoleError> {
        access::sign_in_from_provider(&self.core, identity, roles, from, now).await
    }

    /// Whether a person signs in at the provider.
    pub async fn is_from_provider(&self, user_id: &str) -> Result<bool, ConsoleError> {
        Ok(self.core.store.is_from_provider(user_id).await?)
    }

    /// The session with this token; `None` when there is none, or when it has ended. A request that a page sends by
    /// itself (`is_by_person` is false) does not keep it from ending.
    pub async fn session(
        &self,
        token: &str,
        is_by_person: bool,
        now: Timestamp,
    ) -> Result<Option<Session>, ConsoleError> {
        access::use_session(&self.core, token, is_by_person, now).await
    }

    /// Whether a session goes on, for a stream that was begun in it.
    pub async fn session_goes_on(&self, session_id: u64, now: Timestamp) -> Result<bool, ConsoleError> {
        access::goes_on(&self.core, session_id, now).await
    }

    /// Ends the session of the person who asks.
    pub async fn sign_out(&self, session_id: u64) -> Result<(), ConsoleError> {
        access::sign_out(&self.core, session_id).await
    }

    /// Changes when some session was ended. What follows a session looks then whether it is its own.
    pub fn ended_sessions(&self) -> watch::Receiver<u64> {
        self.core.ended_sessions.subscribe()
    }
}

/// The team. Each asks for the permission.
impl Console {
    /// Everybody with an account, with sessions. `current_session` is the one that asks.
    ///
    /// # Errors
    /// `Missing` without `user:read`.
    pub async fn team(
        &self,
        actor: &Actor,
        current_session: Option<u64>,
        now: Timestamp,
    ) -> Result<Team, ConsoleError> {
        access::team(&self.core, actor, current_session, now).await
    }

    /// Adds a person, who chooses a password by the link of the invitation.
    ///
    /// # Errors
    /// `Missing` without `user:write`; `Invalid`; `Conflict` when the user name is taken.
    pub async fn invite(
        &self,
        actor: &Actor,
        person: NewPerson,
        now: Timestamp,
    ) -> Result<Invitation, ConsoleError> {
        access::invite(&self.core, actor, person, now).await
    }

    /// A new link for a person to choose a password; earlier ones stop working.
    ///
    /// # Errors
    /// `Missing` without `user:write`; `NotFound`.
    pub async fn new_link(
        &self,
        actor: &Actor,
        user_id: &str,
        now: Timestamp,
    ) -> Result<Invitation, ConsoleError> {
        access::new_link(&self.core, actor, user_id, now).await
    }

    /// Gives a person another role; the person has to sign in anew.
    ///
    /// # Errors
    /// `Missing` without `user:write`; `NotFound`; `Conflict` for oneself and for the last administrator.
    pub async fn change_role(&self, actor: &Actor, user_id: &str, role: Role) -> Result<(), ConsoleError> {
        access::change_role(&self.core, actor, user_id, role).await
    }

    /// Limits an operator to the devices of a condition; an empty one means every device. The person has to sign in anew.
    /// What the person's jobs have not begun is cancelled where the new scope does not permit it.
    ///
    /// # Errors
    /// `Missing` without `user:write`; `Invalid` on `scope`, at the place of the fault; `NotFound`; `Conflict` for other
    /// roles; `Hub` when the hub could not be asked whether it takes the condition.
    pub async fn set_scope(
        &self,
        actor: &Actor,
        user_id: &str,
        scope: &str,
        group_id: Option<&str>,
    ) -> Result<(), ConsoleError> {
        access::set_scope(&self.core, actor, user_id, scope, group_id).await
    }

    /// Lets a person sign in, or not any more.
    ///
    /// # Errors
    /// As [`Console::change_role`].
    pub async fn set_active(
        &self,
        actor: &Actor,
        user_id: &str,
        is_active: bool,
    ) -> Result<(), ConsoleError> {
        access::set_active(&self.core, actor, user_id, is_active).await
    }

    /// Ends a session: one's own, or with `session:revoke` any person's.
    ///
    /// # Errors
    /// `Missing`; `NotFound`.
    pub async fn revoke_session(&self, actor: &Actor, session_id: u64) -> Result<(), ConsoleError> {
        access::revoke_session(&self.core, actor, session_id).await
    }
}
