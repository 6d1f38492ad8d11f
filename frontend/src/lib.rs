//! The browser's program: takes over the page that the server has rendered, and nothing else.

use leptos::{mount::hydrate_from_async, tachys::dom};

/// Attaches the app to the server-rendered document; resolves once the page, whose program comes separately, is alive.
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    hydrate_from_async(dom::body(), app::App).await.forget();
}
