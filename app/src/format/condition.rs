//! Filters of a condition as text. What they mean and how they are written is [`hub_query::filter`]'s.

use hub_query::{
    ast::Constant,
    filter::{self, Filter},
};
use serde_json::Value;

pub(crate) use hub_query::filter::{can_filter as can_narrow, without};

/// Whether a device is connected.
pub(crate) const CONNECTION: &str = "connectionState";

/// A filter that a condition has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// The attribute.
    pub(crate) path: String,
    /// What it has to be: `= 40`, `not set`.
    pub(crate) words: String,
}

/// The filters of a condition.
pub(crate) fn applied(condition: &str) -> Vec<Applied> {
    let applied = |Filter { path, value }| {
        let words = match value {
            None => "not set".to_owned(),
            Some(Constant::Text(text)) => format!("= {text}"),
            Some(value) => format!("= {value}"),
        };
        Applied { path, words }
    };
    filter::filters(condition).into_iter().map(applied).collect()
}

/// The condition with a filter for this value, or with `None` for devices where it is not set, in place of those of the
/// same attribute.
pub(crate) fn with(condition: &str, path: &str, value: Option<&Value>) -> String {
    filter::with(condition, &Filter { path: path.to_owned(), value: value.map(constant) })
}

fn constant(value: &Value) -> Constant {
    match value {
        Value::String(text) => Constant::Text(text.clone()),
        Value::Bool(is_true) => Constant::Bool(*is_true),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Constant::Int(whole),
            (None, Some(real)) => Constant::Real(real),
            (None, None) => Constant::Null,
        },
        // No other values are counted.
        Value::Null | Value::Array(_) | Value::Object(_) => Constant::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_and_named() {
        for (value, written, words) in [
            (Some(json!("it's")), "tags.a = 'it\\'s'", "= it's"),
            (Some(json!(-2)), "tags.a = -2", "= -2"),
            (Some(json!(2.5)), "tags.a = 2.5", "= 2.5"),
            (Some(json!(true)), "tags.a = true", "= true"),
            (None, "NOT IS_DEFINED(tags.a)", "not set"),
        ] {
            let condition = with("", "tags.a", value.as_ref());
            assert_eq!(condition, written);
            assert_eq!(applied(&condition), [Applied { path: "tags.a".into(), words: words.into() }]);
        }
    }
}
