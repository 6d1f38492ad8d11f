//! What each route needs: the one table. A route that is not here is refused, and a test names it.

use axum::http::Method;
use console_wire::{access::Action, audit};

use crate::audit::Recorded;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anybody, always.
    Public,
    /// Anybody, where people sign in: the way to sign in.
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

use Rule::{Accounts, InSession, Needs, NeedsOnOwn, Public, SignedIn};

const JOB_READ: Rule = Needs(Action::JobRead);
const JOB_CREATE: Rule = Needs(Action::JobCreate);
const JOB_CANCEL: Rule = Needs(Action::JobCancel);
const JOB_RERUN: Rule = Needs(Action::JobRerun);
const JOB_HANDLE: Rule = Needs(Action::JobHandle);
const JOB_APPROVE: Rule = Needs(Action::JobApprove);
const TEMPLATE_WRITE: Rule = Needs(Action::TemplateWrite);
const GROUP_WRITE: Rule = Needs(Action::GroupWrite);
const SCHEDULE_READ: Rule = Needs(Action::ScheduleRead);
const SCHEDULE_WRITE: Rule = Needs(Action::ScheduleWrite);
const DEVICE_READ: Rule = Needs(Action::DeviceRead);
const DEVICE_INVOKE: Rule = Needs(Action::DeviceInvoke);
const DEVICE_KEYS: Rule = Needs(Action::DeviceKeys);
const DEVICE_PATCH: Rule = Needs(Action::DevicePatch);
const DEVICE_WRITE: Rule = Needs(Action::DeviceWrite);
const MESSAGE_SEND: Rule = Needs(Action::MessageSend);
const TELEMETRY_READ: Rule = Needs(Action::TelemetryRead);
const SIMULATOR_WRITE: Rule = Needs(Action::SimulatorWrite);
const METRICS_READ: Rule = Needs(Action::MetricsRead);
const USER_READ: Rule = Needs(Action::UserRead);
const USER_WRITE: Rule = Needs(Action::UserWrite);
const AUDIT_READ: Rule = NeedsOnOwn(Action::AuditRead);
const WALL_WRITE: Rule = Needs(Action::WallWrite);
const WEBHOOK_READ: Rule = Needs(Action::WebhookRead);
const WEBHOOK_WRITE: Rule = Needs(Action::WebhookWrite);

