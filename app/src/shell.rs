//! The HTML document around the app.
//!
//! The content policy allows only scripts with the request's nonce, so every script has it, Leptos's own included. Our
//! scripts are files beside this one and are inlined: a request for each would take a round trip, and the theme would
//! come after the first paint.

use std::sync::LazyLock;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{routes::App, site_files::SiteFiles};

static THEME: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("shell/theme.js")));
static STOPPED: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("shell/stopped.js")));
static START: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("shell/start.js")));
/// Inlined too: an icon that is first needed when the server is unreachable could not be loaded.
static ICONS: LazyLock<String> = LazyLock::new(|| symbols(include_str!("shell/icons.svg")));
/// The id of the document's last element.
const LAST_ELEMENT: &str = "icons";

/// A script without its comments; the lines keep their order.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The symbols of a file of icons.
fn symbols(sheet: &str) -> String {
    sheet.lines().map(str::trim).filter(|line| line.starts_with("<symbol")).collect()
}

/// The document of every page.
pub fn shell(files: SiteFiles) -> impl IntoView {
    let SiteFiles { script, wasm, style, fonts } = files;
    let start = START.replace("SCRIPT", &script).replace("WASM_MODULE", &wasm);
    let fonts = fonts.into_iter().map(|font| {
        view! { <link rel="preload" href=font r#as="font" r#type="font/woff2" crossorigin="anonymous" /> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{THEME.as_str()}</script>
                // Before the style sheet, so that they are loaded at the first paint.
                {fonts.collect_view()}
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                // Blocks the first paint until the whole body is parsed: a part of it would move when the rest comes.
                <link rel="expect" href=format!("#{LAST_ELEMENT}") blocking="render" />
                <script nonce=use_nonce()>{STOPPED.as_str()}</script>
                // Before the style sheet, since a script after it would wait for it.
                <script nonce=use_nonce()>{start}</script>
                <link rel="stylesheet" href=style />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <MetaTags />
            </head>
            <body>
                <App />
                <Stopped />
                <svg id=LAST_ELEMENT class="sprite" aria-hidden="true" inner_html=ICONS.as_str()></svg>
            </body>
        </html>
    }
}

/// The notice that the page has stopped working, hidden until `stopped.js` shows it. Not a part of the app, which is
/// hydrated: it is needed when the WASM module does not run.
#[component]
fn Stopped() -> impl IntoView {
    view! {
        <div class="notice stopped" id="stopped" role="alert" data-tone="error" hidden>
            <span>"This page has stopped working. Reload it."</span>
            <button class="button button--small notice__tools" type="button">
                "Reload"
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_icons_have_the_prefix() {
        let (drawn, named) = (ICONS.matches("<symbol ").count(), ICONS.matches("<symbol id=\"icon-").count());
        assert!(drawn > 0 && drawn == named, "{named} of {drawn}");
        assert_eq!(drawn, ICONS.matches("</symbol>").count());
    }

    #[test]
    fn comments_are_removed_from_scripts() {
        assert_eq!(without_comments("// why\nlet a = 1;\n\n  // and\n  a;\n"), "let a = 1;\na;");
        assert!(
            START.contains("import('SCRIPT')")
                && START.contains("fetch('WASM_MODULE')")
                && !START.contains("//")
        );
        assert!(THEME.starts_with("try {"));
        assert!(STOPPED.contains("'/client-errors'") && !STOPPED.contains("//"));
    }
}
