//! The rules of the language over JSON documents, as plainly as they can be written.

use hub_query::Function;
use hub_query::ast::{ArithmeticOp, CompareOp, Constant, Expr, ExprKind, Path, Segment};
use serde_json::Value;

/// Whether a document passes WHERE.
pub(crate) fn passes(condition: &Expr, document: &Value) -> bool {
    evaluate(condition, document) == Some(Value::Bool(true))
}

/// The value; None is undefined.
fn evaluate(expr: &Expr, document: &Value) -> Option<Value> {
    let value = |expr: &Expr| evaluate(expr, document);
    let boolean = |expr: &Expr| value(expr).and_then(|value| value.as_bool());
    let outcome = |outcome: Option<bool>| outcome.map(Value::Bool);
    match &expr.kind {
        ExprKind::Constant(constant) => match constant {
            Constant::Undefined => None,
            Constant::Null => Some(Value::Null),
            Constant::Bool(value) => Some((*value).into()),
            Constant::Int(value) => Some((*value).into()),
            Constant::Real(value) => Some((*value).into()),
            Constant::Text(value) => Some(value.as_str().into()),
        },
        ExprKind::Path(path) => attribute(path, document),
        // An element that is undefined equals nothing, as null would not.
        ExprKind::Array(elements) => Some(elements.iter().filter_map(value).collect()),
        ExprKind::Call(function, arguments) => {
            call(*function, &arguments.iter().map(value).collect::<Vec<_>>())
        }
        ExprKind::Not(operand) => outcome(boolean(operand).map(|value| !value)),
        ExprKind::And(operands) => outcome(unless(operands.iter().map(boolean), false)),
        ExprKind::Or(operands) => outcome(unless(operands.iter().map(boolean), true)),
        ExprKind::Negate(operand) => number(-value(operand)?.as_f64()?),
        ExprKind::Arithmetic(op, left, right) => {
            let (left, right) = (value(left)?.as_f64()?, value(right)?.as_f64()?);
            match op {
                ArithmeticOp::Add => number(left + right),
                ArithmeticOp::Subtract => number(left - right),
                ArithmeticOp::Multiply => number(left * right),
                ArithmeticOp::Divide | ArithmeticOp::Remainder if right == 0.0 => None,
                ArithmeticOp::Divide => number(left / right),
                ArithmeticOp::Remainder => number(left % right),
            }
        }
        ExprKind::Compare(op, left, right) => outcome(compare(*op, value(left), value(right))),
        ExprKind::In(needle, list) => outcome(is_in(value(needle).as_ref(), list, document)),
        ExprKind::NotIn(needle, list) => {
            outcome(is_in(value(needle).as_ref(), list, document).map(|value| !value))
        }
    }
}

fn number(value: f64) -> Option<Value> {
    serde_json::Number::from_f64(value).map(Value::Number)
}

/// AND and OR: the decisive value if any operand has it, else undefined if any is, else the other value.
fn unless(operands: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let operands: Vec<_> = operands.collect();
    if operands.contains(&Some(decisive)) {
        Some(decisive)
    } else if operands.contains(&None) {
        None
    } else {
        Some(!decisive)
    }
}

fn attribute(path: &Path, document: &Value) -> Option<Value> {
    let is_key = |segment: &Segment, name: &str| matches!(segment, Segment::Key(key) if key.eq_ignore_ascii_case(name));
    let mut segments = path.segments.as_slice();
    if segments.len() > 1 && is_key(&segments[0], "devices") {
        segments = &segments[1..];
    }
    let system_names = match segments {
        [first, ..] if is_key(first, "tags") => 1,
        [first, ..] if is_key(first, "properties") => 2,
        _ => 2,
    };
    let mut found = document;
    for (depth, segment) in segments.iter().enumerate() {
        found = match segment {
            Segment::Key(key) if depth < system_names => {
                found.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?.1
            }
            Segment::Key(key) => found.as_object()?.get(key)?,
            Segment::Index(index) => found.as_array()?.get(usize::try_from(*index).ok()?)?,
        };
    }
    Some(found.clone())
}

fn compare(op: CompareOp, left: Option<Value>, right: Option<Value>) -> Option<bool> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let (left, right) = (left?, right?);
    if [&left, &right].iter().any(|value| value.is_object() || value.is_array()) {
        return None;
    }
    let order = match (&left, &right) {
        (Value::Null, Value::Null) => Some(Equal),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.chars().cmp(right.chars())),
        _ => None,
    };
    match op {
        CompareOp::Equal => Some(order == Some(Equal)),
        CompareOp::NotEqual => Some(order != Some(Equal)),
        CompareOp::Less => order.map(|order| order == Less),
        CompareOp::Greater => order.map(|order| order == Greater),
        CompareOp::LessOrEqual => order.map(|order| order != Greater),
        CompareOp::GreaterOrEqual => order.map(|order| order != Less),
    }
}

fn is_in(needle: Option<&Value>, list: &Expr, document: &Value) -> Option<bool> {
    let elements: Vec<Option<Value>> = match &list.kind {
        ExprKind::Array(elements) => elements.iter().map(|element| evaluate(element, document)).collect(),
        _ => evaluate(list, document)?.as_array()?.iter().cloned().map(Some).collect(),
    };
    unless(elements.into_iter().map(|element| compare(CompareOp::Equal, needle.cloned(), element)), true)
}

fn call(function: Function, arguments: &[Option<Value>]) -> Option<Value> {
    let first = arguments[0].as_ref();
    let text = |position: usize| arguments[position].as_ref().and_then(Value::as_str);
    let is = |test: fn(&Value) -> bool| Some(Value::Bool(first.is_some_and(test)));
    match function {
        Function::IsDefined => is(|_| true),
        Function::IsNull => is(Value::is_null),
        Function::IsBool => is(Value::is_boolean),
        Function::IsNumber => is(Value::is_number),
        Function::IsString => is(Value::is_string),
        Function::IsArray => is(Value::is_array),
        Function::IsObject => is(Value::is_object),
        Function::IsPrimitive => is(|value| !value.is_array() && !value.is_object()),
        Function::StartsWith => Some(text(0)?.starts_with(text(1)?).into()),
        Function::EndsWith => Some(text(0)?.ends_with(text(1)?).into()),
        Function::Contains => Some(text(0)?.contains(text(1)?).into()),
        Function::ArrayContains => {
            let (list, needle) = (first?.as_array()?, arguments[1].as_ref()?);
            if needle.is_array() || needle.is_object() {
                return None;
            }
            let is_equal = |element: &Value| {
                compare(CompareOp::Equal, Some(element.clone()), Some(needle.clone())) == Some(true)
            };
            Some(list.iter().any(is_equal).into())
        }
        Function::Length => Some(text(0)?.chars().count().into()),
        Function::Lower => Some(text(0)?.to_ascii_lowercase().into()),
        Function::Upper => Some(text(0)?.to_ascii_uppercase().into()),
        Function::Concat => {
            let parts: Option<Vec<&str>> = arguments.iter().map(|part| part.as_ref()?.as_str()).collect();
            Some(parts?.concat().into())
        }
        Function::Abs => number(first?.as_f64()?.abs()),
    }
}
