//! The one hook that reads data for a page and keeps it current.
//!
//! A [`Reading`] follows a key. Another key is read at once; the same key is read again every so often, when a sequence
//! has moved, or on request, and only while the page is visible. One read at a time; an answer that another key or value
//! has overtaken is dropped. When a read fails the last good value stays, with the time since when it is stale, and the
//! read is tried again after a pause that grows. After the first frame only the browser reads.

mod options;
mod state;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use hub_wire::Timestamp;
use leptos::{prelude::*, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::options::ReadOptions;
use self::state::{Arrival, ReadState, Step};
use super::page_data::{PageData, page_data};
use crate::{
    account::{Account, use_account},
    error::ApiError,
    kit::{
        Retry,
        clock::{Clock, use_clock},
        dom,
    },
};

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send>>;
type Reader<K, T> = Arc<dyn Fn(K) -> Pending<T> + Send + Sync>;
type First<K, T> = Option<(K, PageData<Option<Result<T, ApiError>>>)>;

/// What a read brought, and for which key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer<K, T> {
    pub(crate) key: K,
    pub(crate) result: Result<T, ApiError>,
}

/// A good value and the key that it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Good<K, T> {
    pub(crate) key: K,
    pub(crate) value: T,
}

/// Data that is kept current.
pub(crate) struct Reading<K: Send + Sync + 'static, T: Send + Sync + 'static> {
    answer: RwSignal<Option<Answer<K, T>>>,
    good: RwSignal<Option<Good<K, T>>>,
    stale_since: RwSignal<Option<Timestamp>>,
    /// Seconds until a failed read is tried again.
    retry_in: RwSignal<Option<u32>>,
    state: StoredValue<ReadState<K>>,
    source: StoredValue<Source<K, T>>,
}

/// What is read, and when.
struct Source<K: Send + Sync + 'static, T: Send + Sync + 'static> {
    key: Signal<Option<K>>,
    first: First<K, T>,
    reader: Reader<K, T>,
    options: ReadOptions<K, T>,
    clock: Clock,
    account: Account,
}

impl<K: Send + Sync, T: Send + Sync> Clone for Reading<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync, T: Send + Sync> Copy for Reading<K, T> {}

impl<K: Send + Sync, T: Send + Sync> std::fmt::Debug for Reading<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reading")
    }
}

/// Reads with the page: the server's answer is in the first frame, which waits for it by [`Reading::ready`]. There is
/// nothing to read while the key is `None`.
pub(crate) fn use_read<K, T, F>(
    key: impl Into<Signal<Option<K>>>,
    options: ReadOptions<K, T>,
    read: impl Fn(K) -> F + Send + Sync + 'static,
) -> Reading<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let key = key.into();
    let now = key.get_untracked();
    let reading = Reading::new(key, ReadState::reading_first(now.clone()), options, read);
    let first = now.map(|now| {
        let wanted = now.clone();
        let resource = page_data(
            || (),
            move |()| {
                let pending = reading.source.with_value(|source| (source.reader)(wanted.clone()));
                async move { Some(pending.await) }
            },
        );
        (now, resource)
    });
    reading.source.update_value(|source| source.first = first);
    reading
}

/// Begins with what came with the page. Without it, the browser reads once the page is interactive.
pub(crate) fn use_read_from<K, T, F>(
    key: impl Into<Signal<Option<K>>>,
    first: Option<Result<T, ApiError>>,
    options: ReadOptions<K, T>,
    read: impl Fn(K) -> F + Send + Sync + 'static,
) -> Reading<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let key = key.into();
    let now = key.get_untracked();
    let Some((now, result)) = now.zip(first) else {
        return Reading::new(key, ReadState::new(), options, read);
    };
    let state = ReadState::read_before(Some(now.clone()), result.is_err(), options.read_at);
    let reading = Reading::new(key, state, options, read);
    reading.show(Answer { key: now, result });
    reading
}

