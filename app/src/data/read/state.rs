//! When a read is due and which answer is kept: the rules of [`super::Reading`], without a browser.

/// The longest pause before a failed read is tried again, in seconds.
const LONGEST_PAUSE: u32 = 15;

/// The reads of one [`super::Reading`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadState<K> {
    /// The key of the newest read; `None` while there is nothing to read.
    key: Option<K>,
    /// Number of the newest read. An answer to an earlier one is late.
    number: u32,
    is_reading: bool,
    has_failed: bool,
    /// How many reads of this key have failed in a row.
    failures: u32,
    /// Whether another read was requested during this one.
    is_requested: bool,
    /// The sequence when the newest read started, and when the newest successful one did.
    started_at: u64,
    read_at: u64,
}

/// What to do about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// What is there answers it.
    Keep,
    /// There is nothing to read, so nothing to show.
    Clear,
    /// Start this read.
    Read(u32),
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Another read, or a value, has taken its place.
    Late,
    /// Keep it.
    Keep,
    /// Keep it and read again.
    KeepAndRefetch,
}

impl<K: Clone + PartialEq> ReadState<K> {
    /// Nothing was read yet.
    pub(super) const fn new() -> Self {
        Self {
            key: None,
            number: 0,
            is_reading: false,
            has_failed: false,
            failures: 0,
            is_requested: false,
            started_at: 0,
            read_at: 0,
        }
    }

    /// The first read of `key` is on its way; its number is 0.
    pub(super) fn reading_first(key: Option<K>) -> Self {
        Self { is_reading: key.is_some(), key, ..Self::new() }
    }

    /// `key` was read before, when the sequence was `read_at`.
    pub(super) fn read_before(key: Option<K>, has_failed: bool, read_at: u64) -> Self {
        Self { key, has_failed, read_at, ..Self::new() }
    }

    /// The key of the newest read.
    pub(super) const fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// Follows a change of the key. `covers` tells whether an answer to the first key is one to the second as well.
    pub(super) fn follow(&mut self, key: Option<&K>, sequence: u64, covers: impl Fn(&K, &K) -> bool) -> Step {
        match (self.key.as_ref(), key) {
            (None, None) => Step::Keep,
            (Some(_), None) => {
                self.key = None;
                self.drop_read();
                Step::Clear
            }
            (Some(read), Some(key)) if read == key || !self.has_failed && covers(read, key) => Step::Keep,
            (_, Some(key)) => {
                self.key = Some(key.clone());
                self.failures = 0;
                Step::Read(self.start(sequence))
            }
        }
    }

    /// The number of the read to start on request. One read at a time: during a read, the next one starts at its end.
    pub(super) fn refetch(&mut self, sequence: u64) -> Option<u32> {
        if self.is_reading {
            self.is_requested = true;
            return None;
        }
        self.key.is_some().then(|| self.start(sequence))
    }

    /// The number of the read to start at a tick of the timer; with a sequence only if it has moved since the last read.
    pub(super) fn tick(&mut self, sequence: Option<u64>) -> Option<u32> {
        let has_moved = sequence.is_none_or(|sequence| sequence > self.read_at);
        let is_due = has_moved && !self.is_reading && self.key.is_some();
        is_due.then(|| self.start(sequence.unwrap_or_default()))
    }

    /// The answer to a read has arrived.
    pub(super) fn arrive(&mut self, number: u32, is_ok: bool) -> Arrival {
        if number != self.number || !self.is_reading {
            return Arrival::Late;
        }
        self.is_reading = false;
        self.has_failed = !is_ok;
        self.failures = if is_ok { 0 } else { self.failures.saturating_add(1) };
        if is_ok {
            self.read_at = self.started_at;
        }
        if std::mem::take(&mut self.is_requested) { Arrival::KeepAndRefetch } else { Arrival::Keep }
    }

    /// Whether an answer is awaited.
    pub(super) const fn is_reading(&self) -> bool {
        self.is_reading
    }

    /// The number of the newest read.
    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// How many seconds to wait until a read that has failed is tried again: 1, 2, 4, 8, then 15.
    pub(super) fn retry_pause(&self) -> Option<u32> {
        let failures = self.failures.checked_sub(1)?;
        Some(if failures < 4 { 1 << failures } else { LONGEST_PAUSE })
    }

    /// A value came another way, so a read on its way may be older.
    pub(super) fn drop_read(&mut self) {
        self.number += 1;
        self.is_reading = false;
        self.has_failed = false;
        self.is_requested = false;
    }

