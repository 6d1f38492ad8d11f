//! The browser's program: takes over the page that the server has rendered, and nothing else.

/// Attaches the app to the server-rendered document.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(app::App);
}
