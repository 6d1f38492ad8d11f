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
///
/// What was typed or chosen before the program was there is put back and told to it, as it starts from the first frame.
fn start(options: &LeptosOptions) -> String {
    const START: &str = "{const wasm=fetch('NAME_bg.wasm'),glue=import('NAME.js');\
        addEventListener('DOMContentLoaded',async()=>{\
        const program=await glue;await program.default({module_or_path:wasm});\
        const touched=[...document.querySelectorAll('input,textarea')].filter(field=>field.type==='radio'\
        ?field.checked&&!field.defaultChecked:field.value!==field.defaultValue).map(field=>[field,field.value]);\
        program.hydrate();\
        setTimeout(()=>touched.forEach(([field,value])=>{const isRadio=field.type==='radio';\
        if(isRadio)field.checked=true;else field.value=value;\
        field.dispatchEvent(new Event(isRadio?'change':'input',{bubbles:true}))}))})}";
    START.replace("NAME", &format!("/{}/{}", options.site_pkg_dir, options.output_name))
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
