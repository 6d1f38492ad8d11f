//! What each page's program consists of, so that the document can ask for it before the shared program has begun.

use std::{collections::HashMap, path::Path, sync::Arc};

use leptos::prelude::*;
use leptos_router::location::RequestUrl;

use crate::routes;

/// The build's list of the files that each page needs: a pack of all its programs, or each of them beside the shared one.
/// The server puts it in the context of every page; without it pages come a round trip later.
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

    fn of(&self, path: &str) -> &[String] {
        routes::program(path).and_then(|page| self.0.get(page)).map_or(&[], Vec::as_slice)
    }
}

/// What the page that is being rendered needs.
fn needed() -> Vec<String> {
    let programs = use_context::<Programs>().unwrap_or_default();
    let url = use_context::<RequestUrl>().and_then(|url| url.parse().ok());
    url.map(|url| programs.of(url.path()).to_vec()).unwrap_or_default()
}

/// The file that holds all programs of the page that is being rendered, the shared one among them, where the build has
/// made one.
pub(crate) fn pack() -> Option<String> {
    needed().into_iter().find(|file| is_pack(file))
}

/// Has the browser fetch the programs of the page that is being rendered where they come one by one.
pub(crate) fn preload(folder: &str) -> impl IntoView {
    let addresses =
        needed().into_iter().filter(|file| !is_pack(file)).map(|file| format!("/{folder}/{file}"));
    addresses
        .map(|href| view! { <link rel="preload" href=href r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> })
        .collect_view()
}

fn is_pack(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "pack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_finds_its_pack() {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Programs::read(br#"{"jobs": ["jobs.pack"], "devices": ["a.wasm"]}"#).unwrap());
            for (url, expected) in [
                ("http://leptos.dev/jobs?state=failed", Some("jobs.pack")),
                ("http://leptos.dev/devices", None),
                ("http://leptos.dev/elsewhere", None),
            ] {
                provide_context(RequestUrl::new(url));
                assert_eq!(pack().as_deref(), expected, "{url}");
            }
        });
    }

    #[test]
    fn every_page_finds_its_files() {
        let json = br#"{"jobs": ["a.wasm", "b.wasm"], "job": ["c.wasm"], "job_new": ["d.wasm"]}"#;
        let programs = Programs::read(json).unwrap();
        for (path, files) in [
            ("/jobs", &["a.wasm", "b.wasm"][..]),
            ("/jobs/lock-1", &["c.wasm"]),
            ("/jobs/new", &["d.wasm"]),
            ("/devices", &[]),
            ("/elsewhere", &[]),
        ] {
            assert_eq!(programs.of(path), files, "{path}");
        }
        assert!(Programs::read(b"[]").is_err());
    }
}
