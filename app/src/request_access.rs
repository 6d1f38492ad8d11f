//! Who a request comes from, as the server hands it to pages and server functions, and the cookie of a session.

use console_wire::access::{Actor, WHOLE_LIFE};
use http::{HeaderMap, HeaderValue, header};

/// Characters of a session's token.
const TOKEN_LENGTH: usize = 43;

/// Who a request comes from. The server puts one into the extensions of each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAccess {
    /// Who asks; `None` on the pages before sign-in.
    pub actor: Option<Actor>,
    /// The session, where somebody is signed in.
    pub session_id: Option<u64>,
    /// Whether people have to sign in.
    pub is_sign_in_on: bool,
    /// The cookie of sessions.
    pub cookie: SessionCookie,
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
            Some(Actor::Person(person)) => {
                format!("{} {} {} {}", person.user_id, person.role.as_str(), person.user_name, person.name)
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
        let is_token = |value: &&str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            value.len() == TOKEN_LENGTH && value.bytes().all(is_allowed)
        };
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(self.name())?.strip_prefix('='))
            .find(is_token)
            .map(str::to_owned)
    }

    /// Header with which a browser keeps a token.
    pub fn keep(self, token: &str) -> Option<HeaderValue> {
        self.header(token, WHOLE_LIFE.as_secs())
    }

    /// Header with which a browser forgets the token.
    pub fn forget(self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = self.name();
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
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
