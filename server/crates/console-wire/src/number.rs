//! Numbers as they come: fractions in types that serde buffers, and whole numbers within bounds; and as text.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

/// Reads a number as `f64`, buffered or not.
///
/// Numbers keep their digits on the way through (`serde_json`'s `arbitrary_precision`), and serde's buffer, which
/// `flatten`, `tag` and `untagged` use, passes such a number to `f64` in a form that it does not accept.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    number.as_f64().ok_or_else(|| D::Error::custom(format!("{number} is out of range")))
}

/// Reads a whole number from `MIN` to `MAX`, of JSON or of an address.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>, const MIN: u64, const MAX: u64>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let refused = || D::Error::custom(format!("expected a whole number from {MIN} to {MAX}"));
    let number = Option::<u64>::deserialize(deserializer).map_err(|_| refused())?;
    let in_bounds = |number: u64| {
        let number = Some(number).filter(|number| (MIN..=MAX).contains(number))?;
        T::try_from(number).ok()
    };
    number.map(|number| in_bounds(number).ok_or_else(refused)).transpose()
}

/// A count with a comma every three digits.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
