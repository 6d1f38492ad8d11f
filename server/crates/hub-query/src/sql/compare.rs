//! Comparisons of two values.
//!
//! Equality needs one form for all types: [`Operand::comparable`] makes values of different types differ. An order
//! exists within a type only, and there both sides are read as that type, anything else giving NULL.

use super::super::ast::{CompareOp, Expr};
use super::operand::{Json, Operand, Scalar};
use super::{Lowering, SqlFragment, SqlValue, wire};

impl Lowering<'_> {
    /// Whether the comparison is exactly true, in the shortest form for a path and a constant.
    pub(super) fn compare_passes(self, op: CompareOp, left: &Expr, right: &Expr) -> SqlFragment {
        let (left, right) = (self.operand(left), self.operand(right));
        match (&left, &right) {
            (Operand::Json(_), _) => Self::operands_pass(op, &left, &right),
            (_, Operand::Json(_)) => Self::operands_pass(op.mirrored(), &right, &left),
            _ => Self::compare_value(op, &left, &right),
        }
    }

    /// As [`compare_passes`](Self::compare_passes), for operands in the order that has the short form.
    pub(super) fn operands_pass(op: CompareOp, left: &Operand, right: &Operand) -> SqlFragment {
        let short = match (left, right) {
            (Operand::Json(json), Operand::Text(scalar @ Scalar::Constant(_))) => with_text(op, json, scalar),
            (Operand::Json(json), Operand::Number(scalar @ Scalar::Constant(_))) => {
                with_number(op, json, scalar)
            }
            (Operand::Json(json), Operand::Bool(Scalar::Constant(value))) if op == CompareOp::Equal => {
                Some(json.read(if *value == SqlValue::Int(1) {
                    "({type} = 'true')"
                } else {
                    "({type} = 'false')"
                }))
            }
            (Operand::Json(json), Operand::Null) if op == CompareOp::Equal => {
                Some(json.read("({type} = 'null')"))
            }
            _ => None,
        };
        short.unwrap_or_else(|| Self::compare_value(op, left, right))
    }

    /// 1, 0, or NULL where the comparison is undefined.
    pub(super) fn compare_value(op: CompareOp, left: &Operand, right: &Operand) -> SqlFragment {
        if let (Operand::Time(column), Operand::Text(Scalar::Constant(SqlValue::Text(text)))) = (left, right)
        {
            return wire::compare_time(op, column, text);
        }
        if let (Operand::Text(Scalar::Constant(SqlValue::Text(text))), Operand::Time(column)) = (left, right)
        {
            return wire::compare_time(op.mirrored(), column, text);
        }
        if let (Operand::Time(left), Operand::Time(right)) = (left, right) {
            return SqlFragment::raw(format!("({left} {} {right})", op.as_str()));
        }
        match op {
            CompareOp::Equal | CompareOp::NotEqual => equality(op, left, right),
            _ => order(op, left, right),
        }
    }
}

/// Whether `json_extract(…) = constant` is true for equal values of the same type only. What SQLite gives for other
/// types: an object or array as its JSON text, which begins with a bracket; true and false as 1 and 0.
pub(super) fn needs_no_guard(constant: &Scalar) -> bool {
    match constant {
        Scalar::Constant(SqlValue::Text(text)) => !text.starts_with(['{', '[']),
        Scalar::Constant(SqlValue::Int(value)) => !matches!(value, 0 | 1),
        #[expect(clippy::float_cmp, reason = "the very values that SQLite gives for false and true")]
        Scalar::Constant(SqlValue::Real(value)) => *value != 0.0 && *value != 1.0,
        _ => false,
    }
}

fn with_text(op: CompareOp, json: &Json, constant: &Scalar) -> Option<SqlFragment> {
    let value = match op {
        CompareOp::NotEqual => return None,
        CompareOp::Equal if needs_no_guard(constant) => return Some(short(op, json, constant)),
        _ => short(op, json, constant),
    };
    Some(SqlFragment::fill("({} AND {})", [value, json.read("{type} = 'text'")]))
}

