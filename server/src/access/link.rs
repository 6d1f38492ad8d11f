//! One-time links: their token leaves the address with the first request. An address stays in the browser's history, is shown to
//! whoever looks at the screen, and is in the log of every proxy that is asked for it again.

use app::{LinkCookie, addresses as paths};
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

/// Leads the page of a one-time link to its address without the token, which the browser keeps in a cookie.
pub(super) fn move_out_of_address(request: &Request, cookie: LinkCookie) -> Option<Response> {
    let path = request.uri().path();
    if !request.method().is_safe() || ![paths::SETUP, paths::INVITATION].contains(&path) {
        return None;
    }
    let (token, rest) = split(request.uri().query().unwrap_or_default())?;
    let address = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    let mut response = Redirect::to(&address).into_response();
    let headers = response.headers_mut();
    headers.extend(cookie.keep(token).map(|cookie| (header::SET_COOKIE, cookie)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}

/// The token in a query, and the query without it. A token has no character that is encoded.
fn split(query: &str) -> Option<(&str, String)> {
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("token=")).collect();
    Some((token, rest.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_out_of_the_query() {
        for (query, expected) in [
            ("token=abc", Some(("abc", ""))),
            ("refused=k&token=abc", Some(("abc", "refused=k"))),
            ("token=abc&token=def&x=1", Some(("abc", "x=1"))),
            ("token=", Some(("", ""))),
            ("refused=k", None),
            ("", None),
        ] {
            let found = split(query);
            assert_eq!(found.as_ref().map(|(token, rest)| (*token, rest.as_str())), expected, "{query}");
        }
    }
}
