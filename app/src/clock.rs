//! What time it is for the viewer, and in which zone times are written.
//!
//! The first frame shows the server's time in UTC, on both sides. Once interactive, one timer ticks each second,
//! corrected by how far the browser's clock is from the server's; the zone is the one chosen in the status bar.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{browser, reactive::effect};

/// In which zone times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// UTC, the default.
    Utc,
    /// The viewer's.
    Mine,
}

/// The page's clock, one for all components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    now: RwSignal<Option<Timestamp>>,
    skew_millis: StoredValue<i64>,
    zone: RwSignal<Zone>,
}

impl Clock {
    /// Starts the clock; it stands still on the server.
    pub(crate) fn provide() {
        let clock = Self {
            now: RwSignal::new(None),
            skew_millis: StoredValue::new(0),
            zone: RwSignal::new(Zone::Utc),
        };
        provide_context(clock);
        effect(move || {
            if !browser::is_alive() {
                return;
            }
            if browser::remembered("zone").as_deref() == Some("mine") {
                clock.zone.set(Zone::Mine);
            }
            clock.tick();
        });
        #[cfg(feature = "hydrate")]
        browser::every(1000, move || {
            if !browser::is_hidden() {
                clock.tick();
            }
        });
        browser::on_look(move || clock.tick());
    }

    fn tick(self) {
        if let Some(now) = self.now_untracked() {
            self.now.set(Some(now));
        }
    }

    /// Learns the server's time. Below two seconds the difference is the network's, not the clock's.
    pub(crate) fn learn(self, server: Timestamp) {
        if let Some(millis) = browser::now_millis() {
            let skew = server.unix_millis() - millis;
            self.skew_millis.set_value(if skew.abs() < 2000 { 0 } else { skew });
        }
    }

    /// Now, or the time that came with the data while the page is in its first frame.
    pub(crate) fn now_or(self, as_of: Timestamp) -> Timestamp {
        self.now.get().map_or(as_of, |now| now.max(as_of))
    }

    /// Now by the server's clock, for what happens rather than for what is shown; none on the server.
    pub(crate) fn now_untracked(self) -> Option<Timestamp> {
        browser::now_millis().map(|millis| self.by_server(millis))
    }

    /// A time of the browser's clock, in milliseconds, by the server's.
    pub(crate) fn by_server(self, millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis + self.skew_millis.get_value())
    }

    /// Now, once the page is interactive.
    pub(crate) fn now(self) -> Option<Timestamp> {
        self.now.get()
    }

    /// The zone in which times are written.
    pub(crate) fn zone(self) -> Zone {
        self.zone.get()
    }

    /// Changes the zone and remembers it in this browser.
    pub(crate) fn set_zone(self, zone: Zone) {
        browser::remember("zone", if zone == Zone::Mine { "mine" } else { "utc" });
        self.zone.set(zone);
    }

    /// Minutes to add to UTC at an instant, in the chosen zone.
    pub(crate) fn offset_minutes(self, at: Timestamp) -> i32 {
        match self.zone.get() {
            Zone::Utc => 0,
            Zone::Mine => browser::zone_offset_minutes(at.unix_millis()),
        }
    }
}

/// The page's clock.
pub(crate) fn use_clock() -> Clock {
    expect_context()
}
