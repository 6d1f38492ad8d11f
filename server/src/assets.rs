//! The site's files: inside the binary in release builds, read from `target/site` while developing.
//!
//! Each file has a Brotli twin (`.br`), made once at build time with the best ratio. Most names stay from build to build,
//! so every answer carries an entity tag and is revalidated, but for fonts, which browsers keep. What a page fetches later
//! has its build in its name: a page that outlives an upgrade never mixes two builds.

use std::path::Path;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The folder that the build assembles.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
pub(crate) struct Site;

/// One file of the site, by its path below the root.
pub(crate) fn file(name: &str, request: &HeaderMap) -> Response {
    if Path::new(name).extension().is_some_and(|extension| extension == "br") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(plain) = Site::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = entity_tag(&plain);
    if request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        let lifetime = HeaderValue::from_static(lifetime(name));
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, lifetime)])
            .into_response();
    }
    let compressed = accepts_brotli(request).then(|| Site::get(&format!("{name}.br"))).flatten();
    let encoding = compressed.is_some().then_some((header::CONTENT_ENCODING, HeaderValue::from_static("br")));
    let mut response = Response::new(Body::from(compressed.unwrap_or(plain).data));
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let headers = response.headers_mut();
    headers.extend(encoding);
    headers.insert(header::ETAG, tag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(name)));
    if let Ok(mime) = HeaderValue::from_str(mime.as_ref()) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    response
}

/// How long a browser may keep a file without asking again. Fonts are kept for a day: a document asks for them before its
/// style sheet does, and only what may be kept is one answer for both. For that day after an upgrade a browser may write
/// with the fonts of before.
fn lifetime(name: &str) -> &'static str {
    if name.starts_with("fonts/") { "max-age=86400" } else { "no-cache" }
}

fn entity_tag(file: &EmbeddedFile) -> HeaderValue {
    let digits = hexadecimal(&file.metadata.sha256_hash()[..12]);
    HeaderValue::from_str(&format!("\"{digits}\"")).expect("hexadecimal digits in quotes are a header value")
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.trim().split_once(';').unwrap_or((coding.trim(), ""));
            name.eq_ignore_ascii_case("br")
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fonts_are_kept() {
        for (file, expected) in [
            ("fonts/geist.woff2", "max-age=86400"),
            ("pkg/fleetcast.css", "no-cache"),
            ("pkg/jobs.wasm", "no-cache"),
            ("favicon.svg", "no-cache"),
        ] {
            assert_eq!(lifetime(file), expected, "{file}");
        }
    }

    #[test]
    fn brotli_only_where_it_is_taken() {
        for (value, accepted) in [
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip", false),
            ("", false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap())]);
            assert_eq!(accepts_brotli(&headers), accepted, "{value}");
        }
    }
}
