//! Data that is read again and again while somebody looks, where no event stream tells of it: a device's twin, the
//! simulated pool. What was read last stays when a read fails, with the time since when it is old.

use std::{future::Future, pin::Pin, sync::Arc};

use hub_wire::Timestamp;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::ApiError,
    browser,
    clock::{Clock, use_clock},
};

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send>>;
type Reader<T> = Arc<dyn Fn() -> Reading<T> + Send + Sync>;

/// Data that is read again and again.
#[derive(Debug)]
pub(crate) struct Polled<T: 'static> {
    newest: RwSignal<T>,
    stale_since: RwSignal<Option<Timestamp>>,
    reader: StoredValue<Reader<T>>,
    is_reading: StoredValue<bool>,
    clock: Clock,
}

impl<T> Clone for Polled<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Polled<T> {}

/// Begins with what came with the page and reads again every so many milliseconds, one read at a time; not while the
/// page is hidden, never on the server.
pub(crate) fn use_poll<T, F>(first: T, millis: u64, read: impl Fn() -> F + Send + Sync + 'static) -> Polled<T>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let polled = Polled {
        newest: RwSignal::new(first),
        stale_since: RwSignal::new(None),
        reader: StoredValue::new(Arc::new(move || Box::pin(read()) as Reading<T>) as Reader<T>),
        is_reading: StoredValue::new(false),
        clock: use_clock(),
    };
    let again = move || polled.again();
    browser::every(millis, move || {
        if !browser::is_hidden() {
            again();
        }
    });
    browser::on_look(again);
    polled
}

impl<T: Clone + Send + Sync + 'static> Polled<T> {
    /// Reads now, out of turn.
    pub(crate) fn again(self) {
        if self.is_reading.try_get_value() != Some(false) {
            return;
        }
        self.is_reading.set_value(true);
        let Some(reading) = self.reader.try_with_value(|reader| reader()) else { return };
        spawn_local(async move {
            let read = reading.await;
            self.is_reading.try_set_value(false);
            match read {
                Ok(newest) => {
                    self.newest.try_set(newest);
                    self.stale_since.try_set(None);
                }
                Err(_) => {
                    self.stale_since
                        .try_update(|since| *since = since.or_else(|| self.clock.now_untracked()));
                }
            }
        });
    }

    /// The newest data.
    pub(crate) fn newest(self) -> RwSignal<T> {
        self.newest
    }

    /// Takes data that came another way, such as the answer to a change.
    pub(crate) fn take(self, newest: T) {
        self.newest.set(newest);
        self.stale_since.set(None);
    }

    /// Since when reading has failed.
    pub(crate) fn stale_since(self) -> Signal<Option<Timestamp>> {
        self.stale_since.into()
    }
}
