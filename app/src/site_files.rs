//! The addresses of the site's files. The build puts a hash of each file's content into its name.

use serde::Deserialize;

/// Addresses of the files that the document loads. The build writes them into `target/site/site.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteFiles {
    /// The JavaScript module that loads the WASM module.
    pub script: String,
    /// The WASM module.
    pub wasm: String,
    /// The style sheet.
    pub style: String,
    /// Fonts that every page uses. Fonts for rarer characters are only in the style sheet.
    pub fonts: Vec<String>,
}

impl SiteFiles {
    /// Reads `site.json`.
    ///
    /// # Errors
    ///
    /// When it is not JSON of this shape.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// The names that cargo-leptos uses, without hashes.
impl Default for SiteFiles {
    fn default() -> Self {
        Self {
            script: "/pkg/fleetcast.js".into(),
            wasm: "/pkg/fleetcast.wasm".into(),
            style: "/pkg/fleetcast.css".into(),
            fonts: ["/fonts/geist.woff2", "/fonts/geist-mono.woff2"].map(String::from).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builds_list_is_read() {
        let json =
            br#"{"script": "/pkg/a.1.js", "wasm": "/pkg/a.2.wasm", "style": "/pkg/a.3.css", "fonts": []}"#;
        let files = SiteFiles::read(json).expect("a list");
        assert_eq!((files.script.as_str(), files.wasm.as_str()), ("/pkg/a.1.js", "/pkg/a.2.wasm"));
        assert!(SiteFiles::read(b"[]").is_err());
    }
}
