//! Signing in and out, the first administrator, invitations, one's own password.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::access::{Password, Person};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A plain form that was refused: what was typed, except passwords, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct RefusedForm {
    /// The person's name.
    pub(crate) name: String,
    /// What the person types to sign in.
    pub(crate) user_name: String,
    /// Why.
    pub(crate) error: Option<ApiError>,
}

/// What a one-time link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkView {
    /// Whose password it sets; `None` for the first administrator.
    pub(crate) person: Option<Person>,
    /// Until when it works.
    pub(crate) ends: Timestamp,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// Begins a session. A plain form is redirected to `next`, or back with the reason.
#[server(prefix = "/fn", endpoint = "sign-in")]
pub(crate) async fn sign_in(
    user_name: String,
    password: Password,
    #[server(default)] next: String,
) -> Result<Person, ApiError> {
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    let signed_in = console.sign_in(&user_name, password, &ssr::from()?, now).await;
    match signed_in {
        Ok(signed_in) => ssr::begin(signed_in, &next),
        Err(error) => {
            let form = RefusedForm { user_name, ..RefusedForm::default() };
            ssr::refuse(form, error, |key| crate::paths::sign_in_refused(&next, key))
        }
    }
}

/// Creates the first administrator by a one-time link, and begins a session. Without a token it is the one of the cookie.
#[server(prefix = "/fn", endpoint = "set-up")]
pub(crate) async fn set_up(
    #[server(default)] token: String,
    name: String,
    user_name: String,
    password: Password,
) -> Result<Person, ApiError> {
    let now = std::time::SystemTime::now().into();
    let administrator =
        console::FirstAdministrator { name: name.clone(), user_name: user_name.clone(), password };
    let console = super::ssr::console()?;
    match console.set_up(&ssr::link_token(token)?, administrator, &ssr::from()?, now).await {
        Ok(signed_in) => ssr::begin_by_link(signed_in, crate::paths::TEAM),
        Err(error) => {
            let form = RefusedForm { name, user_name, error: None };
            ssr::refuse(form, error, |key| crate::paths::with_query(crate::paths::SETUP, &[("refused", key)]))
        }
    }
}

/// Sets the password of an invited person by a one-time link, and begins a session. Without a token it is the one of the
/// cookie.
#[server(prefix = "/fn", endpoint = "accept-invitation")]
pub(crate) async fn accept_invitation(
    #[server(default)] token: String,
    password: Password,
) -> Result<Person, ApiError> {
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    match console.accept_invitation(&ssr::link_token(token)?, password, &ssr::from()?, now).await {
        Ok(signed_in) => ssr::begin_by_link(signed_in, crate::paths::OVERVIEW),
        Err(error) => ssr::refuse(RefusedForm::default(), error, |key| {
            crate::paths::with_query(crate::paths::INVITATION, &[("refused", key)])
        }),
    }
}

/// Replaces one's own password. All sessions end, and one begins for this browser.
#[server(prefix = "/fn", endpoint = "change-password")]
pub(crate) async fn change_password(
    current_password: Password,
    password: Password,
) -> Result<Person, ApiError> {
    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    let actor = super::ssr::actor()?;
    match console.change_password(&actor, current_password, password, &ssr::from()?, now).await {
        Ok(signed_in) => ssr::begin(signed_in, crate::paths::ACCOUNT),
        Err(error) => ssr::refuse(RefusedForm::default(), error, |key| {
            crate::paths::with_query(crate::paths::ACCOUNT, &[("refused", key)])
        }),
    }
}