/// SQLite orders all strings after all numbers, so above a number there are strings to keep out, and up to 1 booleans.
fn with_number(op: CompareOp, json: &Json, constant: &Scalar) -> Option<SqlFragment> {
    let value = match op {
        CompareOp::NotEqual => return None,
        CompareOp::Equal if needs_no_guard(constant) => return Some(short(op, json, constant)),
        _ => short(op, json, constant),
    };
    if let Some(least) = least_beyond_booleans(op, constant) {
        let least = SqlFragment::bound(SqlValue::Real(least));
        return Some(SqlFragment::fill("({} BETWEEN {} AND 9e999)", [json.read("{value}"), least]));
    }
    Some(SqlFragment::fill("({} AND {})", [value, json.read("{type} IN ('integer', 'real')")]))
}

/// The least number that passes `x > constant` or `x >= constant`, if that keeps out booleans. Then a range up to
/// infinity keeps out strings too, and the document is looked at once instead of twice.
fn least_beyond_booleans(op: CompareOp, constant: &Scalar) -> Option<f64> {
    // Up to here whole numbers are exact as doubles, and no whole number lies between a double and the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = match constant {
        #[expect(clippy::cast_precision_loss, reason = "those that would lose some are refused below")]
        Scalar::Constant(SqlValue::Int(value)) => *value as f64,
        Scalar::Constant(SqlValue::Real(value)) => *value,
        _ => return None,
    };
    let least = match op {
        CompareOp::Greater => value.next_up(),
        CompareOp::GreaterOrEqual => value,
        _ => return None,
    };
    (least > 1.0 && value < EXACT).then_some(least)
}

fn short(op: CompareOp, json: &Json, constant: &Scalar) -> SqlFragment {
    SqlFragment::fill(&format!("({{}} {} {{}})", op.as_str()), [json.read("{value}"), constant.bare()])
}

fn equality(op: CompareOp, left: &Operand, right: &Operand) -> SqlFragment {
    let sides = match (left, right) {
        // One type, known before: as they are, for an index's sake.
        (Operand::Text(left), Operand::Text(right))
        | (Operand::Number(left), Operand::Number(right))
        | (Operand::Bool(left), Operand::Bool(right)) => [left.bare(), right.bare()],
        (Operand::Etag(column), Operand::Text(Scalar::Constant(SqlValue::Text(text))))
        | (Operand::Text(Scalar::Constant(SqlValue::Text(text))), Operand::Etag(column)) => {
            match wire::etag_counter(text) {
                Some(counter) => [SqlFragment::raw(*column), SqlFragment::bound(SqlValue::Int(counter))],
                None => [left.comparable(), right.comparable()],
            }
        }
        _ => [left.comparable(), right.comparable()],
    };
    SqlFragment::fill(&format!("({{}} {} {{}})", op.as_str()), sides)
}

fn order(op: CompareOp, left: &Operand, right: &Operand) -> SqlFragment {
    let undefined = || SqlFragment::raw("NULL");
    let template = format!("({{}} {} {{}})", op.as_str());
    let null_order = i64::from(matches!(op, CompareOp::LessOrEqual | CompareOp::GreaterOrEqual));
    match (left, right) {
        (Operand::Text(left), Operand::Text(right)) | (Operand::Number(left), Operand::Number(right)) => {
            SqlFragment::fill(&template, [left.bare(), right.bare()])
        }
        (Operand::Json(left), Operand::Json(right)) => {
            // Within a type, comparable values have the order of the values: false is before true, null beside null.
            let kind = "CASE {type} WHEN 'integer' THEN 'real' WHEN 'true' THEN 'false' ELSE {type} END";
            let compared = SqlFragment::fill(&template, [left.comparable(), right.comparable()]);
            SqlFragment::fill(
                "(CASE WHEN {} = {} THEN {} END)",
                [left.read(kind), right.read(kind), compared],
            )
        }
        (Operand::Json(json), Operand::Null) | (Operand::Null, Operand::Json(json)) => {
            json.read(&format!("(CASE {{type}} WHEN 'null' THEN {null_order} END)"))
        }
        (Operand::Null, Operand::Null) => SqlFragment::raw(null_order.to_string()),
        _ => {
            let Some(kind) = left.kind().or(right.kind()) else { return undefined() };
            let (Some(left), Some(right)) = (left.as_kind(kind), right.as_kind(kind)) else {
                return undefined();
            };
            SqlFragment::fill(&template, [left, right])
        }
    }
}
