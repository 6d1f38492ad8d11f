//! Normalises a call's path and verb before routing.
//!
//! The service's framework is lenient, and clients rely on it: literal segments match in any case, a trailing slash is
//! ignored, an escaped slash separates like a plain one, and a POST can name another verb in a header. An id never holds a
//! slash, and is left encoded: handlers decode it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, Method, Uri, uri::PathAndQuery};
use percent_encoding::percent_decode_str;

use super::{error::Refusal, extract::text_header};

/// Names the verb that a POST means: some HTTP clients of Java have no PATCH.
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The router's path templates, such as `/twins/{device_id}/methods`.
#[derive(Debug, Clone)]
pub(super) struct Paths(Arc<[&'static str]>);

impl Paths {
    /// `templates` in the router's format.
    pub(super) fn new(templates: impl Iterator<Item = &'static str>) -> Self {
        Self(templates.collect())
    }

    /// The path in the router's format.
    fn canonical(&self, path: &str) -> String {
        let path = path.replace("%2f", "/").replace("%2F", "/");
        let path = path.trim_end_matches('/').trim_start_matches('/');
        let segments: Vec<&str> = path.split('/').collect();
        // The template with the most literal segments, as the router prefers.
        let best =
            self.0.iter().filter_map(|template| fit(template, &segments)).max_by_key(|fit| fit.literals);
        best.map_or_else(|| format!("/{path}"), |fit| fit.path)
    }
}

struct Fit {
    literals: usize,
    path: String,
}

/// Matches segments against a template; literals are replaced by the template's.
fn fit(template: &'static str, segments: &[&str]) -> Option<Fit> {
    let parts: Vec<&str> = template.trim_matches('/').split('/').collect();
    let takes_rest = parts.last().is_some_and(|part| part.starts_with("{*"));
    let fits = if takes_rest { segments.len() >= parts.len() } else { segments.len() == parts.len() };
    if !fits {
        return None;
    }
    let (mut literals, mut path) = (0, String::new());
    for (index, segment) in segments.iter().enumerate() {
        path.push('/');
        match parts.get(index).filter(|part| !part.starts_with('{')) {
            Some(value) => {
                let decoded = percent_decode_str(segment).decode_utf8_lossy();
                if !decoded.eq_ignore_ascii_case(value) {
                    return None;
                }
                literals += 1;
                path.push_str(value);
            }
            None => path.push_str(segment),
        }
    }
    Some(Fit { literals, path })
}

/// Normalises a call for the router.
pub(super) async fn normalise(State(paths): State<Paths>, mut request: Request, next: Next) -> Response {
    match intended_method(&request) {
        Ok(Some(method)) => *request.method_mut() = method,
        Ok(None) => {}
        Err(refusal) => return refusal.into_response(),
    }
    let path = paths.canonical(request.uri().path());
    if path != request.uri().path()
        && let Some(uri) = with_path(request.uri(), &path)
    {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

/// The verb that a POST's header names, if any.
fn intended_method(request: &Request) -> Result<Option<Method>, Refusal> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let Some(verb) = text_header(request.headers(), METHOD_OVERRIDE.as_str())? else { return Ok(None) };
    match verb.trim().to_ascii_uppercase().as_str() {
        "" => Ok(None),
        // What OData called PATCH before there was one.
        "PATCH" | "MERGE" => Ok(Some(Method::PATCH)),
        "PUT" => Ok(Some(Method::PUT)),
        "DELETE" => Ok(Some(Method::DELETE)),
        "GET" => Ok(Some(Method::GET)),
        "POST" => Ok(Some(Method::POST)),
        _ => Err(Refusal::argument(format!(
            "{METHOD_OVERRIDE} must be GET, PUT, POST, PATCH, MERGE or DELETE"
        ))),
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_the_router_knows_them() {
        let paths = Paths::new(
            [
                "/devices",
                "/devices/{device_id}",
                "/devices/keys/regenerate",
                "/devices/{device_id}/modules/{module_id}",
                "/twins/{device_id}/methods",
                "/jobs/v2/query",
                "/jobs/v2/{job_id}",
                "/configurations/{*rest}",
            ]
            .into_iter(),
        );
        for (given, expected) in [
            ("/devices", "/devices"),
            ("/devices/", "/devices"),
            ("//devices", "/devices"),
            ("/DEVICES/Door", "/devices/Door"),
            ("/devices%2Fquery", "/devices/query"),
            ("/devices%2fquery%2f", "/devices/query"),
            ("/Devices/Keys/Regenerate", "/devices/keys/regenerate"),
            ("/devices/keys/Modules/m", "/devices/keys/modules/m"),
            ("/twins/d1/Methods//", "/twins/d1/methods"),
            ("/twin%73/a%23b/methods", "/twins/a%23b/methods"),
            ("/twins/a%252Fb/methods", "/twins/a%252Fb/methods"),
            ("/Jobs/V2/Query", "/jobs/v2/query"),
            ("/jobs/V2/Nightly", "/jobs/v2/Nightly"),
            ("/Configurations/a/B", "/configurations/a/B"),
            ("/devices//modules/m", "/devices//modules/m"),
            ("/", "/"),
            ("/nowhere/Else/", "/nowhere/Else"),
        ] {
            assert_eq!(paths.canonical(given), expected, "{given}");
        }
    }
}
