//! What a token says of a person besides the standard claims: the values that roles come from. Pure.

use std::collections::BTreeMap;

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most values of a claim that are read.
const MAX_VALUES: usize = 1_000;

/// The claims that are no standard ones.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(crate) struct OtherClaims {
    #[serde(flatten)]
    all: BTreeMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

impl OtherClaims {
    /// The values of a claim: a text, or a list of texts. `None` when the claim is not there. A name with dots is first
    /// looked up as it is, since names of claims may be addresses, and then as claims inside of each other.
    pub(crate) fn values(&self, claim: &str) -> Option<Vec<String>> {
        let found = self.all.get(claim).or_else(|| {
            let mut names = claim.split('.');
            let first = self.all.get(names.next()?)?;
            names.try_fold(first, |inside, name| inside.get(name))
        })?;
        match found {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(values) => {
                let texts = values.iter().filter_map(Value::as_str).take(MAX_VALUES);
                Some(texts.map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_a_claim() {
        let claims: OtherClaims = serde_json::from_value(json!({
            "role": "operator",
            "roles": ["viewer", "operator", 5],
            "realm_access": {"roles": ["administrator"]},
            "https://example.com/roles": ["approver"],
            "number": 5,
        }))
        .unwrap();
        for (claim, expected) in [
            ("role", Some(vec!["operator"])),
            ("roles", Some(vec!["viewer", "operator"])),
            ("realm_access.roles", Some(vec!["administrator"])),
            ("https://example.com/roles", Some(vec!["approver"])),
            ("number", None),
            ("realm_access", None),
            ("realm_access.other", None),
            ("groups", None),
            ("", None),
        ] {
            let values = claims.values(claim);
            let values: Option<Vec<&str>> =
                values.as_ref().map(|values| values.iter().map(String::as_str).collect());
            assert_eq!(values, expected, "{claim}");
        }
    }
}
