//! Memos and effects whose makings are in the program once a type. Leptos makes one of each closure, and a page has many
//! more of these than types.

use leptos::prelude::*;

/// A value that is worked out from others, and told of only when it is another one.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    look: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    #[inline(never)]
    fn of<T: PartialEq + Send + Sync + 'static>(look: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| look())
    }
    of(Box::new(look))
}

/// Does something in the browser at first and whenever what it looks at changes.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    #[inline(never)]
    fn of(mut act: Box<dyn FnMut()>) {
        Effect::new(move |_| act());
    }
    of(Box::new(act));
}
