//! Writes a tree back as query text, with brackets only where reading needs them.

use std::fmt::{self, Display, Formatter, Write as _};

use super::ast::{
    Aggregate, ArithmeticOp, Constant, Expr, ExprKind, Item, ItemValue, Path, Query, Segment, Select,
};
use super::lexer::{Keyword, is_plain};

/// How tightly each kind binds; the parser uses the same precedence.
pub(super) mod precedence {
    pub(crate) const OR: u8 = 1;
    pub(crate) const AND: u8 = 2;
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARE: u8 = 4;
    pub(crate) const ADD: u8 = 5;
    pub(crate) const MULTIPLY: u8 = 6;
    pub(crate) const NEGATE: u8 = 7;
    pub(crate) const PRIMARY: u8 = 8;
}

impl ArithmeticOp {
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => precedence::ADD,
            Self::Multiply | Self::Divide | Self::Remainder => precedence::MULTIPLY,
        }
    }
}

impl ExprKind {
    const fn precedence(&self) -> u8 {
        match self {
            Self::Or(_) => precedence::OR,
            Self::And(_) => precedence::AND,
            Self::Not(_) => precedence::NOT,
            Self::Compare(..) | Self::In(..) | Self::NotIn(..) => precedence::COMPARE,
            Self::Arithmetic(op, ..) => op.precedence(),
            Self::Negate(_) => precedence::NEGATE,
            Self::Constant(_) | Self::Path(_) | Self::Array(_) | Self::Call(..) => precedence::PRIMARY,
        }
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        if let Some(top) = self.top {
            write!(f, "TOP {top} ")?;
        }
        match &self.select {
            Select::Document => f.write_char('*')?,
            Select::Items(items) => list(f, items)?,
        }
        write!(f, " FROM {}", self.source.as_str())?;
        if let Some(condition) = &self.condition {
            write!(f, " WHERE {condition}")?;
        }
        if !self.group_by.is_empty() {
            f.write_str(" GROUP BY ")?;
            list(f, &self.group_by)?;
        }
        Ok(())
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            ItemValue::Path(path) => path.fmt(f)?,
            ItemValue::Aggregate(aggregate) => aggregate.fmt(f)?,
        }
        match &self.alias {
            Some(alias) => {
                f.write_str(" AS ")?;
                name(f, alias)
            }
            None => Ok(()),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("COUNT()"),
            Self::Average(path) => write!(f, "AVG({path})"),
            Self::Sum(path) => write!(f, "SUM({path})"),
            Self::Minimum(path) => write!(f, "MIN({path})"),
            Self::Maximum(path) => write!(f, "MAX({path})"),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) => {
                    if position > 0 {
                        f.write_char('.')?;
                    }
                    name(f, key)?;
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A name as it is, or between double brackets.
fn name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { write!(f, "[[{name}]]") }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Constant(constant) => constant.fmt(f),
            ExprKind::Path(path) => path.fmt(f),
            ExprKind::Array(elements) => {
                f.write_char('[')?;
                // Two brackets side by side would begin a name.
                if matches!(elements.first(), Some(Expr { kind: ExprKind::Array(_), .. })) {
                    f.write_char(' ')?;
                }
                list(f, elements)?;
                f.write_char(']')
            }
            ExprKind::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                list(f, arguments)?;
                f.write_char(')')
            }
            ExprKind::Not(operand) => {
                f.write_str("NOT ")?;
                bracketed(f, operand, precedence::NOT)
            }
            ExprKind::Negate(operand) => {
                f.write_char('-')?;
                // Two signs side by side are none.
                let least =
                    if begins_with_minus(operand) { precedence::PRIMARY + 1 } else { precedence::NEGATE };
                bracketed(f, operand, least)
            }
            ExprKind::And(operands) => chain(f, operands, Keyword::And, precedence::AND),
            ExprKind::Or(operands) => chain(f, operands, Keyword::Or, precedence::OR),
            ExprKind::Arithmetic(op, left, right) => infix(f, left, op.as_str(), right, op.precedence()),
            ExprKind::Compare(op, left, right) => infix(f, left, op.as_str(), right, precedence::COMPARE),
            ExprKind::In(left, right) => infix(f, left, "IN", right, precedence::COMPARE),
            ExprKind::NotIn(left, right) => infix(f, left, "NIN", right, precedence::COMPARE),
        }
    }
}

impl Display for Constant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            // Always with a point or an exponent, so that it reads as a real again.
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(value) => quoted(f, value),
        }
    }
}

fn list<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

fn chain(f: &mut Formatter<'_>, operands: &[Expr], keyword: Keyword, own: u8) -> fmt::Result {
    for (position, operand) in operands.iter().enumerate() {
        if position > 0 {
            write!(f, " {} ", keyword.as_str())?;
        }
        bracketed(f, operand, own + 1)?;
    }
    Ok(())
}

/// All infix operators group to the left.
fn infix(f: &mut Formatter<'_>, left: &Expr, op: &str, right: &Expr, own: u8) -> fmt::Result {
    bracketed(f, left, own)?;
    write!(f, " {op} ")?;
    bracketed(f, right, own + 1)
}

fn bracketed(f: &mut Formatter<'_>, operand: &Expr, least: u8) -> fmt::Result {
    if operand.kind.precedence() < least { write!(f, "({operand})") } else { operand.fmt(f) }
}

fn begins_with_minus(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Negate(_) => true,
        ExprKind::Constant(Constant::Int(value)) => *value < 0,
        ExprKind::Constant(Constant::Real(value)) => value.is_sign_negative(),
        _ => false,
    }
}

pub(super) fn quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for c in text.chars() {
        match c {
            '\'' | '\\' => write!(f, "\\{c}")?,
            // All control characters lie below U+00A0.
            _ if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}
