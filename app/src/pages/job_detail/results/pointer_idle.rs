//! Delays layout changes above the results while the pointer moves over them.

use leptos::prelude::*;

use crate::kit::dom;

/// Time between two ticks, in milliseconds.
const TICK: u64 = 250;
/// After so many ticks without a movement, three seconds, the pointer is idle.
const IDLE: u32 = 12;

/// Counts the ticks since the pointer moved.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages::job_detail) struct PointerIdle(StoredValue<u32>);

impl PointerIdle {
    /// A pointer that is idle.
    pub(in crate::pages::job_detail) fn new() -> Self {
        Self(StoredValue::new(IDLE))
    }

    /// The pointer has moved.
    pub(in crate::pages::job_detail) fn moved(self) {
        self.0.set_value(0);
    }

    /// Turns true once the condition is true and the pointer is idle; true at once where it is true from the start.
    pub(in crate::pages::job_detail) fn once_idle(self, condition: Memo<bool>) -> RwSignal<bool> {
        let shown = RwSignal::new(condition.get_untracked());
        if shown.get_untracked() {
            return shown;
        }
        dom::on_interval(TICK, move || {
            let ticks = self.0.get_value();
            if ticks < IDLE {
                self.0.set_value(ticks + 1);
            } else if !shown.get_untracked() && condition.get_untracked() {
                shown.set(true);
            }
        });
        shown
    }
}
