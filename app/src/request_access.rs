//! Who a request comes from, as the server hands it to pages and server functions, and the cookies of sessions and of one-time
//! links.

use std::time::Duration;

use console_wire::access::{Actor, TokenInfo, WALL_CODE_LIFE, WHOLE_LIFE};
use http::{HeaderMap, HeaderValue, header};

/// Characters of a token, of a session or of a link.
const TOKEN_LENGTH: usize = 43;
/// Browsers keep no cookie for longer. A wall is revoked, or ends with its cookie.
const WALL_COOKIE_LIFE: Duration = Duration::from_hours(400 * 24);
/// The page of a one-time link has to be sent within this time; then the link is opened again.
const LINK_COOKIE_LIFE: Duration = Duration::from_hours(1);

/// Who a request comes from. The server puts one into the extensions of each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAccess {
    /// Who asks; `None` on the pages before sign-in.
    pub actor: Option<Actor>,
    /// The session, where a person is signed in.
    pub session_id: Option<u64>,
    /// The API token, where the request has one.
    pub token: Option<TokenInfo>,
    /// Whether people have to sign in.
    pub is_sign_in_on: bool,
    /// The cookie of sessions.
    pub cookie: SessionCookie,
    /// What the provider is called at which people can sign in too.
    pub provider: Option<std::sync::Arc<str>>,
    /// The client's address.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
}

impl RequestAccess {
    /// The same for requests that get the same pages.
    pub fn page_key(&self) -> String {
        match &self.actor {
            None => String::new(),
            Some(Actor::LocalOperator) => "local".to_owned(),
            Some(Actor::Wall(_)) => "wall".to_owned(),
            Some(Actor::Person(person)) => {
                // Separated by what no name holds.
                let scope = person.scope.as_deref().unwrap_or_default();
                [&person.user_id, person.role.as_str(), &person.user_name, &person.name, scope].join("\n")
            }
        }
    }
}

/// The cookie that holds a session's token. Scripts cannot read it, and other sites' requests come without it unless they
/// are links. Not `Strict`: a link from elsewhere would lead to the page to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCookie {
    /// Whether browsers reach the server over TLS. Then the name has a prefix with which they accept the cookie only from
    /// this host, over TLS and for all paths.
    pub is_secure: bool,
}

impl SessionCookie {
    /// Its name.
    pub const fn name(self) -> &'static str {
        if self.is_secure { "__Host-fleetcast" } else { "fleetcast" }
    }

    /// The token in a request's cookies.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        token_in(headers, self.name())
    }

    /// Header with which a browser keeps a token.
    pub fn keep(self, token: &str) -> Option<HeaderValue> {
        set_cookie(self.name(), token, WHOLE_LIFE, self.is_secure)
    }

    /// Header with which a browser forgets the token.
    pub fn forget(self) -> Option<HeaderValue> {
        set_cookie(self.name(), "", Duration::ZERO, self.is_secure)
    }

    /// The cookie of a screen that shows the wall, with the same attributes.
    pub const fn of_walls(self) -> WallCookie {
        WallCookie { is_secure: self.is_secure, is_code: false }
    }

    /// The cookie of a screen that asks to show the wall.
    pub const fn of_wall_codes(self) -> WallCookie {
        WallCookie { is_secure: self.is_secure, is_code: true }
    }

    /// The cookie of one-time links, with the same attributes.
    pub const fn of_links(self) -> LinkCookie {
        LinkCookie { is_secure: self.is_secure }
    }
}

/// The cookie that holds the secret part of a one-time link while its page is open. In the address it would stay in the
/// browser's history. Not `Strict`: the link comes from elsewhere, and a browser would not send it after the redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCookie {
    is_secure: bool,
}

