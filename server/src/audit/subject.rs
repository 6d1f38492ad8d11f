//! What a request is about: the first parameter of its path, or a field of its form.

use axum::{
    body::{self, Body},
    extract::{FromRequestParts, RawPathParams, Request},
    http::{StatusCode, header},
};

use crate::problem::Refusal;

/// Fields that name what a form is about.
const FIELDS: [&str; 8] =
    ["job_id", "device_id", "change_id", "user_id", "session_id", "token_id", "webhook_id", "name"];
/// Longest form that is read for them, in bytes. Larger ones hold lists of devices or patches; their use case names the subject
/// when they are done.
const MAX_FORM: usize = 64 * 1024;
/// Longest subject, in characters.
const MAX_SUBJECT: usize = 200;

/// A request and what it is about, as far as it says so.
///
/// # Errors
/// When a form cannot be read.
pub(crate) async fn with_subject(request: Request) -> Result<(Request, Option<String>), Refusal> {
    let (mut head, body) = request.into_parts();
    let parameters = RawPathParams::from_request_parts(&mut head, &()).await.ok();
    let parameter = parameters.as_ref().and_then(|all| all.iter().next()).map(|(_, value)| shortened(value));
    if parameter.is_some() || !is_short_form(&head.headers) || !head.uri.path().starts_with("/fn/") {
        return Ok((Request::from_parts(head, body), parameter));
    }
    let form = body::to_bytes(body, MAX_FORM).await.map_err(|error| {
        let title = "The request's body cannot be read";
        Refusal::new(StatusCode::BAD_REQUEST, "unreadable-body", title, error.to_string())
    })?;
    let subject = field(&form);
    Ok((Request::from_parts(head, Body::from(form)), subject))
}

fn is_short_form(headers: &axum::http::HeaderMap) -> bool {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let kind = headers.get(header::CONTENT_TYPE);
    length.is_some_and(|length| length <= MAX_FORM)
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

/// The first of the fields that a form has.
fn field(form: &[u8]) -> Option<String> {
    let find =
        |wanted: &str| form_urlencoded::parse(form).find(|(name, value)| name == wanted && !value.is_empty());
    FIELDS.into_iter().find_map(find).map(|(_, value)| shortened(&value))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_it_is_about() {
        for (form, expected) in [
            ("job_id=lock%201", Some("lock 1")),
            ("role=viewer&user_id=u1&name=x", Some("u1")),
            ("name=Ken+Osei&user_name=ken", Some("Ken Osei")),
            ("form%5Bname%5D=x&counted=1", None),
            ("job_id=", None),
            ("", None),
        ] {
            assert_eq!(field(form.as_bytes()).as_deref(), expected, "{form}");
        }
    }
}
