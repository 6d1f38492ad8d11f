//! A text field and its caret. On the server there is no caret.

use leptos::{
    html::{Div, Input},
    prelude::*,
};

/// Byte position of the caret in the field's text; its end on the server and when the browser does not report it.
pub(crate) fn position(field: NodeRef<Input>, text: &str) -> usize {
    #[cfg(feature = "hydrate")]
    {
        let Some(units) =
            field.try_get_untracked().flatten().and_then(|field| field.selection_start().ok().flatten())
        else {
            return text.len();
        };
        // The browser counts UTF-16 units.
        let mut left = usize::try_from(units).unwrap_or_default();
        for (at, c) in text.char_indices() {
            if left == 0 {
                return at;
            }
            left = left.saturating_sub(c.len_utf16());
        }
        text.len()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = field;
        text.len()
    }
}

/// Sets the field's text and moves the caret to a byte position.
pub(crate) fn set_text(field: NodeRef<Input>, text: &str, caret: usize) {
    #[cfg(feature = "hydrate")]
    if let Some(field) = field.try_get_untracked().flatten() {
        let units = text.get(..caret).unwrap_or(text).encode_utf16().count();
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        field.set_value(text);
        let _ = field.set_selection_range(units, units);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (field, text, caret);
}

/// Scrolls the layer under a field to where the field is scrolled.
pub(crate) fn sync_scroll(field: NodeRef<Input>, layer: NodeRef<Div>) {
    #[cfg(feature = "hydrate")]
    if let (Some(field), Some(layer)) =
        (field.try_get_untracked().flatten(), layer.try_get_untracked().flatten())
    {
        layer.set_scroll_left(field.scroll_left());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (field, layer);
}
