//! Who a request comes from, and whether it may be made: the check in front of every route.
//!
//! [`guard`] finds who sends the request (`credential`: the session of its cookie, or its API token), asks the table in
//! `routes` what its route needs, and asks [`permit`]. A client that is not signed in learns nothing but the sign-in page.
//! What a person may not see does not exist for that person; what a person may not do is refused with the permission's
//! name. An answer that is still being sent when its session or token ends is broken off (`session_end`). The token of a
//! one-time link is moved from the address into a cookie (`link`).

mod credential;
mod link;
pub(crate) mod provider;
mod routes;
mod session_end;

use std::{net::IpAddr, sync::Arc};

use app::{RequestAccess, SessionCookie, addresses as paths};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use console::{Console, ConsoleError};
use console_wire::access::{Actor, Missing, Subject, permit};

pub(crate) use self::credential::has_token;
use self::{
    credential::Credential,
    routes::{Rule, is_by_person, is_wall, recorded, rule},
};
use crate::{
    audit::{self, Recorded},
    problem::Refusal,
    refusal_log, request_context,
};

/// How people sign in here. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) console: Console,
    /// Whether people have to sign in.
    pub(crate) is_sign_in_on: bool,
    /// The cookie that holds a session's token.
    pub(crate) cookie: SessionCookie,
    /// What the provider is called at which people can sign in too.
    pub(crate) provider: Option<Arc<str>>,
}

/// What becomes of a request.
enum Decision {
    Pass,
    /// To another page.
    Elsewhere(String),
    SignedOut,
    NotThere,
    /// There is something, but not for this person.
    Hidden(Missing),
    Forbidden(Missing),
    /// A token cannot do it, whatever its role.
    SessionNeeded,
}

/// Lets a request pass, or refuses it.
pub(crate) async fn guard(State(access): State<Access>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let rule = rule(request.method(), route.as_deref());
    let by_person = route.as_deref().is_none_or(is_by_person);
    if access.is_sign_in_on
        && let Some(response) = link::move_out_of_address(&request, access.cookie.of_links())
    {
        return response;
    }
    let of_wall = route.as_deref().is_some_and(is_wall);
    let found = credential::find(&access, request.uri(), request.headers(), by_person, of_wall).await;
    let credential = match found {
        Ok(credential) => credential,
        Err(error) => return with_challenge(Refusal::from(error).into_response()),
    };
    let actor = if access.is_sign_in_on {
        credential.as_ref().map(Credential::actor)
    } else {
        Some(Actor::LocalOperator)
    };
    let has_token = matches!(credential, Some(Credential::Token(_)));
    let decision = decide(rule, access.is_sign_in_on, actor.as_ref(), has_token, &request);
    let ends_with = credential.as_ref().map(Credential::id);
    let user_agent = text(request.headers(), &header::USER_AGENT).map(str::to_owned);
    let sender = RequestAccess {
        actor,
        session_id: credential.as_ref().and_then(Credential::session_id),
        token: credential.and_then(Credential::token),
        is_sign_in_on: access.is_sign_in_on,
        cookie: access.cookie,
        provider: access.provider.clone(),
        address: request_context::client().map(|address| address.to_string()),
        user_agent,
    };
    match decision {
        Decision::Pass => {}
        Decision::Elsewhere(address) => return Redirect::to(&address).into_response(),
        Decision::SignedOut => return signed_out(),
        Decision::NotThere => return not_there(),
        Decision::Hidden(missing) => {
            access.record_refusal(missing, &sender, request).await;
            return not_there();
        }
        Decision::Forbidden(missing) => {
            access.record_refusal(missing, &sender, request).await;
            return forbidden(missing);
        }
        Decision::SessionNeeded => return session_needed(),
    }
    request.extensions_mut().insert(sender.clone());
    let mut response = match recorded(request.method(), route.as_deref(), rule) {
        Some(recorded) => audit::record(&access.console, recorded, &sender, request, next).await,
        None => next.run(request).await,
    };
    if ends_with.is_some() {
        // The next user of the browser must not find it there.
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    match ends_with {
        Some(credential) => session_end::break_off(response, access.console, credential),
        None => response,
    }
}

impl Access {
    /// Records a request that is refused for want of a permission.
    async fn record_refusal(&self, missing: Missing, sender: &RequestAccess, request: Request) {
        if let Ok((request, subject)) = audit::with_subject(request).await {
            let recorded = Recorded::As(missing.action.as_str());
            audit::record_refusal(&self.console, audit::act(recorded, sender, &request, subject)).await;
        }
    }
}

fn decide(
    rule: Rule,
    is_sign_in_on: bool,
    actor: Option<&Actor>,
    has_token: bool,
    request: &Request,
) -> Decision {
    let path = request.uri().path();
    let is_page = request.method().is_safe() && !is_for_programs(path);
    let action = match rule {
        Rule::Accounts if !is_sign_in_on => {
            return if is_page {
                Decision::Elsewhere(paths::OVERVIEW.to_owned())
            } else {
                Decision::NotThere
            };
        }
        // Whoever is signed in goes on at once.
        Rule::Accounts if path == paths::SIGN_IN && actor.is_some() => {
            return Decision::Elsewhere(paths::next_of(request.uri().query().unwrap_or_default()));
        }
        Rule::Public | Rule::Accounts => return Decision::Pass,
        Rule::InSession if has_token => return Decision::SessionNeeded,
        Rule::SignedIn | Rule::InSession => None,
        Rule::Needs(action) | Rule::NeedsOnOwn(action) => Some(action),
        Rule::Unlisted => {
            tracing::error!(path, "this route has no permission; it is refused");
            return Decision::NotThere;
        }
    };
    let Some(actor) = actor else {
        let whole = request.uri().path_and_query().map_or("/", |whole| whole.as_str());
        return if is_page { Decision::Elsewhere(paths::sign_in(whole)) } else { Decision::SignedOut };
    };
    let subject = match (rule, actor) {
        (Rule::NeedsOnOwn(_), Actor::Person(person)) => Subject::OwnedBy(&person.user_id),
        _ => Subject::Any,
    };
    match action.map(|action| permit(actor, action, subject)) {
        None | Some(Ok(())) => Decision::Pass,
        Some(Err(missing)) if missing.action.is_read() => Decision::Hidden(missing),
        Some(Err(missing)) => Decision::Forbidden(missing),
    }
}

/// Whether an address is not a page: a program or a script of a page asks.
fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/fn/") || ["/metrics", "/wall/events"].contains(&path)
}

