//! What each route needs: the one table. A route that is not here is refused, and a test names it.

mod table;

use axum::http::Method;
use console_wire::access::Action;

use self::table::{BY_ITSELF, RECORDED, TABLE};
use crate::audit::Recorded;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anyone, always.
    Public,
    /// Anyone, where people sign in: the way to sign in.
    Accounts,
    /// Whoever is signed in, or has a token.
    SignedIn,
    /// Whoever is signed in: not with a token.
    InSession,
    /// Whoever has the permission.
    Needs(Action),
    /// Whoever has the permission at least on one's own things; the handler shows no others.
    NeedsOnOwn(Action),
    /// The table does not have it.
    Unlisted,
}

use Rule::SignedIn;

/// Whether a person has caused a request of this route.
pub(super) fn is_by_person(route: &str) -> bool {
    !BY_ITSELF.contains(&route)
}

/// Whether the cookie of a screen that shows the wall counts on a route.
pub(super) fn is_wall(route: &str) -> bool {
    ["/wall", "/fn/wall", "/wall/events"].contains(&route)
}

/// What a request needs. An address or a verb that there is not is answered as such, to whoever is signed in.
pub(super) fn rule(method: &Method, route: Option<&str>) -> Rule {
    // Axum's own name of what a nested router does not have.
    let Some(route) = route.filter(|route| !route.contains("__private")) else { return SignedIn };
    let method = super::read_method(method);
    let mut of_route = TABLE.iter().filter(|(_, known, _)| *known == route).peekable();
    if of_route.peek().is_none() {
        return Rule::Unlisted;
    }
    of_route.find(|(verb, ..)| *verb == method.as_str()).map_or(SignedIn, |(.., rule)| *rule)
}

/// How a request is recorded in the audit log: every one that needs a permission to write, and those listed above.
pub(super) fn recorded(method: &Method, route: Option<&str>, rule: Rule) -> Option<Recorded> {
    let route = route?;
    let listed = RECORDED.iter().find(|(verb, known, _)| *verb == method.as_str() && *known == route);
    if let Some((.., recorded)) = listed {
        return Some(*recorded);
    }
    match rule {
        Rule::Needs(action) | Rule::NeedsOnOwn(action) if !method.is_safe() && !action.is_read() => {
            Some(Recorded::As(action.as_str()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A new route that writes is recorded, or listed here with a reason.
    #[test]
    fn every_request_that_writes_is_recorded() {
        let unrecorded: BTreeSet<_> = TABLE
            .iter()
            .filter_map(|(verb, route, rule)| {
                let method = Method::from_bytes(verb.as_bytes()).unwrap();
                let is_recorded = recorded(&method, Some(route), *rule).is_some();
                (!method.is_safe() && !is_recorded).then_some(*route)
            })
            .collect();
        let expected = [
            // Only writes to the server's log.
            "/client-errors",
            // Only reads: counts devices, says when a rule is due, checks the audit log.
            "/api/v1/schedules/preview",
            "/fn/preview-schedule",
            "/fn/count-group",
            "/api/v1/groups/{group_id}/count",
            "/fn/preview",
            "/api/v1/targets/preview",
            "/api/v1/rollout-estimates",
            "/fn/estimate-rollout",
            "/api/v1/registry-changes/preview",
            "/fn/check-audit",
            // A command line asks to sign in, and takes its token. What a person decides about it is recorded.
            "/api/device-authorization",
            "/api/token",
            // The same for a screen.
            "/fn/begin-wall",
            "/fn/connect-wall",
        ];
        assert_eq!(unrecorded, expected.into_iter().collect());
        for (method, route, expected) in [
            (Method::POST, "/api/v1/jobs", Some("job:create")),
            (Method::PATCH, "/api/v1/devices/{device_id}/twin", Some("device:patch")),
            (Method::POST, "/fn/sign-out", Some("session:end")),
            (Method::GET, "/api/v1/jobs", None),
            (Method::GET, "/api/v1/audit", None),
            (Method::OPTIONS, "/api/v1/jobs", None),
        ] {
            let rule = rule(&method, Some(route));
            let found = recorded(&method, Some(route), rule).map(Recorded::action);
            assert_eq!(found, expected, "{method} {route}");
        }
    }

    #[test]
    fn no_route_is_listed_twice() {
        let routes: BTreeSet<_> = TABLE.iter().map(|(verb, route, _)| (verb, route)).collect();
        assert_eq!(routes.len(), TABLE.len());
    }

    // Listing the pages renders them, which needs a runtime.
    #[tokio::test]
    async fn pages_and_functions_are_all_listed() {
        let pages = leptos_axum::generate_route_list(app::App);
        let pages = pages.iter().map(|page| ("GET".to_owned(), page.path().to_owned()));
        let functions = leptos::server_fn::axum::server_fn_paths()
            .map(|(path, method)| (method.to_string(), path.to_owned()));
        let there: BTreeSet<_> = pages.chain(functions).collect();
        assert!(there.len() > 35, "{there:?}");
        let is_of_app = |route: &str| !route.starts_with("/api/") && !is_of_server(route);
        let listed: BTreeSet<_> = TABLE
            .iter()
            .filter(|(_, route, _)| is_of_app(route))
            .map(|(verb, route, _)| ((*verb).to_owned(), (*route).to_owned()))
            .collect();
        let missing: Vec<_> = there.difference(&listed).collect();
        let unknown: Vec<_> = listed.difference(&there).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}, unknown: {unknown:?}");
    }

    /// Routes of the router itself.
    fn is_of_server(route: &str) -> bool {
        [
            "/sign-in/",
            "/pkg/",
            "/fonts/",
            "/favicon.svg",
            "/hub-ca.pem",
            "/healthz",
            "/readyz",
            "/client-errors",
            "/metrics",
            "/wall/events",
        ]
        .iter()
        .any(|start| route.starts_with(start))
    }

    #[test]
    fn the_api_is_listed_as_it_describes_itself() {
        let described: BTreeSet<_> = crate::api::operations().into_iter().collect();
        assert!(described.len() > 30, "{described:?}");
        let listed: BTreeSet<_> = TABLE
            .iter()
            .filter(|(_, route, _)| route.starts_with("/api/v1/"))
            .map(|(verb, route, _)| ((*verb).to_owned(), (*route).to_owned()))
            .collect();
        assert_eq!(listed, described);
    }

    #[test]
    fn what_is_not_listed_is_refused() {
        for (method, route, expected) in [
            (Method::GET, Some("/jobs"), Rule::Needs(Action::JobRead)),
            (Method::HEAD, Some("/jobs"), Rule::Needs(Action::JobRead)),
            (Method::POST, Some("/api/v1/jobs"), Rule::Needs(Action::JobCreate)),
            (Method::OPTIONS, Some("/api/v1/jobs"), SignedIn),
            (Method::GET, Some("/api/v1/secrets"), Rule::Unlisted),
            (Method::GET, Some("/api/v1/{*__private__axum_nest_tail_param}"), SignedIn),
            (Method::GET, None, SignedIn),
        ] {
            assert_eq!(rule(&method, route), expected, "{method} {route:?}");
        }
    }
}
