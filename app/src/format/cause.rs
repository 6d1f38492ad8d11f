//! A cause of failure as text.

use console_wire::{
    cause::{Cause, CauseKey},
    outcome::Outcome,
};
use hub_wire::error::ErrorCode;

use super::number::grouped;

/// Devices in the sample.
const SAMPLE_SIZE: usize = 3;

/// The code; the hub's numbers rather than its names, since the documentation lists those.
pub(crate) fn code(key: &CauseKey) -> String {
    ErrorCode::from_name(&key.code).map_or_else(|| key.code.clone(), |code| code.number().to_string())
}

/// A short message: the device's own where it sent one.
pub(crate) fn name(key: &CauseKey, outcome: Outcome) -> String {
    match outcome {
        Outcome::NotOnline => "Device not online".into(),
        Outcome::TimedOut => "No answer in time".into(),
        Outcome::Interrupted => "Hub stopped during the call; the device may or may not have acted".into(),
        _ if key.message.is_empty() => "no message".into(),
        _ => key.message.clone(),
    }
}

/// A few of the devices, and how many more there are.
pub(crate) fn sample(cause: &Cause) -> String {
    let named: Vec<_> = cause.sample.iter().take(SAMPLE_SIZE).map(ToString::to_string).collect();
    let more = cause.count.saturating_sub(named.len() as u64);
    match more {
        0 => named.join(" "),
        more => format!("{} and {} more", named.join(" "), grouped(more)),
    }
}

/// A share as a CSS width; at least 2 % when it is not zero.
pub(crate) fn width(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    let tenths = tenths.clamp(u64::from(part > 0) * 20, 1000);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(code: &str, message: &str, outcome: Outcome, count: u64) -> Cause {
        let id = |id: &str| serde_json::from_value(serde_json::json!(id)).unwrap();
        Cause {
            key: CauseKey { code: code.into(), message: message.into() },
            outcome,
            count,
            first_seen: None,
            last_seen: None,
            sample: ["door-1", "door-2", "door-3", "door-4"]
                .into_iter()
                .zip(0..count)
                .map(|(name, _)| id(name))
                .collect(),
        }
    }

    #[test]
    fn causes_as_text() {
        for (cause, code_text, name_text, sample_text) in [
            (
                cause("500", "BOLT_JAMMED", Outcome::Failed, 37),
                "500",
                "BOLT_JAMMED",
                "door-1 door-2 door-3 and 34 more",
            ),
            (cause("DeviceNotOnline", "x", Outcome::NotOnline, 1), "404103", "Device not online", "door-1"),
            (
                cause("GatewayTimeout", "", Outcome::TimedOut, 2),
                "504101",
                "No answer in time",
                "door-1 door-2",
            ),
            (cause("418", "", Outcome::Failed, 3), "418", "no message", "door-1 door-2 door-3"),
        ] {
            assert_eq!(code(&cause.key), code_text);
            assert_eq!(name(&cause.key, cause.outcome), name_text);
            assert_eq!(sample(&cause), sample_text);
        }
    }

    #[test]
    fn widths() {
        for (part, whole, text) in
            [(37, 86, "43.0%"), (1, 100_000, "2.0%"), (0, 5, "0.0%"), (5, 5, "100.0%"), (1, 0, "2.0%")]
        {
            assert_eq!(width(part, whole), text);
        }
    }
}
