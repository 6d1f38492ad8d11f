//! What each page's program consists of, so that the document can ask for it before the shared program has begun.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;
use leptos_router::location::RequestUrl;

use crate::routes;

/// The build's list of the files that each page needs beside the shared program. The server puts it in the context of
/// every page; without it pages come a round trip later.
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

/// Has the browser fetch the programs of the page that is being rendered.
pub(crate) fn preload(folder: &str) -> impl IntoView {
    let programs = use_context::<Programs>().unwrap_or_default();
    let url = use_context::<RequestUrl>();
    let path = url.as_ref().map_or("", AsRef::as_ref);
    let path = path.split('?').next().unwrap_or_default();
    let addresses = programs.of(path).iter().map(|file| format!("/{folder}/{file}"));
    addresses
        .map(|href| view! { <link rel="preload" href=href r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

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
