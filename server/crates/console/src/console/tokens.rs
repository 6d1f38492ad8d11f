//! API tokens, service accounts, one's own account, and command lines that sign in. What depends on the time is given it.

use console_wire::access::{
    Actor, DeviceLogin, LoginDecision, MadeToken, NewServiceAccount, NewToken, Password, ServiceAccount,
    ServiceAccounts, SessionInfo, TokenInfo, Tokens,
};
use hub_wire::Timestamp;

use super::Console;
use crate::{
    ConsoleError,
    access::{self, DeviceLoginCodes, GrantedLogin, PollRefusal, SignInFrom, SignedIn, TokenUse, TokensOf},
};

/// Tokens.
impl Console {
    /// Makes a token, for the person who asks or for a service account. Its text is in the answer and nowhere else.
    ///
    /// # Errors
    /// `Missing` for a service account without `token:create`; `Invalid` with every field at fault, such as a role that its
    /// owner does not have; `NotFound`; `Conflict` when the owner has too many.
    pub async fn create_token(
        &self,
        actor: &Actor,
        token: NewToken,
        now: Timestamp,
    ) -> Result<MadeToken, ConsoleError> {
        access::create_token(&self.core, actor, token, now).await
    }

    /// Finds the token of a request. The person in the answer has the lower of the token's role and the owner's role.
    ///
    /// # Errors
    /// `TokenRefused` with the reason; `TooManyWrongTokens` for an address that has sent too many.
    pub async fn use_token(
        &self,
        text: &str,
        address: Option<&str>,
        now: Timestamp,
    ) -> Result<TokenUse, ConsoleError> {
        access::use_token(&self.core, text, address, now).await
    }

    /// Whether a token can still be used, for a stream that was begun with it.
    pub async fn token_goes_on(&self, token_id: u64, now: Timestamp) -> Result<bool, ConsoleError> {
        access::token_goes_on(&self.core, token_id, now).await
    }

    /// Lists tokens, the newest first.
    ///
    /// # Errors
    /// `Missing` for everybody's without `token:read`.
    pub async fn tokens(&self, actor: &Actor, of: TokensOf, now: Timestamp) -> Result<Tokens, ConsoleError> {
        access::tokens(&self.core, actor, of, now).await
    }

    /// Revokes a token: one's own, or with `token:revoke` any person's. Returns it as it was.
    ///
    /// # Errors
    /// `NotFound`, also for a token that one may not see.
    pub async fn revoke_token(
        &self,
        actor: &Actor,
        token_id: u64,
        now: Timestamp,
    ) -> Result<TokenInfo, ConsoleError> {
        access::revoke_token(&self.core, actor, token_id, now).await
    }

    /// Lists service accounts, by name.
    ///
    /// # Errors
    /// `Missing` without `user:read`.
    pub async fn service_accounts(
        &self,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<ServiceAccounts, ConsoleError> {
        access::service_accounts(&self.core, actor, now).await
    }

    /// Adds a service account.
    ///
    /// # Errors
    /// `Missing` without `user:write`; `Invalid`; `Conflict` when the user name is taken.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        account: NewServiceAccount,
        now: Timestamp,
    ) -> Result<ServiceAccount, ConsoleError> {
        access::create_service_account(&self.core, actor, account, now).await
    }
}

/// One's own account.
impl Console {
    /// Where the person who asks is signed in. `current_session` is the session that asks.
    ///
    /// # Errors
    /// `NotHere` while sign-in is off.
    pub async fn own_sessions(
        &self,
        actor: &Actor,
        current_session: Option<u64>,
        now: Timestamp,
    ) -> Result<Vec<SessionInfo>, ConsoleError> {
        access::own_sessions(&self.core, actor, current_session, now).await
    }

    /// Replaces the password of the person who asks; all sessions end, and one begins for this browser.
    ///
    /// # Errors
    /// `Invalid` for a wrong current password and for a weak new one; `TooManyAttempts`.
    pub async fn change_password(
        &self,
        actor: &Actor,
        current: Password,
        new: Password,
        from: &SignInFrom,
        now: Timestamp,
    ) -> Result<SignedIn, ConsoleError> {
        access::change_password(&self.core, actor, current, new, from, now).await
    }
}

/// Command lines that sign in: RFC 8628.
impl Console {
    /// Makes the two codes of a command line; `None` when too many ask.
    pub async fn begin_device_login(
        &self,
        machine: &str,
        address: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<DeviceLoginCodes>, ConsoleError> {
        access::begin_device_login(&self.core, machine, address, now).await
    }

    /// The command line that shows this code.
    ///
    /// # Errors
    /// `Invalid` for a code that none shows; `TooManyAttempts` after ten of those within a minute.
    pub async fn device_login(
        &self,
        actor: &Actor,
        user_code: &str,
        now: Timestamp,
    ) -> Result<DeviceLogin, ConsoleError> {
        access::device_login(&self.core, actor, user_code, now).await
    }

    /// Allows or denies a command line.
    ///
    /// # Errors
    /// As [`Console::device_login`]; `Invalid` for a role that the person does not have; `Conflict` when it was answered.
    pub async fn decide_device_login(
        &self,
        actor: &Actor,
        user_code: &str,
        decision: LoginDecision,
        now: Timestamp,
    ) -> Result<(), ConsoleError> {
        access::decide_device_login(&self.core, actor, user_code, decision, now).await
    }

    /// Answers a poll of a command line: the token once, or why there is none.
    pub async fn poll_device_login(
        &self,
        device_code: &str,
        now: Timestamp,
    ) -> Result<Result<GrantedLogin, PollRefusal>, ConsoleError> {
        access::poll_device_login(&self.core, device_code, now).await
    }
}
