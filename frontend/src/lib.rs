//! The browser's program: takes over the page that the server has rendered, and nothing else.

/// Attaches the app to the server-rendered document; resolves once the page is alive.
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    // The program that ships has no messages to tell: `frontend/bundle` cuts its panics short.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    app::hydrate().await;
}