    fn start(&mut self, sequence: u64) -> u32 {
        self.drop_read();
        self.is_reading = true;
        self.started_at = sequence;
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type State = ReadState<&'static str>;

    /// A state whose first key is read, at sequence 5.
    fn read(key: &'static str) -> State {
        State::read_before(Some(key), false, 5)
    }

    fn failed(key: &'static str) -> State {
        State::read_before(Some(key), true, 5)
    }

    /// Keys of these tests cover those that they begin with.
    fn follow(state: &mut State, key: Option<&'static str>) -> Step {
        state.follow(key.as_ref(), 7, |read, key| read.starts_with(key))
    }

    #[test]
    fn a_key_is_read_unless_the_answer_covers_it() {
        for (name, mut state, key, step) in [
            ("nothing to read", State::new(), None, Step::Keep),
            ("a first key", State::new(), Some("a"), Step::Read(1)),
            ("the first read's key", State::reading_first(Some("a")), Some("a"), Step::Keep),
            ("another during the first read", State::reading_first(Some("a")), Some("b"), Step::Read(1)),
            ("the same key", read("ab"), Some("ab"), Step::Keep),
            ("a covered key", read("ab"), Some("a"), Step::Keep),
            ("another key", read("a"), Some("ab"), Step::Read(1)),
            ("no key any more", read("a"), None, Step::Clear),
            ("a failed read covers nothing", failed("ab"), Some("a"), Step::Read(1)),
            ("a failed key is not read again by itself", failed("a"), Some("a"), Step::Keep),
        ] {
            assert_eq!(follow(&mut state, key), step, "{name}");
        }
    }

    #[test]
    fn a_tick_reads_when_the_sequence_has_moved() {
        for (name, mut state, sequence, is_due) in [
            ("without a sequence", read("a"), None, true),
            ("moved", read("a"), Some(6), true),
            ("not moved", read("a"), Some(5), false),
            ("during a read", State::reading_first(Some("a")), Some(6), false),
            ("nothing to read", State::new(), None, false),
        ] {
            assert_eq!(state.tick(sequence).is_some(), is_due, "{name}");
        }
    }

    #[test]
    fn a_failed_read_stays_due() {
        let mut state = read("a");
        let number = state.tick(Some(6)).unwrap();
        assert_eq!(state.arrive(number, false), Arrival::Keep);
        let number = state.tick(Some(6)).unwrap();
        assert_eq!(state.arrive(number, true), Arrival::Keep);
        assert_eq!(state.tick(Some(6)), None);
    }

    #[test]
    fn failed_reads_are_tried_again_with_growing_pauses() {
        let mut state = State::reading_first(Some("a"));
        assert_eq!(state.retry_pause(), None);
        let mut pauses = Vec::new();
        for _ in 0..6 {
            state.arrive(state.number(), false);
            pauses.extend(state.retry_pause());
            state.refetch(0);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 15, 15]);
        state.arrive(state.number(), true);
        assert_eq!(state.retry_pause(), None, "a good answer ends it");
        let number = state.refetch(0).unwrap();
        state.arrive(number, false);
        follow(&mut state, Some("b"));
        state.arrive(state.number(), false);
        assert_eq!(state.retry_pause(), Some(1), "another key begins anew");
    }

    #[test]
    fn late_answers_are_dropped() {
        let mut state = State::reading_first(Some("a"));
        assert_eq!(follow(&mut state, Some("b")), Step::Read(1));
        assert_eq!(state.arrive(0, true), Arrival::Late);
        assert_eq!(state.arrive(1, true), Arrival::Keep);
        assert_eq!(state.arrive(1, true), Arrival::Late, "each answer arrives once");

        let number = state.refetch(0).unwrap();
        state.drop_read();
        assert_eq!(state.arrive(number, true), Arrival::Late, "a value was set meanwhile");

        let number = state.refetch(0).unwrap();
        assert_eq!(follow(&mut state, None), Step::Clear);
        assert_eq!(state.arrive(number, true), Arrival::Late, "nothing is to be read any more");
    }

    #[test]
    fn a_request_during_a_read_is_kept_for_its_end() {
        let mut state = read("a");
        let number = state.refetch(0).unwrap();
        assert_eq!(state.refetch(0), None);
        assert_eq!(state.arrive(number, true), Arrival::KeepAndRefetch);
        assert_eq!(State::new().refetch(0), None, "there is nothing to read");
    }
}
