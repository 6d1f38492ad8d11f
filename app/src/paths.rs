//! Builds every address of the console, so that links and pages agree.

mod groups;
mod messages;
mod registry;
mod schedules;

use leptos_router::params::ParamsMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use self::messages::{
    COMPARE, compare, device_messages, device_telemetry_events, group_telemetry, group_telemetry_events,
    twin_change,
};
pub(crate) use self::{groups::*, registry::*, schedules::*};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest address that the page to sign in leads to, in bytes.
const LONGEST_NEXT: usize = 8_000;

/// The overview.
pub const OVERVIEW: &str = "/";
/// The jobs page.
pub const JOBS: &str = "/jobs";
/// The form for a new job.
pub(crate) const JOB_NEW: &str = "/jobs/new";
/// The devices page.
pub(crate) const DEVICES: &str = "/devices";
/// Value of the parameter `refused` of the list of devices.
pub(crate) const REFUSED_LATELY: &str = "lately";
/// The certificate authority of the embedded hub, as a file.
pub(crate) const HUB_CA: &str = "/hub-ca.pem";
/// The form for new devices.
pub(crate) const DEVICE_NEW: &str = "/devices/new";
/// Changes of the registry.
pub(crate) const REGISTRY_CHANGES: &str = "/registry-changes";
/// The page of the simulated devices.
pub(crate) const SIMULATOR: &str = "/simulator";
/// Groups of devices.
pub(crate) const GROUPS: &str = "/groups";
/// The form for a new group.
pub(crate) const GROUP_NEW: &str = "/groups/new";
/// Requests for approval.
pub(crate) const APPROVALS: &str = "/approvals";
/// The people of the team and their sessions.
pub(crate) const TEAM: &str = "/team";
/// The audit log.
pub(crate) const AUDIT: &str = "/audit";
/// The webhooks and their messages.
pub(crate) const WEBHOOKS: &str = "/webhooks";
/// One's own account: tokens, sessions, password.
pub(crate) const ACCOUNT: &str = "/account";
/// The page on which a person lets a command line sign in.
pub const ACTIVATE: &str = "/activate";
/// The wall: the fleet on a screen without controls.
pub(crate) const WALL: &str = "/wall";
/// The event stream of the wall.
#[cfg(feature = "hydrate")]
pub(crate) const WALL_EVENTS: &str = "/wall/events";
/// The screens that show the wall.
pub(crate) const WALLS: &str = "/walls";
/// The page to sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Leads to the provider at which people can sign in too.
pub(crate) const SIGN_IN_PROVIDER: &str = "/sign-in/provider";
/// Leads to the end of a session at the provider.
#[cfg(any(feature = "ssr", test))]
pub(crate) const SIGN_IN_ENDED: &str = "/sign-in/ended";
/// The page that creates the first administrator.
pub const SETUP: &str = "/setup";
/// The page on which an invited person chooses a password.
pub const INVITATION: &str = "/invitation";
/// The jobs of the API.
pub(crate) const API_JOBS: &str = "/api/v1/jobs";
/// The event stream of all jobs.
pub(crate) const EVENTS: &str = "/api/v1/events";

/// The page to sign in, which leads to `next` then.
pub fn sign_in(next: &str) -> String {
    with_query(SIGN_IN, &[("next", next_page(next))])
}

/// The way to sign in at the provider, which leads to `next` then.
pub(crate) fn sign_in_at_provider(next: &str) -> String {
    with_query(SIGN_IN_PROVIDER, &[("next", next_page(next))])
}

/// The address of the page to sign in that shows why a sign-in was refused.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn sign_in_refused(next: &str, key: &str) -> String {
    with_more(&sign_in(next), &[("refused", key)])
}

/// The link that creates the first administrator.
#[cfg(any(feature = "ssr", test))]
pub fn setup(token: &str) -> String {
    with_query(SETUP, &[("token", token)])
}

/// The link by which a person chooses a password.
pub(crate) fn invitation(token: &str) -> String {
    with_query(INVITATION, &[("token", token)])
}

/// The team with the link that was just made.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn team_with_link(key: &str) -> String {
    with_query(TEAM, &[("made", key)])
}

/// The webhooks with the secret that was just made.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn webhooks_with_secret(key: &str) -> String {
    with_query(WEBHOOKS, &[("made", key)])
}

/// The webhooks with the messages from before a delivery.
pub(crate) fn webhooks_before(delivery_id: u64) -> String {
    with_query(WEBHOOKS, &[("before", &delivery_id.to_string())])
}

