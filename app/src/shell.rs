//! The HTML document around the app.
//!
//! The content policy allows only scripts that carry the request's nonce, so every script here does, Leptos's own
//! included. Nothing else is inline.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::routes::App;

/// Applies the remembered theme before the first paint; without it a dark page would flash light.
const THEME: &str = "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// The document of every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{THEME}</script>
                <link rel="stylesheet" href="/pkg/fleetcast.css" />
                <link rel="preload" href="/fonts/geist.woff2" r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
