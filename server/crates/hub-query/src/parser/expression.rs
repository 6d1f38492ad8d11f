//! Expressions, by precedence climbing: NOT over AND over OR, comparisons over these, arithmetic over comparisons.

use super::super::QueryError;
use super::super::ast::{ArithmeticOp, CompareOp, Constant, Expr, ExprKind};
use super::super::function::Function;
use super::super::lexer::{Keyword, TokenKind};
use super::super::print::precedence;
use super::Parser;

/// Deepest nesting of brackets, operators and calls. Ample for people, and far below what a 2 MiB stack, or SQLite's
/// limit of 1000 levels in an expression, would bear.
const MAX_DEPTH: usize = 64;

const A_VALUE: &str = "a value: an attribute, a string, a number, true, false, null, a function or `(`";

/// A tree and how many levels it has.
type Sized = (Expr, usize);

#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    In { negated: bool },
    Compare(CompareOp),
    Arithmetic(ArithmeticOp),
}

impl Infix {
    fn of(kind: &TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Keyword(Keyword::Or) => Self::Or,
            TokenKind::Keyword(Keyword::And) => Self::And,
            TokenKind::Keyword(Keyword::In) => Self::In { negated: false },
            TokenKind::Keyword(Keyword::Nin) => Self::In { negated: true },
            TokenKind::Sign("=") => Self::Compare(CompareOp::Equal),
            TokenKind::Sign("!=") => Self::Compare(CompareOp::NotEqual),
            TokenKind::Sign("<") => Self::Compare(CompareOp::Less),
            TokenKind::Sign(">") => Self::Compare(CompareOp::Greater),
            TokenKind::Sign("<=") => Self::Compare(CompareOp::LessOrEqual),
            TokenKind::Sign(">=") => Self::Compare(CompareOp::GreaterOrEqual),
            TokenKind::Sign("+") => Self::Arithmetic(ArithmeticOp::Add),
            TokenKind::Sign("-") => Self::Arithmetic(ArithmeticOp::Subtract),
            TokenKind::Sign("*") => Self::Arithmetic(ArithmeticOp::Multiply),
            TokenKind::Sign("/") => Self::Arithmetic(ArithmeticOp::Divide),
            TokenKind::Sign("%") => Self::Arithmetic(ArithmeticOp::Remainder),
            _ => return None,
        })
    }

    fn precedence(self) -> u8 {
        match self {
            Self::Or => precedence::OR,
            Self::And => precedence::AND,
            Self::In { .. } | Self::Compare(_) => precedence::COMPARE,
            Self::Arithmetic(op) => op.precedence(),
        }
    }
}

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn condition(&mut self) -> Result<Expr, QueryError> {
        self.expression(precedence::OR).map(|(expr, _)| expr)
    }

    /// An expression of operators that bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Sized, QueryError> {
        self.nesting += 1;
        self.check_depth(self.nesting)?;
        let mut left = self.prefix()?;
        while let Some(op) = Infix::of(self.peek()).filter(|op| op.precedence() >= least) {
            left = self.infix(op, left)?;
            self.check_depth(left.1)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn check_depth(&self, depth: usize) -> Result<(), QueryError> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        Err(self.error(format!("the expression is nested too deeply; expected at most {MAX_DEPTH} levels")))
    }

    fn infix(&mut self, op: Infix, (left, height): Sized) -> Result<Sized, QueryError> {
        let own = op.precedence();
        let start = left.span;
        let (kind, height) = match op {
            Infix::Or => {
                let (operands, height) = self.chain(Keyword::Or, own, (left, height))?;
                (ExprKind::Or(operands), height)
            }
            Infix::And => {
                let (operands, height) = self.chain(Keyword::And, own, (left, height))?;
                (ExprKind::And(operands), height)
            }
            Infix::In { negated } => {
                self.advance();
                let (list, list_height) = self.list_of_in(own, negated)?;
                let (left, list) = (Box::new(left), Box::new(list));
                let kind = if negated { ExprKind::NotIn(left, list) } else { ExprKind::In(left, list) };
                (kind, height.max(list_height))
            }
            Infix::Compare(op) => {
                self.advance();
                let (right, right_height) = self.expression(own + 1)?;
                (ExprKind::Compare(op, Box::new(left), Box::new(right)), height.max(right_height))
            }
            Infix::Arithmetic(op) => {
                self.advance();
                let (right, right_height) = self.expression(own + 1)?;
                (ExprKind::Arithmetic(op, Box::new(left), Box::new(right)), height.max(right_height))
            }
        };
        Ok((Expr { kind, span: start.to(self.previous_span()) }, height + 1))
    }

    fn chain(&mut self, keyword: Keyword, own: u8, first: Sized) -> Result<(Vec<Expr>, usize), QueryError> {
        let (first, mut height) = first;
        let mut operands = vec![first];
        while self.take_keyword(keyword) {
            let (operand, operand_height) = self.expression(own + 1)?;
            height = height.max(operand_height);
            operands.push(operand);
        }
        Ok((operands, height))
    }

    /// What follows IN: a list, or the path of an array.
    fn list_of_in(&mut self, own: u8, negated: bool) -> Result<Sized, QueryError> {
        let word = if negated { "NIN" } else { "IN" };
        if *self.peek() == TokenKind::Sign("(") {
            return Err(self.unexpected(&format!("square brackets after {word}, as in {word} ['a', 'b']")));
        }
        let at = self.span();
        let list = self.expression(own + 1)?;
        if matches!(list.0.kind, ExprKind::Array(_) | ExprKind::Path(_)) {
            return Ok(list);
        }
        Err(self
            .error_at(at, format!("{word} needs a list; expected square brackets, as in {word} ['a', 'b']")))
    }

    fn prefix(&mut self) -> Result<Sized, QueryError> {
        let start = self.span();
        let (kind, height) = match self.peek() {
            TokenKind::Keyword(Keyword::Not) => {
                self.advance();
                let (operand, height) = self.expression(precedence::NOT)?;
                (ExprKind::Not(Box::new(operand)), height + 1)
            }
            TokenKind::Sign("-") => {
                self.advance();
                let (operand, height) = self.expression(precedence::NEGATE)?;
                negated(operand, height)
            }
            TokenKind::Sign("+")
                if matches!(self.peek_by(1), TokenKind::Literal(Constant::Int(_) | Constant::Real(_))) =>
            {
                self.advance();
                return self.prefix();
            }
            _ => return self.primary(),
        };
        Ok((Expr { kind, span: start.to(self.previous_span()) }, height))
    }

    fn primary(&mut self) -> Result<Sized, QueryError> {
        let start = self.span();
        let (kind, height) = match (self.peek(), self.peek_by(1)) {
            (TokenKind::Literal(constant), _) => {
                let kind = ExprKind::Constant(constant.clone());
                self.advance();
                (kind, 1)
            }
            (TokenKind::Keyword(keyword), _) => {
                let constant = match keyword {
                    Keyword::True => Constant::Bool(true),
                    Keyword::False => Constant::Bool(false),
                    Keyword::Null => Constant::Null,
                    Keyword::Undefined => Constant::Undefined,
                    _ => return Err(self.unexpected(A_VALUE)),
                };
                self.advance();
                (ExprKind::Constant(constant), 1)
            }
            (TokenKind::Name(name), TokenKind::Sign("(")) => {
                let function = self.function(&name.to_ascii_uppercase())?;
                self.call(function)?
            }
            (TokenKind::Name(_) | TokenKind::Bracketed(_), _) => (ExprKind::Path(self.path()?), 1),
            (TokenKind::Sign("("), _) => {
                self.advance();
                let inner = self.expression(precedence::OR)?;
                self.sign(")", "an operator or `)`")?;
                return Ok(inner);
            }
            (TokenKind::Sign("["), _) => {
                self.advance();
                let (elements, height) = self.expressions("]", "an operator, `,` or `]`")?;
                (ExprKind::Array(elements), height + 1)
            }
            _ => return Err(self.unexpected(A_VALUE)),
        };
        Ok((Expr { kind, span: start.to(self.previous_span()) }, height))
    }

    fn function(&self, name: &str) -> Result<Function, QueryError> {
        Function::named(name).ok_or_else(|| match name {
            "COUNT" | "AVG" | "SUM" | "MIN" | "MAX" => {
                self.error(format!("{name} is an aggregate; expected it between SELECT and FROM only"))
            }
            _ => self.error(format!(
                "there is no function `{name}`; expected one such as IS_DEFINED or STARTS_WITH"
            )),
        })
    }

    fn call(&mut self, function: Function) -> Result<(ExprKind, usize), QueryError> {
        let at = self.span();
        self.advance();
        self.advance();
        let (arguments, height) = self.expressions(")", "an operator, `,` or `)`")?;
        let (least, most) = function.arguments();
        if (least..=most).contains(&arguments.len()) {
            return Ok((ExprKind::Call(function, arguments), height + 1));
        }
        let wanted = match (least, most) {
            (1, 1) => "one argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, _) => format!("at least {least} arguments"),
        };
        Err(self.error_at(
            at,
            format!(
                "wrong number of arguments for {} ({}); expected {wanted}",
                function.name(),
                arguments.len()
            ),
        ))
    }

    /// Expressions with commas between, up to and with the closing sign; perhaps none.
    fn expressions(&mut self, close: &'static str, expected: &str) -> Result<(Vec<Expr>, usize), QueryError> {
        let mut expressions = Vec::new();
        let mut height = 0;
        if self.take_sign(close) {
            return Ok((expressions, height));
        }
        loop {
            let (expression, own) = self.expression(precedence::OR)?;
            height = height.max(own);
            expressions.push(expression);
            if !self.take_sign(",") {
                break;
            }
        }
        self.sign(close, expected)?;
        Ok((expressions, height))
    }
}

/// A minus before a number literal is part of the number.
fn negated(operand: Expr, height: usize) -> (ExprKind, usize) {
    let negative = match &operand.kind {
        ExprKind::Constant(Constant::Int(value)) => value.checked_neg().map(Constant::Int),
        ExprKind::Constant(Constant::Real(value)) => Some(Constant::Real(-value)),
        _ => None,
    };
    match negative {
        Some(constant) => (ExprKind::Constant(constant), 1),
        None => (ExprKind::Negate(Box::new(operand)), height + 1),
    }
}
