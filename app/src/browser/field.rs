//! A text field and its caret. On the server there is no caret.

use leptos::{
    html::{Div, Input},
    prelude::*,
};

/// Where the caret stands, in bytes of the field's text; its end on the server and where the browser does not say.
pub(crate) fn caret(field: NodeRef<Input>, text: &str) -> usize {
    #[cfg(feature = "hydrate")]
    {
        let Some(units) = field.get_untracked().and_then(|field| field.selection_start().ok().flatten())
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

/// Writes a text into the field and puts the caret at a place in it, in bytes.
pub(crate) fn write(field: NodeRef<Input>, text: &str, caret: usize) {
    #[cfg(feature = "hydrate")]
    if let Some(field) = field.get_untracked() {
        let units = text.get(..caret).unwrap_or(text).encode_utf16().count();
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        field.set_value(text);
        let _ = field.set_selection_range(units, units);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (field, text, caret);
}

/// Moves what lies under a field to where the field has been scrolled.
pub(crate) fn follow_scroll(field: NodeRef<Input>, under: NodeRef<Div>) {
    #[cfg(feature = "hydrate")]
    if let (Some(field), Some(under)) = (field.get_untracked(), under.get_untracked()) {
        under.set_scroll_left(field.scroll_left());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (field, under);
}
