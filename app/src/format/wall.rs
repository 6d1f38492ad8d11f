//! Rules of the wall: where the picture is, and when its numbers are too old.

use std::time::Duration;

use hub_wire::Timestamp;

/// Places of the picture. It goes to another one again and again, so that no edge stays on the same pixels.
pub(crate) const PLACES: u8 = 8;
/// How long the picture stays at a place.
const STAYS: i64 = 180_000;
/// Numbers that are older are marked as old.
const OLD: Duration = Duration::from_secs(30);
/// Where the numbers cannot be read for so long although the server answers, the page is loaded anew: another build
/// answers.
const UNREADABLE: Duration = Duration::from_mins(1);

/// The place of the picture at a time.
pub(crate) fn place(now: Timestamp) -> u8 {
    let turn = (now.unix_millis() / STAYS).rem_euclid(i64::from(PLACES));
    u8::try_from(turn).unwrap_or_default()
}

/// Whether numbers that were read then are old.
pub(crate) fn is_old(read: Timestamp, now: Timestamp) -> bool {
    now.since(read) >= OLD
}

/// Whether to load the page anew: another build has answered, or the server answers with what this page cannot read.
pub(crate) fn must_reload(
    (first_build, build): (&str, &str),
    unreadable_since: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    first_build != build || unreadable_since.is_some_and(|since| now.since(since) >= UNREADABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    #[test]
    fn the_picture_goes_round() {
        for (seconds, expected) in [(0, 0), (179, 0), (180, 1), (1_439, 7), (1_440, 0)] {
            assert_eq!(place(at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn numbers_grow_old() {
        for (now, expected) in [(0, false), (29, false), (30, true), (-5, false)] {
            assert_eq!(is_old(at(0), at(now)), expected, "{now}");
        }
    }

    #[test]
    fn another_build_loads_the_page_anew() {
        for (builds, unreadable, expected) in [
            (("1", "1"), None, false),
            (("1", "2"), None, true),
            (("1", "1"), Some(at(50)), false),
            (("1", "1"), Some(at(40)), true),
        ] {
            assert_eq!(must_reload(builds, unreadable, at(100)), expected, "{builds:?}");
        }
    }
}