/// Verb, route, rule. `HEAD` is as `GET`.
const TABLE: &[(&str, &str, Rule)] = &[
    // Files of the site, health.
    ("GET", "/pkg/{*path}", Public),
    ("GET", "/fonts/{*path}", Public),
    ("GET", "/favicon.svg", Public),
    ("GET", "/healthz", Public),
    ("GET", "/readyz", Public),
    ("POST", "/client-errors", Public),
    ("GET", "/metrics", METRICS_READ),
    // The way to sign in.
    ("GET", "/sign-in", Accounts),
    ("GET", "/sign-in/provider", Accounts),
    ("GET", "/sign-in/callback", Accounts),
    ("GET", "/sign-in/ended", Accounts),
    ("GET", "/setup", Accounts),
    ("GET", "/invitation", Accounts),
    ("POST", "/fn/sign-in", Accounts),
    ("POST", "/fn/set-up", Accounts),
    ("POST", "/fn/accept-invitation", Accounts),
    ("GET", "/fn/one-time-link", Accounts),
    ("GET", "/fn/refused-form", Accounts),
    ("POST", "/fn/sign-out", SignedIn),
    // Pages.
    ("GET", "/", JOB_READ),
    ("GET", "/jobs", JOB_READ),
    ("GET", "/jobs/new", JOB_READ),
    ("GET", "/jobs/{id}", JOB_READ),
    ("GET", "/jobs/{id}/compare", JOB_READ),
    ("GET", "/devices", DEVICE_READ),
    ("GET", "/devices/{id}", DEVICE_READ),
    ("GET", "/devices/{id}/modules/{module}", DEVICE_READ),
    ("GET", "/jobs/{id}/devices/{device}/twin", JOB_READ),
    ("GET", "/devices/compare", DEVICE_READ),
    ("GET", "/devices/{id}/messages", DEVICE_READ),
    ("GET", "/groups/{id}/telemetry", TELEMETRY_READ),
    ("GET", "/approvals", JOB_READ),
    ("GET", "/simulator", DEVICE_READ),
    ("GET", "/team", USER_READ),
    ("GET", "/groups", DEVICE_READ),
    ("GET", "/groups/new", DEVICE_READ),
    ("GET", "/groups/{id}", DEVICE_READ),
    ("GET", "/groups/{id}/edit", DEVICE_READ),
    // Functions of the pages.
    ("GET", "/fn/overview", JOB_READ),
    ("GET", "/fn/tag-matrix", DEVICE_READ),
    ("GET", "/fn/jobs", JOB_READ),
    ("GET", "/fn/job-snapshot", JOB_READ),
    ("GET", "/fn/job-form", JOB_READ),
    ("GET", "/fn/job-sync", JOB_READ),
    ("GET", "/fn/job-reach", JOB_READ),
    ("GET", "/fn/results", JOB_READ),
    ("GET", "/fn/result", JOB_READ),
    ("GET", "/fn/next-failure", JOB_READ),
    ("GET", "/fn/landing-cell", JOB_READ),
    ("GET", "/fn/compare-runs", JOB_READ),
    ("GET", "/fn/form-sources", JOB_READ),
    ("GET", "/fn/find", JOB_READ),
    ("POST", "/fn/create-job", JOB_CREATE),
    ("POST", "/fn/cancel-job", JOB_CANCEL),
    ("POST", "/fn/rerun-job", JOB_RERUN),
    ("GET", "/fn/rollout", JOB_READ),
    ("GET", "/fn/approvals", JOB_READ),
    ("GET", "/fn/approvals-waiting", JOB_READ),
    // Estimates and changes nothing.
    ("POST", "/fn/estimate-rollout", JOB_READ),
    ("POST", "/fn/pause-job", JOB_HANDLE),
    ("POST", "/fn/resume-job", JOB_HANDLE),
    ("POST", "/fn/next-wave", JOB_HANDLE),
    ("POST", "/fn/decide-approval", JOB_APPROVE),
    ("POST", "/fn/save-template", TEMPLATE_WRITE),
    ("POST", "/fn/delete-template", TEMPLATE_WRITE),
    // Counts devices and changes nothing.
    ("POST", "/fn/preview", DEVICE_READ),
    ("GET", "/fn/hub", DEVICE_READ),
    ("GET", "/fn/devices", DEVICE_READ),
    ("GET", "/fn/count-devices", DEVICE_READ),
    ("GET", "/fn/device-facet", DEVICE_READ),
    ("GET", "/fn/device", DEVICE_READ),
    ("GET", "/fn/device-history", DEVICE_READ),
    // Connections and modules.
    ("GET", "/hub-ca.pem", DEVICE_READ),
    ("GET", "/fn/connections", DEVICE_READ),
    ("GET", "/fn/refusals", DEVICE_READ),
    ("GET", "/fn/connect-guide", DEVICE_READ),
    ("POST", "/fn/create-device-token", DEVICE_KEYS),
    ("GET", "/fn/modules", DEVICE_READ),
    ("GET", "/fn/module", DEVICE_READ),
    ("POST", "/fn/patch-module-twin", DEVICE_PATCH),
    ("POST", "/fn/invoke-module-method", DEVICE_INVOKE),
    ("GET", "/fn/nearest-devices", DEVICE_READ),
    ("GET", "/fn/device-call", DEVICE_READ),
    ("GET", "/fn/device-scope", DEVICE_READ),
    ("GET", "/fn/device-messages", DEVICE_READ),
    ("GET", "/fn/followed-group", TELEMETRY_READ),
    ("GET", "/fn/compare-twins", DEVICE_READ),
    ("GET", "/fn/twin-change", JOB_READ),
    ("POST", "/fn/send-message", MESSAGE_SEND),
    ("POST", "/fn/patch-twin", DEVICE_PATCH),
    ("POST", "/fn/invoke-method", DEVICE_INVOKE),
    ("GET", "/fn/simulator", DEVICE_READ),
    ("POST", "/fn/change-simulator", SIMULATOR_WRITE),
    ("GET", "/fn/team", USER_READ),
    ("POST", "/fn/invite", USER_WRITE),
    ("POST", "/fn/new-link", USER_WRITE),
    ("POST", "/fn/change-role", USER_WRITE),
    ("POST", "/fn/set-active", USER_WRITE),
    ("POST", "/fn/set-scope", USER_WRITE),
    // Its handler asks for the permission on this session: one's own needs none.
    ("POST", "/fn/revoke-session", SignedIn),
    // Webhooks.
    ("GET", "/webhooks", WEBHOOK_READ),
    ("GET", "/fn/webhooks", WEBHOOK_READ),
    ("POST", "/fn/create-webhook", WEBHOOK_WRITE),
    ("POST", "/fn/rotate-webhook-secret", WEBHOOK_WRITE),
    ("POST", "/fn/set-webhook-active", WEBHOOK_WRITE),
    ("POST", "/fn/delete-webhook", WEBHOOK_WRITE),
    ("POST", "/fn/test-webhook", WEBHOOK_WRITE),
    ("POST", "/fn/redeliver", WEBHOOK_WRITE),
    // One's own account, and tokens. Whose they are is asked by the use cases.
    ("GET", "/account", SignedIn),
    ("GET", "/activate", SignedIn),
    ("GET", "/fn/account", SignedIn),
    ("POST", "/fn/change-password", SignedIn),
    ("POST", "/fn/create-token", SignedIn),
    ("POST", "/fn/revoke-token", SignedIn),
    ("GET", "/fn/service-accounts", USER_READ),
    ("POST", "/fn/create-service-account", USER_WRITE),
    ("GET", "/fn/device-login", SignedIn),
    ("POST", "/fn/decide-device-login", SignedIn),
    // A command line signs in; RFC 8628.
    ("POST", "/api/device-authorization", Accounts),
    ("POST", "/api/token", Accounts),
    // Schedules.
    ("GET", "/schedules", SCHEDULE_READ),
    ("GET", "/schedules/{id}", SCHEDULE_READ),
    ("GET", "/fn/schedules", SCHEDULE_READ),
    ("GET", "/fn/schedule", SCHEDULE_READ),
    // Says when a rule is due and changes nothing.
    ("POST", "/fn/preview-schedule", SCHEDULE_READ),
    ("POST", "/fn/pause-schedule", SCHEDULE_WRITE),
    ("POST", "/fn/resume-schedule", SCHEDULE_WRITE),
    ("POST", "/fn/run-schedule-now", SCHEDULE_WRITE),
    ("POST", "/fn/delete-schedule", SCHEDULE_WRITE),
    // The wall. A screen that is not signed in shows a code here; the use case asks for the permission to see more.
    ("GET", "/wall", Public),
    ("GET", "/fn/wall", Public),
    ("POST", "/fn/begin-wall", Accounts),
    ("POST", "/fn/connect-wall", Accounts),
    ("GET", "/walls", USER_READ),
    ("GET", "/fn/walls", USER_READ),
    ("POST", "/fn/allow-wall", WALL_WRITE),
    ("POST", "/fn/revoke-wall", WALL_WRITE),
    ("GET", "/fn/groups", DEVICE_READ),
    ("GET", "/fn/group", DEVICE_READ),
    ("GET", "/fn/group-form", DEVICE_READ),
    // Counts devices and changes nothing else.
    ("POST", "/fn/count-group", DEVICE_READ),
    ("POST", "/fn/save-group", GROUP_WRITE),
    ("POST", "/fn/delete-group", GROUP_WRITE),
    // The HTTP API.
    ("GET", "/api/v1/openapi.json", SignedIn),
    ("GET", "/api/v1/jobs", JOB_READ),
    ("POST", "/api/v1/jobs", JOB_CREATE),
    ("GET", "/api/v1/jobs.csv", JOB_READ),
    ("GET", "/api/v1/jobs.json", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}", JOB_READ),
    ("POST", "/api/v1/jobs/{job_id}/cancel", JOB_CANCEL),
    ("POST", "/api/v1/jobs/{job_id}/rerun", JOB_RERUN),
    ("GET", "/api/v1/jobs/{job_id}/reruns", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/devices", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/devices.csv", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/devices.json", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/devices.txt", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/compare", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/causes", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/landing", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/landing/{cell}", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/latency", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/desired-sync", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/events", JOB_READ),
    ("GET", "/api/v1/jobs/{job_id}/rollout", JOB_READ),
    ("POST", "/api/v1/jobs/{job_id}/pause", JOB_HANDLE),
    ("POST", "/api/v1/jobs/{job_id}/resume", JOB_HANDLE),
    ("POST", "/api/v1/jobs/{job_id}/next-wave", JOB_HANDLE),
    ("POST", "/api/v1/jobs/{job_id}/approve", JOB_APPROVE),
    ("POST", "/api/v1/jobs/{job_id}/reject", JOB_APPROVE),
    ("GET", "/api/v1/approvals", JOB_READ),
    // Reckons and changes nothing.
    ("POST", "/api/v1/rollout-estimates", JOB_READ),
    ("GET", "/api/v1/events", JOB_READ),
    ("POST", "/api/v1/targets/preview", DEVICE_READ),
    ("GET", "/api/v1/templates", JOB_READ),
    ("GET", "/api/v1/templates/{name}", JOB_READ),
    ("PUT", "/api/v1/templates/{name}", TEMPLATE_WRITE),
    ("DELETE", "/api/v1/templates/{name}", TEMPLATE_WRITE),
    ("GET", "/api/v1/devices", DEVICE_READ),
    ("GET", "/api/v1/devices.csv", DEVICE_READ),
    ("GET", "/api/v1/devices.json", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}/jobs", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}/calls", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}/telemetry", TELEMETRY_READ),
    ("GET", "/api/v1/devices/{device_id}/telemetry/events", TELEMETRY_READ),
    ("GET", "/api/v1/groups/{group_id}/telemetry/events", TELEMETRY_READ),
    ("GET", "/api/v1/devices/{device_id}/messages", DEVICE_READ),
    ("POST", "/api/v1/devices/{device_id}/messages", MESSAGE_SEND),
    ("GET", "/api/v1/devices/{device_id}/messages/{message_id}", DEVICE_READ),
    ("GET", "/api/v1/compare-twins", DEVICE_READ),
    ("GET", "/api/v1/jobs/{job_id}/devices/{device_id}/twin-change", JOB_READ),
    ("GET", "/api/v1/devices/{device_id}/connections", DEVICE_READ),
    ("GET", "/api/v1/refusals", DEVICE_READ),
    ("POST", "/api/v1/devices/{device_id}/token", DEVICE_KEYS),
    ("GET", "/api/v1/devices/{device_id}/modules", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}/modules/{module_id}", DEVICE_READ),
    ("GET", "/api/v1/devices/{device_id}/modules/{module_id}/connections", DEVICE_READ),
    ("PATCH", "/api/v1/devices/{device_id}/modules/{module_id}/twin", DEVICE_PATCH),
    ("POST", "/api/v1/devices/{device_id}/modules/{module_id}/methods/{method_name}", DEVICE_INVOKE),
    ("PATCH", "/api/v1/devices/{device_id}/twin", DEVICE_PATCH),
    ("POST", "/api/v1/devices/{device_id}/methods/{method_name}", DEVICE_INVOKE),
    ("GET", "/api/v1/hub", DEVICE_READ),
    ("GET", "/api/v1/simulator", DEVICE_READ),
    ("PATCH", "/api/v1/simulator", SIMULATOR_WRITE),
    // The audit log.
    ("GET", "/audit", AUDIT_READ),
    ("GET", "/fn/audit", AUDIT_READ),
    // Reads all of it.
    ("POST", "/fn/check-audit", Needs(Action::AuditRead)),
    ("GET", "/api/v1/audit", AUDIT_READ),
    ("GET", "/api/v1/audit.csv", AUDIT_READ),
    ("GET", "/api/v1/audit.json", AUDIT_READ),
    ("GET", "/api/v1/me", SignedIn),
    // Whose tokens is asked by the use cases.
    ("GET", "/api/v1/tokens", SignedIn),
    ("POST", "/api/v1/tokens", InSession),
    ("DELETE", "/api/v1/tokens/{token_id}", SignedIn),
    ("GET", "/api/v1/service-accounts", USER_READ),
    ("POST", "/api/v1/service-accounts", USER_WRITE),
    // Groups.
    ("GET", "/api/v1/groups", DEVICE_READ),
    ("POST", "/api/v1/groups", GROUP_WRITE),
    ("GET", "/api/v1/groups/{group_id}", DEVICE_READ),
    ("PUT", "/api/v1/groups/{group_id}", GROUP_WRITE),
    ("DELETE", "/api/v1/groups/{group_id}", GROUP_WRITE),
    // Counts devices and changes nothing else.
    ("POST", "/api/v1/groups/{group_id}/count", DEVICE_READ),
    // The overview.
    ("GET", "/api/v1/overview", JOB_READ),
    ("GET", "/api/v1/overview/history", JOB_READ),
    ("GET", "/api/v1/overview/matrix", DEVICE_READ),
    // Schedules.
    ("GET", "/api/v1/schedules", SCHEDULE_READ),
    ("POST", "/api/v1/schedules", SCHEDULE_WRITE),
    // Says when a rule is due and changes nothing.
    ("POST", "/api/v1/schedules/preview", SCHEDULE_READ),
    ("GET", "/api/v1/schedules/{schedule_id}", SCHEDULE_READ),
    ("PUT", "/api/v1/schedules/{schedule_id}", SCHEDULE_WRITE),
    ("DELETE", "/api/v1/schedules/{schedule_id}", SCHEDULE_WRITE),
    ("POST", "/api/v1/schedules/{schedule_id}/pause", SCHEDULE_WRITE),
    ("POST", "/api/v1/schedules/{schedule_id}/resume", SCHEDULE_WRITE),
    ("POST", "/api/v1/schedules/{schedule_id}/run-now", SCHEDULE_WRITE),
    ("GET", "/api/v1/schedules/{schedule_id}/runs", SCHEDULE_READ),
    ("GET", "/api/v1/schedules/{schedule_id}/next", SCHEDULE_READ),
    // The registry.
    ("GET", "/devices/new", DEVICE_READ),
    ("GET", "/registry-changes", DEVICE_READ),
    ("GET", "/registry-changes/new", DEVICE_READ),
    ("GET", "/registry-changes/{id}", DEVICE_READ),
    ("GET", "/fn/device-form", DEVICE_READ),
    ("GET", "/fn/registry-changes", DEVICE_READ),
    ("GET", "/fn/registry-change", DEVICE_READ),
    ("GET", "/fn/registry-change-form", DEVICE_READ),
    ("POST", "/fn/create-device", DEVICE_WRITE),
    ("POST", "/fn/import-devices", DEVICE_WRITE),
    ("POST", "/fn/set-device-status", DEVICE_WRITE),
    ("POST", "/fn/begin-registry-change", DEVICE_WRITE),
    ("POST", "/fn/cancel-registry-change", DEVICE_WRITE),
    ("POST", "/fn/rotate-device-key", DEVICE_KEYS),
    ("POST", "/fn/show-connection-string", DEVICE_KEYS),
    ("GET", "/fn/shown-connection-string", DEVICE_KEYS),
    ("POST", "/api/v1/devices", DEVICE_WRITE),
    ("DELETE", "/api/v1/devices/{device_id}", DEVICE_WRITE),
    ("GET", "/api/v1/devices/{device_id}/identity", DEVICE_READ),
    ("PUT", "/api/v1/devices/{device_id}/status", DEVICE_WRITE),
    ("POST", "/api/v1/devices/{device_id}/keys/{key}", DEVICE_KEYS),
    ("POST", "/api/v1/devices/{device_id}/connection-string", DEVICE_KEYS),
    ("GET", "/api/v1/registry-changes", DEVICE_READ),
    ("POST", "/api/v1/registry-changes", DEVICE_WRITE),
    // Reads only.
    ("POST", "/api/v1/registry-changes/preview", DEVICE_READ),
    ("GET", "/api/v1/registry-changes/{change_id}", DEVICE_READ),
    ("GET", "/api/v1/registry-changes/{change_id}/devices", DEVICE_READ),
    ("POST", "/api/v1/registry-changes/{change_id}/cancel", DEVICE_WRITE),
    ("POST", "/api/v1/registry-changes/{change_id}/undo", DEVICE_WRITE),
    ("POST", "/api/v1/registry-changes/{change_id}/rerun", DEVICE_WRITE),
];

