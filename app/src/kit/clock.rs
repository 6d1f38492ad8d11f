//! The current time, and the time zone in which times are shown.
//!
//! The first frame shows the server's time in UTC, on both sides. Once the page is hydrated one timer ticks each second,
//! corrected by the difference between the browser's clock and the server's. The zone is the one chosen in the status bar.
//! A browser that has another zone than UTC stored hides the first frame's times, see `shell/theme.js`.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::kit::dom;

/// The time zone in which times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// UTC, the default.
    Utc,
    /// The user's.
    Local,
}

/// The page's clock, one for all components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    now: RwSignal<Option<Timestamp>>,
    skew_millis: StoredValue<i64>,
    zone: RwSignal<Zone>,
}

impl Clock {
    /// Provides the clock to all components. It does not tick on the server.
    pub(crate) fn provide() {
        let clock = Self {
            now: RwSignal::new(None),
            skew_millis: StoredValue::new(0),
            zone: RwSignal::new(Zone::Utc),
        };
        provide_context(clock);
        Effect::new(move |_| {
            if !dom::is_hydrated() {
                return;
            }
            if dom::load_setting("zone").as_deref() == Some("mine") {
                clock.zone.set(Zone::Local);
            }
            clock.tick();
            // Every text has its zone before the next paint.
            dom::show_times();
        });
        #[cfg(feature = "hydrate")]
        dom::on_interval(1000, move || {
            if !dom::is_hidden() {
                clock.tick();
            }
        });
        dom::on_visible(move || clock.tick());
    }

    fn tick(self) {
        if let Some(now) = self.now_untracked() {
            self.now.set(Some(now));
        }
    }

    /// Sets the server's time. A difference below two seconds is the network's, not the clock's.
    pub(crate) fn set_server_time(self, server: Timestamp) {
        if let Some(millis) = dom::now_millis() {
            let skew = server.unix_millis() - millis;
            self.skew_millis.set_value(if skew.abs() < 2000 { 0 } else { skew });
        }
    }

    /// The current time; in the first frame the time at which the data was read.
    pub(crate) fn now_or(self, as_of: Timestamp) -> Timestamp {
        self.now.get().map_or(as_of, |now| now.max(as_of))
    }

    /// The server's current time, untracked; `None` on the server.
    pub(crate) fn now_untracked(self) -> Option<Timestamp> {
        dom::now_millis().map(|millis| self.to_server_time(millis))
    }

    /// The server's time at a time of the browser's clock, in milliseconds.
    pub(crate) fn to_server_time(self, millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis + self.skew_millis.get_value())
    }

    /// The current time, once the page is hydrated.
    pub(crate) fn now(self) -> Option<Timestamp> {
        self.now.get()
    }

    /// The zone in which times are shown.
    pub(crate) fn zone(self) -> Zone {
        self.zone.get()
    }

    /// Changes the zone and stores it in this browser.
    pub(crate) fn set_zone(self, zone: Zone) {
        dom::save_setting("zone", if zone == Zone::Local { "mine" } else { "utc" });
        self.zone.set(zone);
    }

    /// Minutes to add to UTC at an instant, in the chosen zone.
    pub(crate) fn offset_minutes(self, at: Timestamp) -> i32 {
        match self.zone.get() {
            Zone::Utc => 0,
            Zone::Local => dom::zone_offset_minutes(at.unix_millis()),
        }
    }
}

/// The page's clock.
pub(crate) fn use_clock() -> Clock {
    expect_context()
}
