//! By what a request shows who sends it: an API token in its `Authorization` header, or a session's cookie.
//!
//! A token counts on the API and on `/metrics`, which programs call, and there it counts instead of a cookie. Pages and their
//! functions look at the cookie only. The cookie of a screen that shows the wall counts on the wall alone, where no person
//! is signed in. Other `Authorization` headers, such as those of a proxy in front, mean nothing here.

use axum::http::{HeaderMap, Uri, header};
use console::{ConsoleError, Session, TokenUse};
use console_wire::access::{Actor, TokenInfo, TokenText, WallScreen};

use super::Access;
use crate::request_context;

/// What a request was recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credential {
    Session(Session),
    Token(Box<TokenUse>),
    Wall(WallScreen),
}

/// The same without what it gives rights to: what an answer ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CredentialId {
    Session(u64),
    Token(u64),
    Wall(u64),
}

impl Credential {
    /// Who its requests come from.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Session(session) => session.actor(),
            Self::Token(token) => token.actor(),
            Self::Wall(screen) => Actor::Wall(screen.clone()),
        }
    }

    pub(super) fn id(&self) -> CredentialId {
        match self {
            Self::Session(session) => CredentialId::Session(session.session_id),
            Self::Token(token) => CredentialId::Token(token.info.token_id),
            Self::Wall(screen) => CredentialId::Wall(screen.wall_id),
        }
    }

    pub(super) fn session_id(&self) -> Option<u64> {
        match self {
            Self::Session(session) => Some(session.session_id),
            Self::Token(_) | Self::Wall(_) => None,
        }
    }

    pub(super) fn token(self) -> Option<TokenInfo> {
        match self {
            Self::Session(_) | Self::Wall(_) => None,
            Self::Token(token) => Some(token.info),
        }
    }
}

/// What a request is recognised by; nothing while sign-in is off. `is_by_person` as for [`console::Console::session`];
/// `is_wall`: whether a screen that shows the wall may ask too.
pub(super) async fn find(
    access: &Access,
    uri: &Uri,
    headers: &HeaderMap,
    is_by_person: bool,
    is_wall: bool,
) -> Result<Option<Credential>, ConsoleError> {
    if !access.is_sign_in_on {
        return Ok(None);
    }
    let now = std::time::SystemTime::now().into();
    if let Some(text) = token(uri, headers) {
        let address = request_context::client().map(|address| address.to_string());
        let token = access.console.use_token(text, address.as_deref(), now).await?;
        return Ok(Some(Credential::Token(Box::new(token))));
    }
    if let Some(token) = access.cookie.token(headers)
        && let Some(session) = access.console.session(&token, is_by_person, now).await?
    {
        return Ok(Some(Credential::Session(session)));
    }
    match access.cookie.of_walls().token(headers).filter(|_| is_wall) {
        Some(token) => Ok(access.console.use_wall(&token, now).await?.map(Credential::Wall)),
        None => Ok(None),
    }
}

/// Whether a request shows by a token who sends it. No other site can make a browser send one: for that header the browser
/// asks first, and is refused.
pub(crate) fn has_token(uri: &Uri, headers: &HeaderMap) -> bool {
    token(uri, headers).is_some()
}

/// The text of a request's token, which may be wrong.
fn token<'a>(uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    if !uri.path().starts_with("/api/") && uri.path() != "/metrics" {
        return None;
    }
    let values = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok());
    let mut tokens = values.filter_map(|value| {
        let (scheme, text) = value.split_once(' ')?;
        let text = text.trim();
        (scheme.eq_ignore_ascii_case("bearer") && TokenText::is_meant(text)).then_some(text)
    });
    tokens.next()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn tokens_count_where_programs_call() {
        for (path, value, expected) in [
            ("/api/v1/jobs", "Bearer fct_abc", Some("fct_abc")),
            ("/api/v1/jobs", "bearer  fct_abc ", Some("fct_abc")),
            ("/metrics", "Bearer fct_abc", Some("fct_abc")),
            ("/api/v1/jobs", "Bearer eyJhbGciOi", None),
            ("/api/v1/jobs", "Basic fct_abc", None),
            ("/api/v1/jobs", "fct_abc", None),
            ("/fn/create-job", "Bearer fct_abc", None),
            ("/jobs", "Bearer fct_abc", None),
            ("/healthz", "Bearer fct_abc", None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(token(&Uri::from_static(path), &headers), expected, "{path} {value}");
        }
        let mut both = HeaderMap::new();
        for value in ["Basic YTpi", "Bearer fct_abc"] {
            both.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        assert_eq!(token(&Uri::from_static("/api/v1/hub"), &both), Some("fct_abc"), "beside that of a proxy");
        assert!(!has_token(&Uri::from_static("/api/v1/hub"), &HeaderMap::new()));
    }
}
