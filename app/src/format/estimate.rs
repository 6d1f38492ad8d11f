//! The estimated duration of a job as text: a range, and what it is made of.

use console_wire::target::Estimate;

use super::{
    number::{devices, pace},
    time::{self, about_seconds},
};

/// `30 s`, `50 s to 1 min 20 s`, `under 1 s`.
pub(crate) fn range(estimate: &Estimate) -> String {
    let (low, high) = (about_seconds(estimate.seconds_low), about_seconds(estimate.seconds_high));
    match (estimate.seconds_low < 1.0, estimate.seconds_high < 1.0) {
        (_, true) => "under 1 s".to_owned(),
        (true, false) => format!("up to {high}"),
        (false, false) if low == high => format!("about {low}"),
        (false, false) => format!("{low} to {high}"),
    }
}

/// What the range is made of: the time to send, and the wait for devices that do not answer.
pub(crate) fn reason(estimate: &Estimate, count: u64) -> String {
    let sending =
        format!("{} at about {}/s: {}.", devices(count), pace(estimate.devices_per_second), estimate.reason);
    if estimate.longest_wait_seconds < 1.0 {
        return sending;
    }
    let wait = time::about_seconds(estimate.longest_wait_seconds);
    format!("{sending} After the last one is sent, a silent device is waited for up to {wait}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(seconds_low: f64, seconds_high: f64, longest_wait_seconds: f64) -> Estimate {
        Estimate {
            seconds_low,
            seconds_high,
            sending_seconds: seconds_low,
            longest_wait_seconds,
            devices_per_second: 10.0,
            reason: "the tier S1 allows 10 a second".into(),
        }
    }

    #[test]
    fn ranges() {
        for (low, high, text) in [
            (0.001, 0.001, "under 1 s"),
            (0.2, 30.2, "up to 30 s"),
            (30.2, 30.2, "about 30 s"),
            (50.0, 80.0, "50 s to 1 min 20 s"),
        ] {
            assert_eq!(range(&estimate(low, high, 30.0)), text);
        }
    }

    #[test]
    fn reasons() {
        assert_eq!(
            reason(&estimate(50.0, 80.0, 30.0), 500),
            "500 devices at about 10/s: the tier S1 allows 10 a second. After the last one is sent, a silent device is \
             waited for up to 30 s."
        );
        assert_eq!(
            reason(&estimate(4.8, 4.8, 0.0), 48),
            "48 devices at about 10/s: the tier S1 allows 10 a second."
        );
    }
}
