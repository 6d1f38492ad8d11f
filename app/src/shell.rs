//! The HTML document around the app.
//!
//! The content policy allows only scripts that carry the request's nonce, so every script here does, Leptos's own
//! included. Ours are files of their own beside this one and stand in the document, short as they are: asked for one by
//! one they would come a round trip later, the theme after the first paint.

use std::sync::LazyLock;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{programs, routes::App};

static THEME: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("shell/theme.js")));
static START: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("shell/start.js")));
/// In the document too: an icon that is first wanted when the server is away could not be fetched.
static ICONS: LazyLock<String> = LazyLock::new(|| symbols(include_str!("shell/icons.svg")));
/// The id of the document's last part.
const LAST: &str = "icons";

/// Comments are for those who read the file; lines and their order stay.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What can be drawn of a sheet of icons.
fn symbols(sheet: &str) -> String {
    sheet.lines().map(str::trim).filter(|line| line.starts_with("<symbol")).collect()
}

/// The document of every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let name = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let style = format!("{name}.css");
    let folder = &options.site_pkg_dir;
    let page = programs::whole_page().unwrap_or_default();
    let program = if page.is_empty() { format!("{name}_bg.wasm") } else { format!("/{folder}/{page}.wasm") };
    let start = START
        .replace("NAME", &name)
        .replace("FOLDER", folder)
        .replace("PROGRAM", &program)
        .replace("PAGE", page);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{THEME.as_str()}</script>
                // Asked for before the style sheet names them, so that they are there when the page is first drawn.
                <link rel="preload" href="/fonts/geist.woff2" r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                <link rel="preload" href="/fonts/geist-mono.woff2" r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                // Nothing is drawn before all of the page is here: half of it would move when the rest comes.
                <link rel="expect" href=format!("#{LAST}") blocking="render" />
                <link rel="stylesheet" href=style />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <script nonce=use_nonce()>{start}</script>
                {programs::preload(&options.site_pkg_dir)}
                <MetaTags />
            </head>
            <body>
                <App />
                <svg id=LAST class="sprite" aria-hidden="true" inner_html=ICONS.as_str()></svg>
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_icons_can_be_told_from_other_elements() {
        let (drawn, named) = (ICONS.matches("<symbol ").count(), ICONS.matches("<symbol id=\"icon-").count());
        assert!(drawn > 0 && drawn == named, "{named} of {drawn}");
        assert_eq!(drawn, ICONS.matches("</symbol>").count());
    }

    #[test]
    fn scripts_go_without_their_comments() {
        assert_eq!(without_comments("// why\nlet a = 1;\n\n  // and\n  a;\n"), "let a = 1;\na;");
        assert!(
            START.contains("import('NAME.js')")
                && START.contains("fetch('PROGRAM')")
                && !START.contains("//")
        );
        assert!(THEME.starts_with("try {"));
    }
}
