//! Whether another person has to agree, and to what exactly.

use std::fmt::{self, Write as _};

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{refusal::Refusal, settings::Settings};

/// How long a request waits for a decision: 72 hours.
pub const LAPSES_AFTER: std::time::Duration = std::time::Duration::from_hours(72);
/// An approval holds for so many percent more devices than it was given for.
pub const GROWTH_PERCENT: u64 = 10;

/// When an approval is needed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ApprovalPolicy {
    /// For more devices than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above_devices: Option<u64>,
    /// For these methods, whatever the number of devices.
    pub actions: Vec<String>,
}

impl ApprovalPolicy {
    /// Whether an action on so many devices needs an approval.
    pub fn needs_approval(&self, action: &str, devices: u64) -> bool {
        self.above_devices.is_some_and(|above| devices > above)
            || self.actions.iter().any(|name| name == action)
    }
}

/// SHA-256 of everything that decides what is done to which devices and how.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestHash(String);

impl RequestHash {
    /// The hash of an action (its method and payload, or the change of twins), a target (a condition or a list of ids) and
    /// settings. The order of an object's members does not matter.
    pub fn new(action: &Value, target: &Value, settings: &Settings) -> Self {
        let settings = serde_json::to_value(settings).unwrap_or_default();
        let mut text = String::new();
        canonical(&Value::Array(vec![action.clone(), target.clone(), settings]), &mut text);
        let mut digits = String::with_capacity(64);
        for byte in Sha256::digest(text) {
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }

    /// A hash that was shown to a person; `None` for a text that is none.
    pub fn read(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| Self(text.to_ascii_lowercase()))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestHash({})", self.0)
    }
}

/// JSON with sorted members and no white space.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in members {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Id of the account of who asks.
    pub asked_by: String,
    /// Name of the method, for the policy; empty for a change of twins.
    pub action: String,
    /// What is asked for.
    pub hash: RequestHash,
    /// How many devices were counted.
    pub devices: u64,
}

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// For how many devices.
    pub devices: u64,
    /// Id of the account of who approved it; absent while it waits.
    pub approved_by: Option<String>,
}

impl Approval {
    pub(crate) const fn waiting(devices: u64, now: Timestamp) -> Self {
        Self { asked_at: now, devices, approved_by: None }
    }

    /// When it lapses without a decision.
    pub fn lapses_at(&self) -> Timestamp {
        self.asked_at.plus(LAPSES_AFTER)
    }

    /// Whether it was given, and for so many devices: up to a tenth more than were counted.
    pub const fn covers(&self, devices: u64) -> bool {
        self.approved_by.is_some() && devices * 100 <= self.devices * (100 + GROWTH_PERCENT)
    }
}

/// Whether a person may decide on a request that the person has seen with this hash.
pub(crate) fn may_decide(request: &Request, by: &str, seen: &RequestHash) -> Result<(), Refusal> {
    if request.asked_by == by {
        Err(Refusal::OwnRequest)
    } else if request.hash != *seen {
        Err(Refusal::RequestChanged)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_decides_is_in_the_hash() {
        let hash = |action: Value, target: Value, settings: Value| {
            RequestHash::new(&action, &target, &serde_json::from_value(settings).unwrap())
        };
        let base =
            || (json!({"methodName": "lock", "payload": {"a": 1, "b": 2}}), json!("tags.x = 1"), json!({}));
        let of = |(action, target, settings)| hash(action, target, settings);
        assert_eq!(of(base()), of(base()));
        assert_eq!(of(base()).as_str().len(), 64);
        let reordered: Value =
            serde_json::from_str(r#"{"payload":{"b":2,"a":1},"methodName":"lock"}"#).unwrap();
        assert_eq!(hash(reordered, base().1, base().2), of(base()));
        for changed in [
            (json!({"methodName": "lock", "payload": {"a": 1, "b": 3}}), base().1, base().2),
            (base().0, json!("tags.x = 2"), base().2),
            (base().0, json!(["tags.x = 1"]), base().2),
            (base().0, base().1, json!({"rate": {"perMinute": 5}})),
            (base().0, base().1, json!({"stopRules": [{"outcome": "any", "percent": 5, "atLeast": 1}]})),
        ] {
            assert_ne!(of(changed.clone()), of(base()), "{changed:?}");
        }
    }

    #[test]
    fn a_policy_names_a_number_and_actions() {
        let policy = ApprovalPolicy { above_devices: Some(5_000), actions: vec!["unlockDoor".into()] };
        for (action, devices, needed) in [
            ("lockDoor", 5_000, false),
            ("lockDoor", 5_001, true),
            ("unlockDoor", 1, true),
            ("unlockdoor", 1, false),
        ] {
            assert_eq!(policy.needs_approval(action, devices), needed, "{action} on {devices}");
        }
        assert!(!ApprovalPolicy::default().needs_approval("unlockDoor", u64::MAX));
    }

    #[test]
    fn an_approval_holds_for_a_tenth_more() {
        let approval = |devices| Approval {
            approved_by: Some("priya".into()),
            ..Approval::waiting(devices, Timestamp::NEVER)
        };
        assert!(approval(1_000).covers(1_100));
        assert!(!approval(1_000).covers(1_101));
        assert!(approval(1_000).covers(3));
        assert!(!approval(0).covers(1));
        assert!(!Approval::waiting(1_000, Timestamp::NEVER).covers(1_000), "nobody has agreed");
    }
}