/// Requests that are recorded under an action that is not the permission that they need.
const RECORDED: &[(&str, &str, Recorded)] = &[
    ("POST", "/fn/sign-in", Recorded::BeforeSignIn(audit::SIGN_IN, "password")),
    ("GET", "/sign-in/callback", Recorded::BeforeSignIn(audit::SIGN_IN, "provider")),
    ("POST", "/fn/set-up", Recorded::BeforeSignIn(audit::SET_UP, "one-time link")),
    ("POST", "/fn/accept-invitation", Recorded::BeforeSignIn(audit::SET_PASSWORD, "one-time link")),
    ("POST", "/fn/sign-out", Recorded::As(audit::SIGN_OUT)),
    ("POST", "/fn/revoke-session", Recorded::As("session:revoke")),
    ("POST", "/fn/change-password", Recorded::As(audit::SET_PASSWORD)),
    ("POST", "/fn/create-token", Recorded::As("token:create")),
    ("POST", "/fn/revoke-token", Recorded::As("token:revoke")),
    ("POST", "/fn/decide-device-login", Recorded::As("token:create")),
    ("POST", "/api/v1/tokens", Recorded::As("token:create")),
    ("DELETE", "/api/v1/tokens/{token_id}", Recorded::As("token:revoke")),
];

/// Routes that open pages read by themselves, again and again: they do not keep a session from ending.
const BY_ITSELF: &[&str] = &[
    "/fn/hub",
    "/fn/overview",
    "/fn/tag-matrix",
    "/fn/webhooks",
    "/fn/groups",
    "/fn/group",
    "/fn/schedules",
    "/fn/schedule",
    "/fn/registry-change",
    "/fn/connections",
    "/fn/refusals",
    "/fn/device-messages",
    "/fn/compare-twins",
    "/fn/twin-change",
    "/fn/wall",
    "/fn/compare-runs",
    "/fn/approvals",
    "/fn/approvals-waiting",
    "/api/v1/events",
    "/api/v1/jobs/{job_id}/events",
    "/api/v1/devices/{device_id}/telemetry/events",
    "/api/v1/groups/{group_id}/telemetry/events",
];

/// Whether a person has caused a request of this route.
pub(super) fn is_by_person(route: &str) -> bool {
    !BY_ITSELF.contains(&route)
}

/// Whether the cookie of a screen that shows the wall counts on a route.
pub(super) fn is_wall(route: &str) -> bool {
    ["/wall", "/fn/wall"].contains(&route)
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
            (Method::GET, Some("/jobs"), JOB_READ),
            (Method::HEAD, Some("/jobs"), JOB_READ),
            (Method::POST, Some("/api/v1/jobs"), JOB_CREATE),
            (Method::OPTIONS, Some("/api/v1/jobs"), SignedIn),
            (Method::GET, Some("/api/v1/secrets"), Rule::Unlisted),
            (Method::GET, Some("/api/v1/{*__private__axum_nest_tail_param}"), SignedIn),
            (Method::GET, None, SignedIn),
        ] {
            assert_eq!(rule(&method, route), expected, "{method} {route:?}");
        }
    }
}
