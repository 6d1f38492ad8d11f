//! The browser's clock, time zone and timer.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use super::is_hydrated;

/// The browser's clock, in milliseconds since the Unix epoch; `None` on the server, where pages use the time that came
/// with their data.
#[cfg_attr(feature = "hydrate", expect(clippy::unnecessary_wraps, reason = "the server has no answer"))]
pub(crate) fn now_millis() -> Option<i64> {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds stay far below 2^53")]
        Some(js_sys::Date::now() as i64)
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// Minutes that the user's time zone is ahead of UTC at an instant; 0 on the server.
pub(crate) fn zone_offset_minutes(unix_millis: i64) -> i32 {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds stay far below 2^53")]
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(unix_millis as f64));
        #[expect(clippy::cast_possible_truncation, reason = "a zone is at most 14 hours away")]
        let behind = date.get_timezone_offset() as i32;
        -behind
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = unix_millis;
        0
    }
}

/// The name of the user's time zone, such as `Europe/Berlin`; empty on the server.
pub(crate) fn zone_name() -> String {
    #[cfg(feature = "hydrate")]
    {
        let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
        let name = js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into());
        name.ok().and_then(|name| name.as_string()).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// Minutes that the user's time zone is ahead of UTC at a local wall time such as `2026-09-17T18:00`; 0 on the server.
pub(crate) fn zone_offset_at_local(local: &str) -> i32 {
    #[cfg(feature = "hydrate")]
    {
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(local));
        let behind = date.get_timezone_offset();
        if behind.is_nan() {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a zone is at most 14 hours away")]
        let behind = behind as i32;
        -behind
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = local;
        0
    }
}

/// Calls back at this interval until the owner is disposed, once the page is hydrated; never on the server.
pub(crate) fn on_interval(millis: u64, callback: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let callback = move || {
            if untrack(is_hydrated) {
                callback();
            }
        };
        if let Ok(handle) = set_interval_with_handle(callback, std::time::Duration::from_millis(millis)) {
            on_cleanup(move || handle.clear());
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (millis, callback);
}
