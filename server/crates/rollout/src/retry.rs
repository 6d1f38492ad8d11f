//! What an answer means, and whether and when a device is called again.

use console_wire::outcome::Outcome;
use hub_wire::error::ErrorCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::settings::{MAX_RETRY_WAIT_SECONDS, Retry};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The device answered with this status; below 400 is a success.
    Device(i32),
    /// The hub answered with this error instead, such as 404103.
    Hub(u32),
    /// The twin was written.
    Written,
    /// The connection to the hub ended before an answer: whether the device acted is not known.
    Unknown,
}

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The device ends with this outcome.
    End(Outcome),
    /// It may be called again, if the number of calls allows it; else it ends with this outcome.
    Again(Outcome),
    /// It is called again when it connects.
    WhenConnected,
}

impl Answer {
    /// The outcome of this call alone.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Device(status) if status < 400 => Outcome::Succeeded,
            Self::Written => Outcome::Succeeded,
            Self::Unknown => Outcome::Interrupted,
            Self::Hub(code) if code == ErrorCode::DeviceNotOnline.number() => Outcome::NotOnline,
            Self::Hub(code) if code == ErrorCode::GatewayTimeout.number() => Outcome::TimedOut,
            Self::Device(_) | Self::Hub(_) => Outcome::Failed,
        }
    }

    /// What follows. A call that may have reached the device is repeated only where the settings say so.
    pub(crate) fn next(self, retry: &Retry) -> Next {
        let outcome = self.outcome();
        let is_repeated = match self {
            _ if outcome == Outcome::NotOnline => return Next::WhenConnected,
            Self::Device(status) => outcome == Outcome::Failed && retry.device_statuses.contains(&status),
            Self::Hub(code) if outcome == Outcome::Failed => matches!(code / 1_000, 429 | 500 | 503),
            Self::Hub(_) => retry.safe_to_repeat,
            Self::Written | Self::Unknown => false,
        };
        if is_repeated { Next::Again(outcome) } else { Next::End(outcome) }
    }
}

/// The wait before a call, in milliseconds: between nothing and `first × 2ⁿ` after n repeated calls, at most 15 minutes. Drawn by a
/// hash of device and call, so that a restart does not change it.
pub(crate) fn backoff_ms(retry: &Retry, job_id: &str, device: u32, repeated: u8) -> u64 {
    let first = u64::from(retry.first_wait_seconds);
    let longest = (first << repeated.min(16)).min(u64::from(MAX_RETRY_WAIT_SECONDS)) * 1_000;
    let digest = Sha256::new()
        .chain_update(job_id)
        .chain_update("\n")
        .chain_update(device.to_be_bytes())
        .chain_update([repeated])
        .finalize();
    let drawn = digest.iter().take(8).fold(0, |drawn, byte| drawn << 8 | u64::from(*byte));
    drawn % (longest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_an_answer() {
        let retry = |safe_to_repeat| Retry { safe_to_repeat, device_statuses: vec![409], ..Retry::default() };
        for (answer, once, safe) in [
            (Answer::Device(200), Next::End(Outcome::Succeeded), None),
            (Answer::Device(399), Next::End(Outcome::Succeeded), None),
            (Answer::Written, Next::End(Outcome::Succeeded), None),
            (Answer::Device(400), Next::End(Outcome::Failed), None),
            (Answer::Device(409), Next::Again(Outcome::Failed), None),
            (Answer::Device(500), Next::End(Outcome::Failed), None),
            (Answer::Hub(404_103), Next::WhenConnected, None),
            (Answer::Hub(429_001), Next::Again(Outcome::Failed), None),
            (Answer::Hub(500_001), Next::Again(Outcome::Failed), None),
            (Answer::Hub(503_001), Next::Again(Outcome::Failed), None),
            (Answer::Hub(404_001), Next::End(Outcome::Failed), None),
            (Answer::Hub(502_101), Next::End(Outcome::Failed), None),
            (Answer::Hub(504_000), Next::End(Outcome::Failed), None),
            (Answer::Hub(504_101), Next::End(Outcome::TimedOut), Some(Next::Again(Outcome::TimedOut))),
            (Answer::Unknown, Next::End(Outcome::Interrupted), None),
        ] {
            assert_eq!(answer.next(&retry(false)), once, "{answer:?}");
            assert_eq!(answer.next(&retry(true)), safe.unwrap_or(once), "{answer:?}, safe to repeat");
        }
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let retry = Retry { first_wait_seconds: 30, ..Retry::default() };
        for (repeated, longest) in [(0, 30), (1, 60), (2, 120), (4, 480), (5, 900), (10, 900), (255, 900)] {
            let waits: Vec<_> =
                (0..2_000).map(|device| backoff_ms(&retry, "job", device, repeated)).collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*most <= longest * 1_000 && *most > longest * 980, "{most} ms after {repeated}");
            assert!(*least < longest * 20, "{least} ms after {repeated}");
        }
        assert_eq!(backoff_ms(&retry, "job", 7, 1), backoff_ms(&retry, "job", 7, 1));
    }
}