/// Ends the session, and redirects to the page to sign in.
#[server(prefix = "/fn", endpoint = "sign-out")]
pub(crate) async fn sign_out() -> Result<(), ApiError> {
    let access = super::ssr::access()?;
    let Some(session_id) = access.session_id else {
        return Err(super::ssr::with_status(ApiError::not_found(
            "You are not signed in",
            "This console has no sign-in, so there is no session to end.",
        )));
    };
    let console = super::ssr::console()?;
    let is_from_provider = match access.actor.and_then(|actor| actor.person()) {
        Some(person) => console.is_from_provider(&person.user_id).await.map_err(super::ssr::refuse)?,
        None => false,
    };
    console.sign_out(session_id).await.map_err(super::ssr::refuse)?;
    ssr::set_cookie(access.cookie.forget());
    // The provider has a session too.
    let ends_there = is_from_provider && access.provider.is_some();
    super::ssr::redirect(if ends_there { crate::paths::SIGN_IN_ENDED } else { crate::paths::SIGN_IN });
    Ok(())
}

/// What the one-time link of the cookie is for.
#[server(prefix = "/fn", endpoint = "one-time-link", input = GetUrl)]
pub(crate) async fn read_link() -> Result<LinkView, ApiError> {
    let as_of = std::time::SystemTime::now().into();
    let token = ssr::link_token(String::new())?;
    let link = super::ssr::console()?.link(&token, as_of).await.map_err(super::ssr::refuse)?;
    Ok(LinkView { person: link.person, ends: link.ends, as_of })
}

/// A plain form that was refused, while it is kept.
#[server(prefix = "/fn", endpoint = "refused-form", input = GetUrl)]
pub(crate) async fn read_refused_form(refused: String) -> Result<RefusedForm, ApiError> {
    Ok(super::PlainFormResults::from_context()?.refused(&refused).unwrap_or_default())
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::{ConsoleError, SignInFrom, SignedIn};
    use console_wire::access::Person;
    use http::{HeaderValue, header};
    use leptos::prelude::use_context;

    use super::{super::PlainFormResults, ApiError, RefusedForm};
    use crate::paths;

    /// Where the person signs in.
    pub(super) fn from() -> Result<SignInFrom, ApiError> {
        let access = crate::api::ssr::access()?;
        Ok(SignInFrom {
            address: access.address,
            user_agent: access.user_agent,
            session_id: access.session_id,
        })
    }

    /// The token of a one-time link: that of the call, or that of the browser's cookie. Empty where there is none; no link has
    /// an empty token.
    pub(super) fn link_token(token: String) -> Result<String, ApiError> {
        if !token.is_empty() {
            return Ok(token);
        }
        let cookie = crate::api::ssr::access()?.cookie.of_links();
        let parts = use_context::<http::request::Parts>();
        Ok(parts.and_then(|parts| cookie.token(&parts.headers)).unwrap_or_default())
    }

    /// The same as [`begin`]; the link has been used.
    pub(super) fn begin_by_link(signed_in: SignedIn, next: &str) -> Result<Person, ApiError> {
        set_cookie(crate::api::ssr::access()?.cookie.of_links().forget());
        begin(signed_in, next)
    }

    /// Gives the browser its session, and redirects a plain form to a page.
    pub(super) fn begin(signed_in: SignedIn, next: &str) -> Result<Person, ApiError> {
        set_cookie(crate::api::ssr::access()?.cookie.keep(signed_in.expose_token()));
        if crate::api::ssr::is_plain_form() {
            let next = paths::next_page(next);
            crate::api::ssr::redirect(if next.is_empty() { paths::OVERVIEW } else { next });
        }
        Ok(signed_in.person)
    }

    /// Keeps a plain form that was refused, and leads back to its page.
    pub(super) fn refuse<T>(
        form: RefusedForm,
        error: ConsoleError,
        page: impl FnOnce(&str) -> String,
    ) -> Result<T, ApiError> {
        let error = crate::api::ssr::refuse(error);
        if crate::api::ssr::is_plain_form() {
            let form = RefusedForm { error: Some(error.clone()), ..form };
            let key = PlainFormResults::from_context()?.keep_refused(form);
            crate::api::ssr::redirect(&page(&key));
        }
        Err(error)
    }

    pub(super) fn set_cookie(cookie: Option<HeaderValue>) {
        if let (Some(response), Some(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}