/// The page with the token that was just made: one's own account, or the team.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn with_token(is_own: bool, key: &str) -> String {
    if is_own { with_query(ACCOUNT, &[("made", key)]) } else { with_query(TEAM, &[("token", key)]) }
}

/// The page that a form names as the one to go back to.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn account_or_team(back: &str) -> &'static str {
    if back == "account" { ACCOUNT } else { TEAM }
}

/// The page for the command line that shows a code.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn activate(user_code: &str) -> String {
    with_query(ACTIVATE, &[("user_code", user_code)])
}

/// The screens with the one that shows a code, and why a form was refused.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn walls_refused(user_code: &str, key: &str) -> String {
    with_query(WALLS, &[("code", user_code), ("refused", key)])
}

/// Where the page to sign in leads, by the query of its address.
#[cfg(any(feature = "ssr", test))]
pub fn next_of(query: &str) -> String {
    let next = query.split('&').find_map(|pair| pair.strip_prefix("next=")).unwrap_or_default();
    let next = percent_encoding::percent_decode_str(next).decode_utf8_lossy().into_owned();
    match next_page(&next) {
        "" => OVERVIEW.to_owned(),
        next => next.to_owned(),
    }
}

/// An address if it is one of a page of ours, else nothing. Whoever wrote a link to the page to sign in has chosen it, and
/// browsers read `//host` and `/\host` as another site's.
pub fn next_page(address: &str) -> &str {
    const NOT_PAGES: [&str; 6] = ["/fn/", "/api/", SIGN_IN, SETUP, INVITATION, "/metrics"];
    let is_own = address.starts_with('/')
        && !address.starts_with("//")
        && address.chars().all(|c| c.is_ascii_graphic() && c != '\\')
        && address.len() <= LONGEST_NEXT
        && !NOT_PAGES.iter().any(|other| address.starts_with(other));
    if is_own { address } else { "" }
}

/// Whether the page at an address has no bars: its user is not signed in, or it is the wall.
pub(crate) fn is_before_sign_in(path: &str) -> bool {
    [SIGN_IN, SETUP, INVITATION, WALL].contains(&path)
}

/// One job's page.
pub(crate) fn job(job_id: &str) -> String {
    format!("/jobs/{}", segment(job_id))
}

/// One job's page with the cancel dialog open: the link of "Cancel…" until the page is hydrated.
pub(crate) fn job_cancel(job_id: &str) -> String {
    with_query(&job(job_id), &[("cancel", "ask")])
}

/// One job's page with a device of it.
pub(crate) fn job_device(job_id: &str, device_id: &str) -> String {
    with_query(&job(job_id), &[("device", device_id)])
}

/// A job beside an earlier run, with the devices that went from one state to another; empty texts are left out.
pub(crate) fn job_compare(job_id: &str, with: &str, from: &str, to: &str, after: &str) -> String {
    with_query(
        &format!("{}/compare", job(job_id)),
        &[("with", with), ("from", from), ("to", to), ("after", after)],
    )
}

/// One device's page.
pub(crate) fn device(device_id: &str) -> String {
    format!("/devices/{}", segment(device_id))
}

/// One device's page with the result of a call that a plain form sent.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn device_call(device_id: &str, call_id: u64) -> String {
    with_query(&device(device_id), &[("call", &call_id.to_string())])
}

/// One device's page with the token that a plain form has just made.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn device_connect(device_id: &str, key: &str) -> String {
    with_query(&device(device_id), &[("connect", key)])
}

/// One module's page.
pub(crate) fn module(device_id: &str, module_id: &str) -> String {
    format!("{}/modules/{}", device(device_id), segment(module_id))
}

/// One module's page with what it answered to a plain form.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn module_answer(device_id: &str, module_id: &str, key: &str) -> String {
    with_query(&module(device_id, module_id), &[("answer", key)])
}

/// One device's page with the connection string that a plain form has just asked for.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn device_with_string(device_id: &str, key: &str) -> String {
    with_query(&device(device_id), &[("made", key)])
}

/// The jobs that addressed one device.
pub(crate) fn device_jobs(device_id: &str) -> String {
    with_query(JOBS, &[("device", device_id)])
}

/// The listed devices as a file of this kind: `csv`, `json`.
pub(crate) fn devices_file(ending: &str, condition: &str, columns: &str) -> String {
    with_query(&format!("/api/v1/devices.{ending}"), &[("q", condition), ("columns", columns)])
}

/// One job's event stream.
pub(crate) fn job_events(job_id: &str) -> String {
    format!("/api/v1/jobs/{}/events", encode(job_id))
}

