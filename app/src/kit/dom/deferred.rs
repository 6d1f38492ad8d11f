//! Handlers of events that the browser may dispatch while the module is changing the document.
//!
//! Removing a focused element dispatches `blur` and `focusout` before `remove` returns, and so does moving the focus. A
//! handler that runs then would change signals whose effects are being run or whose owner is being disposed, which stops
//! the module. Such a handler has to wait until the module's current call has returned.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// The events that are dispatched during changes of the document, or so late that the page may have been left: their
/// handlers are wrapped in [`deferred`]. A test below looks for those that are not.
#[cfg(test)]
const EVENTS: [&str; 7] = ["blur", "focus", "focusin", "focusout", "close", "toggle", "pointerleave"];

/// A handler that runs after the module's current call, and only if its owner still exists by then.
pub(crate) fn deferred<E: 'static>(handler: impl Fn(E) + 'static) -> impl Fn(E) + 'static {
    #[cfg(feature = "hydrate")]
    {
        let handler = std::rc::Rc::new(handler);
        let exists = StoredValue::new(());
        move |event| {
            let handler = std::rc::Rc::clone(&handler);
            queue_microtask(move || {
                if exists.try_get_value().is_some() {
                    handler(event);
                }
            });
        }
    }
    #[cfg(not(feature = "hydrate"))]
    handler
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::EVENTS;
    use crate::format::markup::sources;

    #[test]
    fn handlers_of_these_events_are_deferred() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        for path in sources(&root) {
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines() {
                for event in EVENTS {
                    let Some((_, handler)) = line.split_once(&format!("on:{event}=")) else { continue };
                    assert!(
                        handler.starts_with("dom::deferred("),
                        "{}: {line}: the browser may dispatch it while the page is being left; use dom::deferred",
                        path.display()
                    );
                    found += 1;
                }
            }
        }
        assert!(found > 0);
    }
}
