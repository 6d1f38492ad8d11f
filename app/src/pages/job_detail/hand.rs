//! A hand that moves over the list of devices. What would push the list away waits until the hand rests.

use leptos::prelude::*;

use crate::browser;

/// Time between two looks, in milliseconds.
const LOOK: u64 = 250;
/// After so many looks without a movement, three seconds, the hand rests.
const RESTS: u32 = 12;

/// The hand, by the looks since it has moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hand(StoredValue<u32>);

impl Hand {
    /// One that rests.
    pub(super) fn new() -> Self {
        Self(StoredValue::new(RESTS))
    }

    /// Hears of a movement.
    pub(super) fn moved(self) {
        self.0.set_value(0);
    }

    /// Whether something has come about, as far as the list may be moved for it.
    pub(super) fn hold(self, has_come: Memo<bool>) -> RwSignal<bool> {
        let told = RwSignal::new(has_come.get_untracked());
        if told.get_untracked() {
            return told;
        }
        browser::every(LOOK, move || {
            let looks = self.0.get_value();
            if looks < RESTS {
                self.0.set_value(looks + 1);
            } else if !told.get_untracked() && has_come.get_untracked() {
                told.set(true);
            }
        });
        told
    }
}
