//! Conditions: three-valued where the outcome is used as a value, two-valued where only "exactly true" counts.

use super::super::ast::{ArithmeticOp, CompareOp, Expr, ExprKind};
use super::operand::{Kind, Operand, Scalar};
use super::{Lowering, SqlFragment};

/// An element of a JSON array as [`Operand::comparable`] writes it.
pub(super) const ELEMENT: &str = "CASE element.type WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' \
                                  WHEN 'null' THEN x'' WHEN 'object' THEN NULL WHEN 'array' THEN NULL \
                                  ELSE element.value END";

impl Lowering<'_> {
    /// 1, 0, or NULL where the expression is undefined or no boolean.
    pub(super) fn value(self, expr: &Expr) -> SqlFragment {
        let values = |operands: &[Expr]| operands.iter().map(|operand| self.value(operand)).collect();
        match &expr.kind {
            ExprKind::And(operands) => SqlFragment::joined("AND", values(operands), "1"),
            ExprKind::Or(operands) => SqlFragment::joined("OR", values(operands), "0"),
            ExprKind::Not(operand) => SqlFragment::fill("(NOT {})", [self.value(operand)]),
            ExprKind::Compare(op, left, right) => {
                Self::compare_value(*op, &self.operand(left), &self.operand(right))
            }
            ExprKind::In(needle, list) => self.in_value(needle, list, false),
            ExprKind::NotIn(needle, list) => self.in_value(needle, list, true),
            _ => self.operand(expr).as_kind(Kind::Bool).unwrap_or_else(|| SqlFragment::raw("NULL")),
        }
    }

    /// SQL that is true exactly when the expression is `wanted`; 0 and NULL both say no.
    pub(super) fn passes(self, expr: &Expr, wanted: bool) -> SqlFragment {
        let each = |operands: &[Expr]| operands.iter().map(|operand| self.passes(operand, wanted)).collect();
        match (&expr.kind, wanted) {
            (ExprKind::And(operands), true) | (ExprKind::Or(operands), false) => {
                SqlFragment::joined("AND", each(operands), "1")
            }
            (ExprKind::And(operands), false) | (ExprKind::Or(operands), true) => {
                SqlFragment::joined("OR", each(operands), "0")
            }
            (ExprKind::Not(operand), _) => self.passes(operand, !wanted),
            (ExprKind::Compare(op, left, right), _) => {
                // Each operator has one that is defined for the same operands and negates it.
                let op = if wanted { *op } else { op.complement() };
                self.compare_passes(op, left, right)
            }
            (ExprKind::In(needle, list), true) | (ExprKind::NotIn(needle, list), false) => {
                self.in_passes(needle, list)
            }
            (ExprKind::In(needle, list), false) | (ExprKind::NotIn(needle, list), true) => {
                self.in_value(needle, list, true)
            }
            (ExprKind::Call(function, arguments), true) => self.call_passes(*function, arguments),
            (ExprKind::Path(path), _) => match self.path(path) {
                Operand::Json(json) if wanted => json.read("({type} = 'true')"),
                Operand::Json(json) => json.read("({type} = 'false')"),
                Operand::Bool(scalar) if wanted => scalar.bare(),
                Operand::Bool(scalar) => SqlFragment::fill("(NOT {})", [scalar.bare()]),
                _ => SqlFragment::raw("0"),
            },
            (_, true) => self.value(expr),
            (_, false) => SqlFragment::fill("(NOT {})", [self.value(expr)]),
        }
    }

    pub(super) fn arithmetic(self, op: ArithmeticOp, left: &Expr, right: &Expr) -> Operand {
        let number = |expr| self.operand(expr).as_kind(Kind::Number);
        let (Some(left), Some(right)) = (number(left), number(right)) else { return Operand::Undefined };
        let template = match op {
            ArithmeticOp::Add => "({} + {})",
            ArithmeticOp::Subtract => "({} - {})",
            ArithmeticOp::Multiply => "({} * {})",
            // 7 / 2 is 3.5, and division by zero gives NULL.
            ArithmeticOp::Divide => "(({} * 1.0) / {})",
            // SQLite's % cuts its operands to whole numbers first. The sub-query names them, so that neither is written
            // twice and nested remainders do not double the text at each level.
            ArithmeticOp::Remainder => {
                "(SELECT CASE WHEN typeof(a) = 'integer' AND typeof(b) = 'integer' THEN a % b \
                 ELSE a - b * CAST(a * 1.0 / b AS INTEGER) END FROM (SELECT {} AS a, {} AS b))"
            }
        };
        Operand::Number(Scalar::Computed(SqlFragment::fill(template, [left, right])))
    }

    /// `x IN list`: true if equal to an element, else undefined if any comparison was, else false. SQL's own IN over
    /// comparable values does just that, NULL standing for undefined.
    fn in_value(self, needle: &Expr, list: &Expr, negated: bool) -> SqlFragment {
        let not = if negated { "NOT " } else { "" };
        let needle = self.operand(needle).comparable();
        if let ExprKind::Array(elements) = &list.kind {
            let elements = elements.iter().map(|element| self.operand(element).comparable());
            return SqlFragment::fill(
                &format!("({{}} {not}IN ({{}}))"),
                [needle, SqlFragment::list(elements)],
            );
        }
        let Operand::Json(json) = self.operand(list) else { return SqlFragment::raw("NULL") };
        let template =
            format!("(CASE {{}} WHEN 'array' THEN {{}} {not}IN (SELECT {ELEMENT} FROM {{}} AS element) END)");
        SqlFragment::fill(&template, [json.read("{type}"), needle, json.read("{each}")])
    }

    /// Whether `x IN list` is true. With constants only, those whose type need not be checked share one short IN.
    fn in_passes(self, needle: &Expr, list: &Expr) -> SqlFragment {
        let ExprKind::Array(elements) = &list.kind else { return self.in_value(needle, list, false) };
        let elements: Vec<Operand> = elements.iter().map(|element| self.operand(element)).collect();
        let left = self.operand(needle);
        let short = match &left {
            Operand::Text(Scalar::Column(column)) => Some((SqlFragment::raw(*column), Kind::Text)),
            Operand::Number(Scalar::Column(column)) => Some((SqlFragment::raw(*column), Kind::Number)),
            Operand::Json(json) => Some((json.read("{value}"), Kind::Null)),
            _ => None,
        };
        let constants_only = elements.iter().all(|element| {
            matches!(element, Operand::Text(Scalar::Constant(_)) | Operand::Number(Scalar::Constant(_)))
        });
        let Some((short, column_kind)) = short.filter(|_| constants_only) else {
            return self.in_value(needle, list, false);
        };
        let mut together = Vec::new();
        let mut apart = Vec::new();
        for element in elements {
            match &element {
                Operand::Text(scalar) | Operand::Number(scalar) if column_kind == Kind::Null => {
                    if super::compare::needs_no_guard(scalar) {
                        together.push(scalar.bare());
                    } else {
                        apart.push(Self::operands_pass(CompareOp::Equal, &left, &element));
                    }
                }
                // A constant of another type than the column's equals none of its values.
                Operand::Text(scalar) | Operand::Number(scalar) if element.kind() == Some(column_kind) => {
                    together.push(scalar.bare());
                }
                _ => {}
            }
        }
        if !together.is_empty() {
            apart.insert(0, SqlFragment::fill("({} IN ({}))", [short, SqlFragment::list(together)]));
        }
        SqlFragment::joined("OR", apart, "0")
    }
}
