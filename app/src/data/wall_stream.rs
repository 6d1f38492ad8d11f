//! The event stream of the wall: the server reads for all screens at once and sends each what it shows. A page whose stream
//! is live does not ask by itself.

use leptos::prelude::*;

use crate::{api::wall::WallPage, data::read::Reading};

/// Puts what the stream sends into a reading, while the stream is wanted, and says in `is_live` whether it sends. While it does
/// not the reading has to go on by itself, by which a screen also finds out that it was revoked. On the server nothing happens.
pub(crate) fn follow_wall(read: Reading<(), WallPage>, is_wanted: Memo<bool>, is_live: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    browser::start(browser::Screen { read, is_wanted, is_live });
    #[cfg(not(feature = "hydrate"))]
    let _ = (read, is_wanted, is_live);
}

#[cfg(feature = "hydrate")]
mod browser {
    use console_wire::{event::WALL, wall::WallView};
    use leptos::prelude::*;
    use web_sys::MessageEvent;

    use crate::{
        account::use_account,
        api::wall::WallPage,
        data::{
            event_source::{self, Follower},
            read::Reading,
        },
        paths,
    };

    /// A screen that shows the wall.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Screen {
        pub(super) read: Reading<(), WallPage>,
        pub(super) is_wanted: Memo<bool>,
        pub(super) is_live: RwSignal<bool>,
    }

    /// Follows the stream. Who has a scope sees other figures than the screens do, and is refused by the server.
    pub(super) fn start(screen: Screen) {
        if use_account().scope().is_none() {
            event_source::follow(screen);
        }
    }

    impl Screen {
        fn set_live(self, is_live: bool) {
            if self.is_live.get_untracked() != is_live {
                self.is_live.set(is_live);
            }
        }
    }

    impl Follower for Screen {
        const EVENTS: &'static [&'static str] = &[WALL];

        fn address(&self) -> Option<String> {
            self.is_wanted.get().then(|| paths::WALL_EVENTS.to_owned())
        }

        fn receive(&self, _name: &'static str, event: &MessageEvent) {
            let data = event.data().as_string();
            // What another build sends may be unreadable; then the page asks, and loads itself anew.
            let Some(view) = data.and_then(|data| serde_json::from_str::<WallView>(&data).ok()) else {
                return;
            };
            self.read.set(WallPage::Shown(Box::new(view)));
            self.set_live(true);
        }

        fn lost(&self) {
            if self.is_live.get_untracked() {
                self.set_live(false);
                self.read.refetch();
            }
        }

        fn closed(&self) {
            self.set_live(false);
        }
    }
}