impl LinkCookie {
    /// Its name.
    const fn name(self) -> &'static str {
        if self.is_secure { "__Host-fleetcast-link" } else { "fleetcast-link" }
    }

    /// The token in a request's cookies.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        token_in(headers, self.name())
    }

    /// Header with which a browser keeps a token, or forgets what it has if the text is none.
    pub fn keep(self, token: &str) -> Option<HeaderValue> {
        if is_token(token) {
            set_cookie(self.name(), token, LINK_COOKIE_LIFE, self.is_secure)
        } else {
            self.forget()
        }
    }

    /// Header with which a browser forgets the token.
    pub fn forget(self) -> Option<HeaderValue> {
        set_cookie(self.name(), "", Duration::ZERO, self.is_secure)
    }
}

/// The cookie by which a screen that shows the wall is recognised, or one that asks to. Another name than that of sessions:
/// a person may sign in in the same browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallCookie {
    is_secure: bool,
    is_code: bool,
}

impl WallCookie {
    const fn name(self) -> &'static str {
        match (self.is_secure, self.is_code) {
            (true, false) => "__Host-fleetcast-wall",
            (true, true) => "__Host-fleetcast-wall-code",
            (false, false) => "fleetcast-wall",
            (false, true) => "fleetcast-wall-code",
        }
    }

    /// The token in a request's cookies.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        token_in(headers, self.name())
    }

    /// Header with which a browser keeps a token.
    pub fn keep(self, token: &str) -> Option<HeaderValue> {
        let life = if self.is_code { WALL_CODE_LIFE } else { WALL_COOKIE_LIFE };
        set_cookie(self.name(), token, life, self.is_secure)
    }

    /// Header with which a browser forgets the token.
    pub fn forget(self) -> Option<HeaderValue> {
        set_cookie(self.name(), "", Duration::ZERO, self.is_secure)
    }
}

fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == TOKEN_LENGTH && text.bytes().all(is_allowed)
}

/// The token in a request's cookie of this name.
fn token_in(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .find(|value| is_token(value))
        .map(str::to_owned)
}

fn set_cookie(name: &str, value: &str, life: Duration, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let seconds = life.as_secs();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_belongs_to_this_host_alone() {
        for (is_secure, expected) in [
            (true, "__Host-fleetcast=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"),
            (false, "fleetcast=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"),
        ] {
            let header = SessionCookie { is_secure }.keep("t").unwrap();
            assert_eq!(header.to_str().unwrap(), expected);
            assert!(header.is_sensitive());
        }
    }

    #[test]
    fn the_cookie_of_a_link_is_another_one() {
        let token = "b".repeat(TOKEN_LENGTH);
        for (is_secure, name) in [(true, "__Host-fleetcast-link"), (false, "fleetcast-link")] {
            let session = SessionCookie { is_secure };
            let secure = if is_secure { "; Secure" } else { "" };
            let attributes = format!("Path=/; HttpOnly; SameSite=Lax; Max-Age=3600{secure}");
            let kept = session.of_links().keep(&token).unwrap();
            assert_eq!(kept.to_str().unwrap(), format!("{name}={token}; {attributes}"));
            let bad = session.of_links().keep("no; token").unwrap();
            assert!(bad.to_str().unwrap().starts_with(&format!("{name}=; ")), "{bad:?}");
            let cookies = HeaderMap::from_iter([(
                header::COOKIE,
                HeaderValue::try_from(format!("{name}={token}")).unwrap(),
            )]);
            assert_eq!(session.of_links().token(&cookies), Some(token.clone()));
            assert_eq!(session.token(&cookies), None, "it is no session");
        }
    }

    #[test]
    fn a_token_is_found_among_other_cookies() {
        let token = "a".repeat(TOKEN_LENGTH);
        for (cookies, is_found) in [
            (format!("fleetcast_forms=1; fleetcast={token}"), true),
            (format!("fleetcast=short; fleetcast={token}"), true),
            (format!("__Host-fleetcast={token}"), false),
            (format!("xfleetcast={token}"), false),
            (format!("fleetcast={token}x"), false),
            (format!("fleetcast={}", "/".repeat(TOKEN_LENGTH)), false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookies.clone()).unwrap())]);
            let found = SessionCookie { is_secure: false }.token(&headers);
            assert_eq!(found, is_found.then(|| token.clone()), "{cookies}");
        }
    }
}
