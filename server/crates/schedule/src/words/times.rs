//! The times of a rule in words.

use super::list;
use crate::time_of_day::TimeOfDay;

/// How many times are named; of more only the first, the last and the number are said.
const NAMED_TIMES: usize = 6;

/// The times of a day.
pub(super) struct Phrase {
    /// Such as `at 06:00 and 18:00` or `every 15 minutes from 08:00 to 17:45`.
    pub(super) text: String,
    /// Whether it is "every …" through the whole day.
    pub(super) is_repetition: bool,
}

/// Times of a day, sorted and without doubles, at least one.
pub(super) fn phrase(times: &[TimeOfDay]) -> Phrase {
    if let Some(phrase) = repetition(times) {
        return phrase;
    }
    let text = match times {
        [first, .., last] if times.len() > NAMED_TIMES => {
            format!("at {} times from {first} to {last}", times.len())
        }
        few => format!("at {}", list(few.iter().map(ToString::to_string))),
    };
    Phrase { text, is_repetition: false }
}

/// Times at equal distances, more than two of them.
fn repetition(times: &[TimeOfDay]) -> Option<Phrase> {
    let [first, second, .., last] = times else { return None };
    let step = second.minute_of_day() - first.minute_of_day();
    let is_even = times.windows(2).all(|pair| pair[1].minute_of_day() - pair[0].minute_of_day() == step);
    // Three times of a day are shorter when they are named.
    if !is_even || times.len() <= 3 {
        return None;
    }
    let every = every_minutes(step.into());
    // The distance from the last to the first of the next day is the same, so it goes on through the night.
    let is_whole_day = last.minute_of_day() + step == first.minute_of_day() + 24 * 60;
    let text = match first.minute_of_day() {
        _ if !is_whole_day => format!("{every} from {first} to {last}"),
        0 => every,
        minute if step == 60 => format!("{every} at minute {minute}"),
        _ => format!("{every} from {first}"),
    };
    Some(Phrase { text, is_repetition: is_whole_day })
}

/// `every minute`, `every 15 minutes`, `every hour`, `every 6 hours`, `every 2 days`.
pub(super) fn every_minutes(minutes: i64) -> String {
    let (count, unit) = match minutes {
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        _ if minutes % 60 == 0 => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    if count == 1 { format!("every {unit}") } else { format!("every {count} {unit}s") }
}
