//! The page as a whole: title, address, icon, theme, links, clipboard.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// The document's title; `None` on the server.
#[cfg_attr(feature = "hydrate", expect(clippy::unnecessary_wraps, reason = "the server has no answer"))]
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn page_title() -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        Some(document().title())
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// Shows an SVG as the page's icon, or with `None` the site's own icon.
pub(crate) fn set_favicon(svg: Option<&str>) {
    #[cfg(feature = "hydrate")]
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]") {
        let href = svg.map_or_else(
            || "/favicon.svg".to_owned(),
            |svg| format!("data:image/svg+xml,{}", crate::paths::encode(svg)),
        );
        let _ = link.set_attribute("href", &href);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = svg;
}

/// Sets the theme of the document; `system` follows the operating system.
pub(crate) fn apply_theme(theme: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(root) = document().document_element() {
        let _ = if theme == "system" {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", theme)
        };
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = theme;
}

/// Shows the times that `shell/theme.js` has hidden until they are in the stored zone.
pub(crate) fn show_times() {
    #[cfg(feature = "hydrate")]
    if let Some(root) = document().document_element() {
        let _ = root.remove_attribute("data-zone");
    }
}

/// The address of the page; empty on the server.
pub(crate) fn page_url() -> String {
    #[cfg(feature = "hydrate")]
    {
        window().location().href().unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// A path as a full URL; the path itself on the server.
pub(crate) fn absolute_url(path: &str) -> String {
    #[cfg(feature = "hydrate")]
    {
        format!("{}{path}", window().location().origin().unwrap_or_default())
    }
    #[cfg(not(feature = "hydrate"))]
    path.to_owned()
}

/// Whether the page has a visible link to an address; false on the server.
pub(crate) fn has_link(address: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        super::keyboard::has_link(address)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = address;
        false
    }
}

/// Copies text to the clipboard. Does nothing when the browser does not allow it.
pub(crate) fn copy_to_clipboard(text: &str) {
    #[cfg(feature = "hydrate")]
    {
        let _ = window().navigator().clipboard().write_text(text);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = text;
}

/// Reloads the page.
pub(crate) fn reload() {
    #[cfg(feature = "hydrate")]
    {
        let _ = window().location().reload();
    }
}