fn signed_out() -> Response {
    refusal_log::refused("signed-out", "the request has neither a session nor a token");
    let detail = "Nothing was changed. Sign in, then go back and try again; a program sends an API token.";
    with_challenge(
        Refusal::new(StatusCode::UNAUTHORIZED, "signed-out", "You are not signed in", detail).into_response(),
    )
}

/// Says how to authenticate, as RFC 9110 demands of 401.
fn with_challenge(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn session_needed() -> Response {
    refusal_log::refused("session-needed", "a token cannot do it");
    let detail = "A token cannot make tokens: whoever found one could keep access after it was revoked. Sign in to do it.";
    Refusal::new(StatusCode::FORBIDDEN, "session-needed", "API tokens cannot do this", detail).into_response()
}

fn not_there() -> Response {
    refusal_log::refused("not-found", "there is nothing here, or not for this person");
    Refusal::not_found("There is nothing at this address.").into_response()
}

fn forbidden(missing: Missing) -> Response {
    refusal_log::refused("permission-missing", missing.action.as_str());
    Refusal::from(ConsoleError::Missing(missing)).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The address of a client behind so many trusted proxies: each of them adds the address that it was called from at the
/// end of `X-Forwarded-For`. What is further to the front may be made up.
pub(crate) fn client_behind(proxies: u8, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let Some(from_end) = usize::from(proxies).checked_sub(1) else { return peer };
    let forwarded: Vec<_> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let address = forwarded.iter().rev().nth(from_end).and_then(|address| address.parse().ok());
    address.or(peer)
}

/// Whether a method reads.
fn read_method(method: &Method) -> Method {
    if method == Method::HEAD { Method::GET } else { method.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_name_the_client() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        for (proxies, forwarded, client) in [
            (0, vec!["203.0.113.9"], "10.0.0.1"),
            (1, vec!["203.0.113.9"], "203.0.113.9"),
            (1, vec!["198.51.100.7, 203.0.113.9"], "203.0.113.9"),
            (1, vec!["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
            (2, vec!["198.51.100.7, 203.0.113.9"], "198.51.100.7"),
            (2, vec!["203.0.113.9"], "10.0.0.1"),
            (1, vec!["unknown"], "10.0.0.1"),
            (1, vec!["2001:db8::7"], "2001:db8::7"),
            (1, vec![], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for value in &forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
            }
            let found = client_behind(proxies, Some(peer), &headers);
            assert_eq!(found, Some(client.parse().unwrap()), "{proxies} {forwarded:?}");
        }
    }
}
