//! The site's files: inside the binary in release builds, read from `target/site` while developing.
//!
//! Each file has a Brotli copy (`.br`), made once at build time with the best ratio. The build puts a hash of the content
//! into the name of every file in `pkg`, and browsers keep those for a year. The other names stay the same from build to
//! build, so browsers ask about them each time, by entity tag.

use std::{path::Path, sync::OnceLock};

use app::SiteFiles;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::EmbeddedFile;

/// Reads a file of the site by its path below the root of the site.
pub(crate) type ReadFile = fn(&str) -> Option<EmbeddedFile>;

/// Where the files are: set once, by the program that carries them.
static SITE: OnceLock<ReadFile> = OnceLock::new();

/// The list of hashed names that the build makes. It is not served.
const LIST: &str = "site.json";

/// Sets where the files are read. Later calls change nothing.
pub(crate) fn set_site(read: ReadFile) {
    let _ = SITE.set(read);
}

fn read(name: &str) -> Option<EmbeddedFile> {
    SITE.get().and_then(|read| read(name))
}

/// Addresses of the site's files: hashed names where the build has made a list of them.
pub(crate) fn site_files() -> SiteFiles {
    let Some(list) = read(LIST) else { return SiteFiles::default() };
    SiteFiles::read(&list.data).unwrap_or_else(|error| {
        tracing::error!(%error, "{LIST} of the site cannot be read: pages have neither style nor scripts");
        SiteFiles::default()
    })
}

/// A number that changes whenever a file of the site changes: the list holds a hash of each.
pub(crate) fn site_hash() -> Option<[u8; 32]> {
    read(LIST).map(|list| list.metadata.sha256_hash())
}

/// One file of the site, by its path below the root.
pub(crate) fn file(name: &str, request: &HeaderMap) -> Response {
    if Path::new(name).extension().is_some_and(|extension| extension == "br") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(plain) = read(name) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = entity_tag(&plain);
    if request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        let lifetime = HeaderValue::from_static(lifetime(name, has_hashed_names()));
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, lifetime)])
            .into_response();
    }
    let compressed = accepts_brotli(request).then(|| read(&format!("{name}.br"))).flatten();
    let encoding = compressed.is_some().then_some((header::CONTENT_ENCODING, HeaderValue::from_static("br")));
    let mut response = Response::new(Body::from(compressed.unwrap_or(plain).data));
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let headers = response.headers_mut();
    headers.extend(encoding);
    headers.insert(header::ETAG, tag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(name, has_hashed_names())));
    if let Ok(mime) = HeaderValue::from_str(mime.as_ref()) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    response
}

/// Whether the files in `pkg` have a hash of their content in their name: those of a site that cargo-leptos has built
/// have none.
fn has_hashed_names() -> bool {
    read(LIST).is_some()
}

/// How long a browser may keep a file without asking again: a year where another content has another name.
fn lifetime(name: &str, has_hashed_names: bool) -> &'static str {
    if has_hashed_names && name.starts_with("pkg/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
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
    fn only_hashed_names_are_kept() {
        const YEAR: &str = "public, max-age=31536000, immutable";
        for (file, has_hashed_names, expected) in [
            ("pkg/geist-ABCDEFGH.woff2", true, YEAR),
            ("pkg/fleetcast-ABCDEFGH.wasm", true, YEAR),
            ("favicon.svg", true, "no-cache"),
            ("fonts/geist.woff2", true, "no-cache"),
            ("pkg/fleetcast.wasm", false, "no-cache"),
        ] {
            assert_eq!(lifetime(file, has_hashed_names), expected, "{file}");
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