/// One job's results as a file of this kind: `csv`, `json`, `txt`.
pub(crate) fn job_file(job_id: &str, ending: &str) -> String {
    format!("/api/v1/jobs/{}/devices.{ending}", encode(job_id))
}

/// The jobs of the last 24 hours, or those of them in which something failed.
pub(crate) fn jobs_of_last_day(only_failed: bool) -> String {
    with_query(JOBS, &[("since", "24h"), ("status", if only_failed { "failed" } else { "" })])
}

/// The jobs of one day in UTC, such as `2026-11-30`.
pub(crate) fn jobs_of_day(day: &str) -> String {
    with_query(JOBS, &[("day", day)])
}

/// The devices of a job that failed for one cause.
pub(crate) fn job_cause(job_id: &str, cause: &str) -> String {
    with_query(&job(job_id), &[("cause", cause)])
}

/// The devices that the hub refused in the last hour.
pub(crate) fn devices_refused_lately() -> String {
    with_query(DEVICES, &[("refused", REFUSED_LATELY)])
}

/// The devices that a condition matches.
pub(crate) fn devices_where(condition: &str) -> String {
    with_query(DEVICES, &[("query", condition)])
}

/// The form for a new job on the devices that a condition matches.
pub(crate) fn job_new_where(condition: &str) -> String {
    with_query(JOB_NEW, &[("query", condition)])
}

/// The form for a job like another one.
pub(crate) fn job_new_from(job_id: &str) -> String {
    with_query(JOB_NEW, &[("from", job_id)])
}

/// The form that changes a job before it begins.
pub(crate) fn job_edit(job_id: &str) -> String {
    with_query(JOB_NEW, &[("edit", job_id)])
}

/// The form filled from a template.
pub(crate) fn job_new_template(name: &str) -> String {
    with_query(JOB_NEW, &[("template", name)])
}

/// The request for approval of a job.
pub(crate) fn approval(job_id: &str) -> String {
    with_query(APPROVALS, &[("request", job_id)])
}

/// The form for a new job on a group.
pub(crate) fn job_new_on_group(group_id: &str) -> String {
    with_query(JOB_NEW, &[("group", group_id)])
}

/// The condition that matches one device.
pub(crate) fn device_condition(device_id: &str) -> String {
    format!("deviceId = {}", hub_query::write::text(device_id))
}

/// An address with parameters; empty ones are left out.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    with_more(path, parameters)
}

/// The same for an address that may already have parameters.
pub(crate) fn with_more(address: &str, parameters: &[(&str, &str)]) -> String {
    let set = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = set.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if query.is_empty() {
        return address.to_owned();
    }
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{}", query.join("&"))
}

/// An id as the last part of a page's address; [`id`] reads it. Ids that would be another address get a tilde, which no id
/// contains: `new` and `compare` are pages, and browsers resolve `.` and `..`.
fn segment(id: &str) -> String {
    if matches!(id, "new" | "compare" | "." | "..") { format!("~{id}") } else { encode(id) }
}

/// Reads the id from the last part of a page's address.
pub(crate) fn id(segment: &str) -> &str {
    segment.strip_prefix('~').unwrap_or(segment)
}

/// Percent-encodes a part of a path or of a query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A parameter with an unknown value, as a notice shows it: `state=odd`.
pub(crate) fn unknown(params: &ParamsMap, name: &str, is_known: impl FnOnce(&str) -> bool) -> Option<String> {
    let value = params.get(name).filter(|value| !value.is_empty() && !is_known(value))?;
    Some(shown(name, &value))
}

/// Parameters with a name that the page does not know, as a notice shows them: `foo=bar`.
pub(crate) fn unknown_names(params: &ParamsMap, known: &[&str]) -> Vec<String> {
    let pairs = params.clone().into_iter();
    let unknown =
        pairs.filter(|(name, _)| !known.contains(&&**name)).map(|(name, value)| shown(&name, &value));
    let mut unknown: Vec<_> = unknown.collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

/// A parameter in a notice. Whoever wrote the address wrote its text, so only what is one word is repeated: a sentence
/// would look like the console's own.
pub(crate) fn shown(name: &str, value: &str) -> String {
    const LONGEST: usize = 40;
    let word = |text: &str| {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ',' | ':');
        let is_short = text.chars().count() <= LONGEST && text.chars().all(is_word);
        if is_short { text.to_owned() } else { "…".to_owned() }
    };
    format!("{}={}", word(name), word(value))
}

#[cfg(test)]
mod tests;
