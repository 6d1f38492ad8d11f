//! The WASM module: hydrates the page that the server has rendered, and nothing else.

/// Hydrates the server-rendered document. When it returns the page is interactive.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