impl<K, T> Reading<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    fn new<F>(
        key: Signal<Option<K>>,
        state: ReadState<K>,
        options: ReadOptions<K, T>,
        read: impl Fn(K) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let source = Source {
            key,
            first: None,
            reader: Arc::new(move |key| Box::pin(read(key)) as Pending<T>),
            options,
            clock: use_clock(),
            account: use_account(),
        };
        let reading = Self {
            answer: RwSignal::new(None),
            good: RwSignal::new(None),
            stale_since: RwSignal::new(None),
            retry_in: RwSignal::new(None),
            state: StoredValue::new(state),
            source: StoredValue::new(source),
        };
        Effect::new(move |_| {
            let key = key.get();
            if dom::is_hydrated() {
                reading.follow(key.as_ref());
            }
        });
        if let Some(millis) = options.every {
            dom::on_interval(millis, move || {
                if !dom::is_hidden() {
                    reading.tick();
                }
            });
            dom::on_visible(move || reading.tick());
        }
        reading
    }

    /// Waits until there is an answer, for a view inside of `Suspend`. It waits once: the view follows [`Self::answer`].
    pub(crate) async fn ready(self) {
        // A resource waits in a task of its own, which may go on when the page was left.
        let Some(first) = self.source.try_with_value(|source| source.first.clone()) else { return };
        let Some((key, resource)) = first else { return };
        let Some(result) = resource.await else { return };
        let arrival = self.state.try_update_value(|state| {
            let arrival = state.arrive(0, result.is_ok());
            (arrival != Arrival::Late || state.key().is_some()).then_some(arrival)
        });
        // Even a late one is shown where nothing else is there to be shown.
        if let Some(Some(arrival)) = arrival
            && self.answer.with_untracked(Option::is_none)
        {
            self.show(Answer { key, result });
            if arrival == Arrival::KeepAndRefetch {
                self.refetch();
            }
        }
    }

    /// The newest answer, good or not. Its key may be one that the page has left.
    pub(crate) fn answer(self) -> ReadSignal<Option<Answer<K, T>>> {
        self.answer.read_only()
    }

    /// The last good value.
    pub(crate) fn good(self) -> ReadSignal<Option<Good<K, T>>> {
        self.good.read_only()
    }

    /// The answer to the key as it is now; `None` while that is being read.
    pub(crate) fn current(self) -> Option<Result<T, ApiError>> {
        let key = self.source.with_value(|source| source.key).get()?;
        self.answer.with(|answer| {
            let answer = answer.as_ref().filter(|answer| self.is_covered(&answer.key, &key))?;
            Some(answer.result.clone())
        })
    }

    /// Why the newest read failed; `None` also when the page was left.
    pub(crate) fn error(self) -> Option<ApiError> {
        self.answer.try_with(|answer| answer.as_ref()?.result.as_ref().err().cloned()).flatten()
    }

    /// The last good value, or `first` before there is one.
    pub(crate) fn value_or(self, first: T) -> Memo<T>
    where
        T: PartialEq,
    {
        Memo::new(move |_| {
            self.good.with(|good| good.as_ref().map_or_else(|| first.clone(), |good| good.value.clone()))
        })
    }

    /// Since when reading again has failed.
    pub(crate) fn stale_since(self) -> Signal<Option<Timestamp>> {
        self.stale_since.into()
    }

    /// How the error of the newest read offers to try again.
    pub(crate) fn retry(self) -> Retry {
        Retry { run: Callback::new(move |()| self.refetch()), seconds: self.retry_in.into() }
    }

    /// Reads now.
    pub(crate) fn refetch(self) {
        let number = self.state.try_update_value(|state| state.refetch(self.sequence().unwrap_or_default()));
        self.start(number.flatten());
    }

    /// Reads whenever this changes.
    pub(crate) fn refetch_when<V: PartialEq + 'static>(self, value: impl Fn() -> V + 'static) {
        Effect::new(move |before: Option<V>| {
            let value = value();
            if before.is_some_and(|before| before != value) {
                self.refetch();
            }
            value
        });
    }

    /// Takes a value that came another way, such as the answer to a change.
    pub(crate) fn set(self, value: T) {
        let key = self.state.try_update_value(|state| {
            state.drop_read();
            state.key().cloned()
        });
        if let Some(key) = key.flatten() {
            self.show(Answer { key, result: Ok(value) });
        }
    }

    /// Takes a good value for a key that was given up, to be shown beside the error of the newest answer.
    pub(crate) fn set_good(self, key: K, value: T) {
        self.good.set(Some(Good { key, value }));
    }

    fn sequence(self) -> Option<u64> {
        self.source.try_with_value(|source| source.options)?.sequence?.try_get_untracked()
    }

    fn is_covered(self, read: &K, key: &K) -> bool {
        let covers = self.source.try_with_value(|source| source.options.covers).flatten();
        covers.map_or_else(|| read == key, |covers| covers(read, key))
    }

    fn follow(self, key: Option<&K>) {
        let step = self.state.try_update_value(|state| {
            state.follow(key, self.sequence().unwrap_or_default(), |read, key| self.is_covered(read, key))
        });
        match step {
            Some(Step::Read(number)) => self.start(Some(number)),
            Some(Step::Clear) => {
                self.answer.set(None);
                self.good.set(None);
                self.stale_since.set(None);
            }
            Some(Step::Keep) | None => {}
        }
    }

    fn tick(self) {
        // A failed read is tried again when its pause is over.
        if self.retry_in.try_get_untracked().flatten().is_some() {
            return;
        }
        let Some(options) = self.source.try_with_value(|source| source.options) else { return };
        if options.unless.is_some_and(|holds| holds.try_get_untracked() == Some(true)) {
            return;
        }
        let is_wanted = options.only_while.is_none_or(|condition| {
            self.good.with_untracked(|good| good.as_ref().is_some_and(|good| condition(&good.value)))
        });
        if is_wanted {
            self.start(self.state.try_update_value(|state| state.tick(self.sequence())).flatten());
        }
    }

    fn start(self, number: Option<u32>) {
        let Some(number) = number else { return };
        self.retry_in.set(None);
        let Some(key) = self.state.with_value(|state| state.key().cloned()) else { return };
        let Some(pending) = self.source.try_with_value(|source| (source.reader)(key.clone())) else { return };
        spawn_local(async move {
            let result = pending.await;
            // The page may be gone by now.
            let arrival = self.state.try_update_value(|state| state.arrive(number, result.is_ok()));
            if matches!(arrival, Some(Arrival::Keep | Arrival::KeepAndRefetch)) {
                if result.is_err() {
                    let clock = self.source.with_value(|source| source.clock);
                    self.stale_since.update(|since| *since = since.or_else(|| clock.now_untracked()));
                }
                self.show(Answer { key, result });
            }
            if arrival == Some(Arrival::KeepAndRefetch) {
                self.refetch();
            }
        });
    }

    /// Tries a failed read again after a pause, unless trying again would not help.
    fn retry_later(self, error: &ApiError) {
        let plan = self.state.try_with_value(|state| (state.retry_pause(), state.number()));
        if let (true, Some((Some(seconds), number))) = (error.0.retryable, plan) {
            self.count_down(seconds, number);
        }
    }

    /// Reads when the seconds are over. On a hidden page, and until the page is hydrated, they do not pass.
    fn count_down(self, seconds: u32, number: u32) {
        let is_waiting = self.state.try_with_value(|state| state.number() == number && !state.is_reading());
        if is_waiting != Some(true) {
            return;
        }
        if seconds == 0 {
            return self.refetch();
        }
        let is_passing = untrack(dom::is_hydrated) && !dom::is_hidden();
        if is_passing {
            self.retry_in.set(Some(seconds));
        }
        let next = move || self.count_down(if is_passing { seconds - 1 } else { seconds }, number);
        set_timeout(next, Duration::from_secs(1));
    }

    fn show(self, answer: Answer<K, T>) {
        if let Ok(value) = &answer.result {
            self.good.set(Some(Good { key: answer.key.clone(), value: value.clone() }));
            self.stale_since.set(None);
        }
        self.retry_in.set(None);
        // On the server nothing is tried again.
        if let (Err(error), true) = (&answer.result, cfg!(feature = "hydrate")) {
            if let Some(account) = self.source.try_with_value(|source| source.account) {
                account.learn_from(error);
            }
            self.retry_later(error);
        }
        self.answer.set(Some(answer));
    }
}
