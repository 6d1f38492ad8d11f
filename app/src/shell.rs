//! The HTML document around the app.
//!
//! The content policy allows only scripts that carry the request's nonce, so every script here does, Leptos's own
//! included. Nothing else is inline.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::routes::App;

/// Applies the remembered theme before the first paint; without it a dark page would flash light.
const THEME: &str = "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// Loads the program, both halves at once, and starts it when the document is complete. Ours rather than Leptos' own,
/// whose preload tags carry the nonce in another attribute, so that a strict policy refuses them.
fn start(options: &LeptosOptions) -> String {
    let program = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    format!(
        "{{const wasm=fetch('{program}_bg.wasm'),glue=import('{program}.js');\
         addEventListener('DOMContentLoaded',async()=>{{\
         const program=await glue;await program.default({{module_or_path:wasm}});program.hydrate()}})}}"
    )
}

/// The document of every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{THEME}</script>
                <link rel="stylesheet" href=style />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <script nonce=use_nonce()>{start(&options)}</script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
