//! Reports panics in the browser. The WASM module cannot run after one: the page shows a notice and the server logs the
//! message. `shell/stopped.js` does both, since that must work without the module.

use std::panic;

use leptos::prelude::window;
use web_sys::{CustomEvent, CustomEventInit};

/// The event that carries a panic's message; `shell/stopped.js` listens for it.
const EVENT: &str = "fleetcast:panic";

/// Makes every panic write its message to the browser's console and dispatch it to the page.
pub(crate) fn report_panics() {
    panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        let init = CustomEventInit::new();
        init.set_detail(&panic.to_string().into());
        if let Ok(event) = CustomEvent::new_with_event_init_dict(EVENT, &init) {
            let _ = window().dispatch_event(&event);
        }
    }));
}
