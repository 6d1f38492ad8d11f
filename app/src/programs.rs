//! What each page's program consists of, so that the document can ask for it before the shared program has begun.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;
use leptos_router::location::RequestUrl;

use crate::routes;

/// The build's list of the files that each page needs: one whole program, or several beside the shared one. The server
/// puts it in the context of every page; without it pages come a round trip later.
#[derive(Debug, Clone, Default)]
pub struct Programs(Arc<HashMap<String, Vec<String>>>);

impl Programs {
    /// Reads `pages.json`.
    ///
    /// # Errors
    ///
    /// When it is not an object of lists of names.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(|pages| Self(Arc::new(pages)))
    }

    fn of(&self, page: &str) -> &[String] {
        self.0.get(page).map_or(&[], Vec::as_slice)
    }
}

/// The page that is being rendered, and the build's list.
fn needed() -> Option<(&'static str, Programs)> {
    let url = use_context::<RequestUrl>()?.parse().ok()?;
    Some((routes::program(url.path())?, use_context()?))
}

/// The page that is being rendered where the build has made one program of all that it consists of, its file named after
/// the page.
pub(crate) fn whole_page() -> Option<&'static str> {
    let (page, programs) = needed()?;
    is_whole(page, programs.of(page)).then_some(page)
}

/// Has the browser fetch the programs of the page that is being rendered where they come one by one.
pub(crate) fn preload(folder: &str) -> impl IntoView {
    let files = needed().map(|(page, programs)| {
        let files = programs.of(page);
        if is_whole(page, files) { Vec::new() } else { files.to_vec() }
    });
    let addresses = files.into_iter().flatten().map(|file| format!("/{folder}/{file}"));
    addresses
        .map(|href| view! { <link rel="preload" href=href r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> })
        .collect_view()
}

fn is_whole(page: &str, files: &[String]) -> bool {
    matches!(files, [only] if only.strip_suffix(".wasm") == Some(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_finds_its_program() {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Programs::read(br#"{"jobs": ["jobs.wasm"], "devices": ["0-b.wasm"]}"#).unwrap());
            for (url, expected) in [
                ("http://leptos.dev/jobs?state=failed", Some("jobs")),
                ("http://leptos.dev/devices", None),
                ("http://leptos.dev/simulator", None),
                ("http://leptos.dev/elsewhere", None),
            ] {
                provide_context(RequestUrl::new(url));
                assert_eq!(whole_page(), expected, "{url}");
            }
        });
    }

    #[test]
    fn what_comes_in_pieces_is_asked_for_at_once() {
        let owner = Owner::new();
        owner.with(|| {
            let list = br#"{"jobs": ["jobs.wasm"], "job": ["0-b.wasm", "1-b.wasm"]}"#;
            provide_context(Programs::read(list).unwrap());
            for (url, expected) in [("http://leptos.dev/jobs/lock-1", 2), ("http://leptos.dev/jobs", 0)] {
                provide_context(RequestUrl::new(url));
                assert_eq!(preload("pkg").to_html().matches(".wasm").count(), expected, "{url}");
            }
            assert!(Programs::read(b"[]").is_err());
        });
    }
}
